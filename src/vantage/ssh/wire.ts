/** Fields of SSH messages: RFC 4251 section 5. */

export function uint32(value: number): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt32BE(value);
  return field;
}

/** A `string`: its length and its bytes. */
export function string(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  return Buffer.concat([uint32(bytes.length), bytes]);
}

export const yes = Buffer.from([1]);

export interface Fields {
  uint32(): number;
  boolean(): boolean;
  string(): Buffer;
}

/** Reads one field after the other; what a cut message lacks reads as 0 and as empty. */
export function fieldsOf(message: Buffer): Fields {
  let at = 0;
  const take = (length: number) => {
    const field = message.subarray(at, at + length);
    at += length;
    return field;
  };
  const number = () => {
    const field = take(4);
    return field.length === 4 ? field.readUInt32BE(0) : 0;
  };
  return {
    uint32: number,
    boolean: () => take(1)[0] === 1,
    string: () => take(number()),
  };
}
