/** The one choke point of text on its way into HTML: whatever a template is filled with is text, unless it is HTML of ours. */

export interface Html {
  readonly html: string;
}

export type Filling = string | number | Html | readonly Html[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For text between tags and for values of attributes in quotes (HTML 13.1.2.3, 13.1.4). */
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

/** A template of HTML. Values of attributes stand in double quotes. */
export function html(parts: TemplateStringsArray, ...fillings: readonly Filling[]): Html {
  const filled = parts.map((part, index) => part + written(fillings[index] ?? ''));
  return { html: filled.join('') };
}

function written(filling: Filling): string {
  if (typeof filling === 'string') return escaped(filling);
  if (typeof filling === 'number') return String(filling);
  return 'html' in filling ? filling.html : filling.map((part) => part.html).join('');
}

export const nothing: Html = { html: '' };

/** Pieces with something between them. */
export const joined = (pieces: readonly Html[], between: Html): Html[] =>
  pieces.flatMap((piece, index) => (index === 0 ? [piece] : [between, piece]));
