/** A plan with all that its steps may ask, as the kinds and the vantages tell it. Nothing is asked. */
import { homedir } from 'node:os';
import type { Config } from '../config/config.ts';
import { type PlannedStep, withAsks } from '../plan/asks.ts';
import type { Step } from '../plan/step.ts';
import { registry } from '../registry.ts';
import { asksHere } from '../vantage/local-asks.ts';
import { asksOnHost, sessionAsks } from '../vantage/ssh/asks.ts';

export function planned(config: Config, steps: readonly Step[]): PlannedStep[] {
  const environment = { askPassphrase: null, env: process.env, home: homedir() };
  return withAsks(steps, {
    ofLook: ({ kind, options }) => {
      const check = registry[kind];
      return check?.asks?.(check.options.parse(options)) ?? [];
    },
    behind: (ask, vantage) =>
      vantage === 'local' ? asksHere(ask, config.hosts, environment) : asksOnHost(ask),
    ofSession: sessionAsks,
    hasSudo: (vantage) => config.hosts[vantage]?.ssh?.sudo ?? false,
  });
}
