/** No unit, no process and no program file of a service that was declared with them: it was never installed there. */
import type { Result } from '../../report/report.ts';
import { fault, refsOf } from '../candidate.ts';
import { factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { serviceRow } from '../view.ts';

export const notDeployed: Rule = (view) =>
  Object.entries(view.topology.services).flatMap(([name, service]) => {
    const unit = serviceRow(view, name, 'systemd');
    const process = serviceRow(view, name, 'process');
    const unitIsGone = service.unit === null || (unit && refsOf(unit, ['systemd.not-found']).length > 0);
    const programIsGone = isGone(process);
    if (!process || !unitIsGone || !programIsGone || refsOf(process, ['process.missing']).length === 0)
      return [];
    // A bare name was looked for along PATH only: without the unit's word that proves too little.
    if (service.unit === null && !service.process?.includes('/')) return [];
    const rows = [unit, process].filter((row): row is Result => row !== undefined);
    return [
      fault('service.not-deployed', `service.${name}`, rows, {
        findings: rows.flatMap((row) => refsOf(row, ['systemd.not-found', 'process.missing'])),
        evidence: [`No program file of ${service.process} was found there`],
      }),
    ];
  });

/** It was looked for, and is not there. */
function isGone(process: Result | undefined): boolean {
  const { program, programKnown } = factsOf(process, 'process');
  return programKnown === true && program === null;
}
