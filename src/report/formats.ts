/** The formats of a report. Adding one is a file in `formats/` and a line here; it is loaded when it is first needed. */
import type { Format, RenderOptions } from './format.ts';
import type { Report } from './report.ts';

export const formats = {
  table: {
    says: 'for people, in a terminal',
    load: async () => (await import('./formats/table.ts')).table,
  },
  json: {
    says: 'the whole report, for programs',
    load: async () => (await import('./formats/json.ts')).json,
  },
  markdown: {
    says: 'an incident report, to keep and to send',
    load: async () => (await import('./formats/markdown.ts')).markdown,
  },
  html: {
    says: 'the same as one page, for a browser and for paper',
    load: async () => (await import('./formats/html.ts')).htmlPage,
  },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

/** No format gets to see text that could act on what shows it, however the report came here. */
export async function render(name: FormatName, report: Report, options: RenderOptions): Promise<string> {
  const [format, { visibleReport }] = await Promise.all([formats[name].load(), import('./visible.ts')]);
  return format(visibleReport(report), options);
}
