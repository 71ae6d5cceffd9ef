/** A plan as text: a block a step, in the order of the rows. */
import type { Step } from './step.ts';

export function planText(
  title: string,
  steps: readonly Step[],
  labelOf: (kind: string, options: unknown) => string,
): string {
  const from = new Map<string, number>();
  for (const { vantage } of steps) from.set(vantage, (from.get(vantage) ?? 0) + 1);
  const places = [...from].map(([vantage, count]) => `${count} from ${vantage}`).join(', ');
  const rows = steps.map((step) => ({
    id: step.id,
    label: labelOf(step.kind, step.options),
    vantage: step.vantage,
    stands: standing(step),
  }));
  const width = Math.max(...rows.map(({ label }) => label.length));
  const wide = Math.max(...rows.map(({ vantage }) => vantage.length));
  return [
    `${title}: ${steps.length} ${steps.length === 1 ? 'look' : 'looks'} (${places})`,
    '',
    ...rows.flatMap(({ id, label, vantage, stands }) => [
      `${label.padEnd(width)}  from ${vantage.padEnd(wide)}  ${id}`,
      ...(stands ? [`  ${stands}`] : []),
    ]),
    '',
  ].join('\n');
}

function standing({ needs, unreachable }: Step): string {
  if (unreachable) return `is not looked at: ${unreachable}`;
  const grounds = needs.filter(({ optional }) => !optional);
  if (grounds.length === 0) return '';
  return `stands on ${grounds.map(({ id, fact, unlessSeenGone }) => `${id} (${unlessSeenGone ? `${fact}, unless seen gone` : fact})`).join(', ')}`;
}
