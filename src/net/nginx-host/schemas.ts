/** What a route through nginx's configuration looks like in a report. */
import { z } from 'zod';
import type { Outcome, Route } from '../nginx/route.ts';

const place = { file: z.string(), line: z.int() };
const placeSchema = z.object(place);

const timeout = z.object({ ms: z.number(), at: placeSchema.nullable() });
const header = z.object({
  value: z.string().nullable().describe('null: not sent, or not known'),
  known: z.boolean(),
  configured: z.string(),
  at: placeSchema.nullable().describe("null: nginx's own default"),
});

const upstream = z.object({
  name: z.string(),
  servers: z.array(
    z.object({ address: z.string(), port: z.int().nullable(), flags: z.array(z.string()), ...place }),
  ),
  ...place,
});

const proxied = z.object({
  kind: z.literal('proxy'),
  scheme: z.enum(['http', 'https']),
  host: z.string(),
  port: z.int().nullable(),
  unix: z.string().nullable(),
  path: z.string().nullable().describe('what the server behind is asked for; null: not known'),
  upstream: upstream.nullable(),
  resolvesAtRunTime: z.boolean(),
  httpVersion: z.string(),
  hostHeader: header,
  upgrade: header,
  connection: header,
  connectTimeout: timeout,
  sendTimeout: timeout,
  readTimeout: timeout,
  websocket: z.object({ passed: z.boolean().nullable(), why: z.string(), at: placeSchema }),
  ...place,
});

const outcome: z.ZodType<Outcome> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    proxied,
    z.object({ kind: z.literal('return'), status: z.int(), body: z.string().nullable(), ...place }),
    z.object({ kind: z.literal('redirect'), status: z.int(), location: z.string().nullable(), ...place }),
    z.object({ kind: z.literal('static'), root: z.string().nullable(), ...place }),
    z.object({ kind: z.literal('other-backend'), protocol: z.string(), target: z.string(), ...place }),
    z.object({ kind: z.literal('refused'), status: z.int(), why: z.string(), ...place }),
    z.object({ kind: z.literal('wrong-scheme'), listens: z.enum(['tls', 'plain']), ...place }),
    z.object({ kind: z.literal('no-server'), why: z.string() }),
    z.object({ kind: z.literal('undecided'), why: z.string(), otherwise: outcome.nullable(), ...place }),
  ]),
);

export const routeSchema: z.ZodType<Route> = z.object({
  server: z
    .object({
      names: z.array(z.string()),
      listens: z.array(z.string()),
      isDefault: z.boolean().describe('because no name fits'),
      ...place,
    })
    .nullable(),
  location: z
    .object({
      modifier: z.enum(['=', '^~', '~', '~*', '', '@']),
      path: z.string(),
      ...place,
    })
    .nullable(),
  outcome,
  trail: z.array(z.object({ what: z.string(), ...place })),
});
