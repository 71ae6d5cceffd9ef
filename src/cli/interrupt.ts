/** SIGINT and SIGTERM end the looks, not the program: what was found by then is still reported. A second one ends it at once. */
import { exitCodes } from './exit.ts';

export interface Interrupt {
  readonly signal: AbortSignal;
  /** The exit code that goes with the signal that came; null when none did. */
  readonly exitCode: () => number | null;
  readonly release: () => void;
}

export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  let code: number | null = null;
  const handle = (signal: NodeJS.Signals) => {
    const own = signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated;
    if (code !== null) process.exit(own);
    code = own;
    controller.abort();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    signal: controller.signal,
    exitCode: () => code,
    release: () => {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}
