/** A line of text in a PNG (W3C PNG, 11.3.3.3: tEXt), and how to read it back. */
import { crc32 } from 'node:zlib';

const signatureLength = 8;

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
  /** Where it begins, and where the next one does. */
  readonly start: number;
  readonly end: number;
}

function chunksOf(png: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let start = signatureLength; start < png.length; ) {
    const data = start + 8;
    const end = data + png.readUInt32BE(start) + 4;
    chunks.push({
      type: png.toString('latin1', start + 4, data),
      data: png.subarray(data, end - 4),
      start,
      end,
    });
    start = end;
  }
  return chunks;
}

/** `keyword` and `text` are Latin-1. It stands after the first chunk. */
export function withText(png: Buffer, keyword: string, text: string): Buffer {
  const [header] = chunksOf(png);
  if (!header) throw new Error('no PNG');
  const body = Buffer.from(`tEXt${keyword}\0${text}`, 'latin1');
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length - 4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([png.subarray(0, header.end), length, body, sum, png.subarray(header.end)]);
}

export function textOf(png: Buffer, keyword: string): string | null {
  const texts = chunksOf(png).filter(({ type }) => type === 'tEXt');
  const found = texts.map(({ data }) => data.toString('latin1').split('\0')).find(([key]) => key === keyword);
  return found?.[1] ?? null;
}
