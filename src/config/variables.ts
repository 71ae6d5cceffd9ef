/** `${NAME}`, `${NAME:-default}`, `${secret:NAME}` and `$${` in one string. */

export type Piece =
  | { readonly literal: string }
  | { readonly variable: string; readonly secret: boolean; readonly fallback: string | null };

/** The pieces of a string, or the `${…` in it that is no variable. */
export function piecesOf(text: string): readonly Piece[] | { readonly bad: string } {
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = text.indexOf('${'); at >= 0; at = text.indexOf('${', from)) {
    if (text[at - 1] === '$' && at > from) {
      pieces.push({ literal: `${text.slice(from, at - 1)}\${` });
      from = at + 2;
      continue;
    }
    const end = text.indexOf('}', at);
    const inside = end < 0 ? '' : text.slice(at + 2, end);
    const match = /^(secret:)?([A-Za-z_][A-Za-z0-9_]{0,127})(?::-(.*))?$/s.exec(inside);
    const fallback = match?.[3] ?? null;
    if (!match?.[2] || fallback?.includes('${') || (match[1] && fallback !== null)) {
      return { bad: text.slice(at, end < 0 ? undefined : end + 1) };
    }
    pieces.push({ literal: text.slice(from, at) });
    pieces.push({ variable: match[2], secret: match[1] !== undefined, fallback });
    from = end + 1;
  }
  pieces.push({ literal: text.slice(from) });
  return pieces.filter((piece) => !('literal' in piece) || piece.literal !== '');
}
