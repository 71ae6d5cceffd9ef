/** Standard error is for messages, standard output for the report alone. */
import { visible } from '../report/visible.ts';

/** What is echoed may come from elsewhere (a file, an argument), so it is made visible here. */
export function printError(message: string): void {
  process.stderr.write(`viworks-doctor: ${visible(message, { multiline: true })}\n`);
}

export function printNote(message: string): void {
  process.stderr.write(`${visible(message, { multiline: true })}\n`);
}

/** Waits until it is written: a report must not be cut by the end of the process. */
export function printOut(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
