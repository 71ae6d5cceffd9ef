/** The report of the demo's own record. */
import { readFileSync } from 'node:fs';
import { reexamine } from '../../src/cli/examine.ts';
import type { Report } from '../../src/report/report.ts';
import { recordSchema } from '../../src/run/record.ts';

const file = new URL('../../fixtures/incidents/demo.json', import.meta.url);

export const demoReport = async (): Promise<Report> =>
  (await reexamine(recordSchema.parse(JSON.parse(readFileSync(file, 'utf8'))))).report;
