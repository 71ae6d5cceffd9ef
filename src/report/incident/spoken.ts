/** Answers that are no text of their own, said as a program of the same purpose says them. */
import { z } from 'zod';

const text = z.string();
const certificate = z.object({ subject: text, issuer: text, notBefore: text, notAfter: text });

const said: Readonly<Record<string, z.ZodType<string>>> = {
  resolve: z
    .object({ addresses: z.array(z.object({ address: text })) })
    .transform(({ addresses }) => addresses.map(({ address }) => address).join('\n') || 'no address'),
  connect: z.object({ address: text }).transform(({ address }) => `connected to ${address}`),
  handshake: z
    .object({ protocol: text, cipher: text, trust: text, chain: z.array(certificate).min(1) })
    .transform(({ protocol, cipher, trust, chain: [leaf] }) =>
      [
        `${protocol}, ${cipher}`,
        `subject: ${leaf?.subject}`,
        `issuer: ${leaf?.issuer}`,
        `valid from ${leaf?.notBefore} to ${leaf?.notAfter}`,
        `chain: ${trust}`,
      ].join('\n'),
    ),
};

/** null where the output is text, or not as expected here. */
export function spoken(operation: string, output: string): string | null {
  const schema = Object.hasOwn(said, operation) ? said[operation] : undefined;
  if (!schema) return null;
  try {
    return schema.safeParse(JSON.parse(output)).data ?? null;
  } catch {
    return null;
  }
}
