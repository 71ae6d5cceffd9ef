/** Records the fixtures of `clock`: a server on loopback that tells the right time, and one that tells another. */
import { expect, it } from 'vitest';
import { clock } from '../../checks/clock.ts';
import { localSource } from '../../src/vantage/local.ts';
import { failure } from '../../src/vantage/source.ts';
import { recordFixture } from '../support/fixture.ts';
import { httpServer } from '../support/servers.ts';

const source = localSource({ login: async () => failure('unsupported', 'no SSH here') });

it.each([
  ['pass-right', 0, []],
  ['observer.clock-skew-ahead', -7_200_000, ['observer.clock-skew']],
])('clock/%s', async (name, offsetMs, codes) => {
  const server = await httpServer((_, response) =>
    response.writeHead(200, { date: new Date(Date.now() + offsetMs).toUTCString() }).end(),
  );
  const url = `http://127.0.0.1:${server.port}/`;
  const { verdict } = await recordFixture(clock, name, source, { urls: [url] });
  await server.close();
  expect(verdict.findings.map(({ code }) => code)).toEqual(codes);
});
