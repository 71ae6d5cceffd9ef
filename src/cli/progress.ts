/** One line on standard error while the looks are under way; drawn on a terminal only. */
import type { Result } from '../report/report.ts';

export interface Progress {
  readonly step: (result: Result, done: number, total: number) => void;
  readonly end: () => void;
}

export const noProgress: Progress = { step: () => {}, end: () => {} };

export function progressOn(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return noProgress;
  let drawn = false;
  return {
    step: ({ id }, done, total) => {
      drawn = true;
      const line = `looking  ${done}/${total}  ${id}`;
      stream.write(`\r\x1b[K${line.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`);
    },
    end: () => {
      if (drawn) stream.write('\r\x1b[K');
      drawn = false;
    },
  };
}
