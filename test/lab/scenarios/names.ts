/** Faults of names. */
import { usualNames } from '../network.ts';
import type { Scenario } from '../scenario.ts';

export const names: readonly Scenario[] = [
  {
    name: 'dns-nxdomain',
    about: 'the record of agent.example.com was removed',
    causes: ['P0 dns.nxdomain endpoint.agent'],
    exit: 1,
    inject: ({ names }) => {
      const { 'agent.example.com': _, ...others } = usualNames;
      return names.serve(others);
    },
  },
];
