/** SCORE.md: each scenario with the cause that it must name first and the one that it named, and the sums. */
import type { Outcome } from './run.ts';

export interface Score {
  readonly scenarios: number;
  /** Of the scenarios with a fault, those whose first cause is the right one. */
  readonly first: number;
  readonly faulty: number;
  /** Causes named on sound paths. */
  readonly falseCauses: number;
  readonly unexplained: number;
  /** Scenarios in which all is as it must be. */
  readonly passed: number;
  readonly medianMs: number;
}

export function scoreOf(outcomes: readonly Outcome[]): Score {
  const faulty = outcomes.filter(({ scenario }) => scenario.causes.length > 0);
  const sound = outcomes.filter(({ scenario }) => scenario.causes.length === 0);
  const times = outcomes.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  return {
    scenarios: outcomes.length,
    first: faulty.filter(({ scenario, named }) => named[0] === scenario.causes[0]).length,
    faulty: faulty.length,
    falseCauses: sound.reduce((sum, { named }) => sum + named.length, 0),
    unexplained: outcomes.reduce((sum, { unexplained }) => sum + unexplained.length, 0),
    passed: outcomes.filter(({ faults }) => faults.length === 0).length,
    medianMs: times[Math.floor(times.length / 2)] ?? 0,
  };
}

export const isPerfect = (score: Score): boolean =>
  score.first === score.faulty &&
  score.falseCauses === 0 &&
  score.unexplained === 0 &&
  score.passed === score.scenarios;

export function scoreText(outcomes: readonly Outcome[]): string {
  const { scenarios, first, faulty, falseCauses, unexplained, passed, medianMs } = scoreOf(outcomes);
  const seconds = (medianMs / 1000).toFixed(1);
  const rows = outcomes.map(({ scenario, named, faults }) => {
    const [must = 'none', did = 'none'] = [scenario.causes[0], named[0]];
    const more = scenario.causes.length > 1 ? ` (and ${scenario.causes.length - 1} more)` : '';
    return `| ${scenario.name} | ${scenario.about} | ${must}${more} | ${did} | ${faults.length === 0 ? 'yes' : 'NO'} |`;
  });
  return `# The score of the lab

Written by \`npm run lab -- run\`, on real machines with one fault put in at a time (two where the name says so).

| what | how many |
| --- | --- |
| scenarios | ${scenarios} |
| the right cause named first | ${first} of ${faulty} |
| causes named on sound paths | ${falseCauses} |
| findings left unexplained | ${unexplained} |
| all as it must be (every cause, their order, the exit code) | ${passed} of ${scenarios} |
| median time of a run | about ${seconds} s |

| scenario | what was done | must name first | named first | all right |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
