/** SIGINT, SIGTERM and SIGHUP end the looks, not the program: what was found by then is still reported. A second one ends it at once. */
import { exitCodes } from './exit.ts';

/** 128 and the signal's number, as shells have it. */
const codes: Partial<Record<NodeJS.Signals, number>> = {
  SIGINT: exitCodes.interrupted,
  SIGTERM: exitCodes.terminated,
  SIGHUP: exitCodes.hungUp,
};

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
    const own = codes[signal] ?? exitCodes.terminated;
    if (code !== null) process.exit(own);
    code = own;
    controller.abort();
  };
  const signals = Object.keys(codes) as NodeJS.Signals[];
  for (const signal of signals) process.on(signal, handle);
  return {
    signal: controller.signal,
    exitCode: () => code,
    release: () => {
      for (const signal of signals) process.off(signal, handle);
    },
  };
}
