/** What a format is: a pure function from report to text, and a line that says what it is for. */
import type { Report } from './report.ts';

export interface RenderOptions {
  /** Columns of the terminal. */
  readonly columns: number;
  readonly color: boolean;
  /** Expected, observed and the evidence under each row. */
  readonly verbose: boolean;
  /** Only rows that do not pass, the causes and the summary. */
  readonly quiet: boolean;
  /** Whether the terminal shows more than ASCII; default true. */
  readonly unicode?: boolean | undefined;
}

export type Render = (report: Report, options: RenderOptions) => string;

export interface Format {
  readonly says: string;
  readonly load: () => Promise<Render>;
}
