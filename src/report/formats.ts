/** The formats of a report. Adding one is a file in `formats/` and a line here. */
import type { Format, Render } from './format.ts';
import { json } from './formats/json.ts';
import { table } from './formats/table.ts';
import { visibleReport } from './visible.ts';

/** No format gets to see text that could act on what shows it, however the report came here. */
const safe =
  (render: Render): Render =>
  (report, options) =>
    render(visibleReport(report), options);

export const formats = {
  table: { says: 'for people, in a terminal', render: safe(table) },
  json: { says: 'the whole report, for programs', render: safe(json) },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;
