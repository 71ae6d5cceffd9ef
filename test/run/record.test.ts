/** What is taken for a record, and what is said of one that is none. */
import { expect, it } from 'vitest';
import { configFromTargets } from '../../src/config/targets.ts';
import { recordSchema, recordSchemaId } from '../../src/run/record.ts';

const made = configFromTargets([
  'wss://agent.example.com/ws',
  'ssh://root@db.example.com',
  'tcp://192.0.2.1:5432',
]);
const record = {
  schema: recordSchemaId,
  version: '0.1.0',
  runId: 'x',
  startedAt: '2026-11-24T07:00:00.000Z',
  durationMs: 1,
  observer: 'laptop',
  config: made.ok ? made.config : null,
  only: [],
  skip: [],
  steps: [
    {
      id: 'a',
      looks: [{ operation: 'now', args: {}, outcome: { ok: true, epochMs: 0 } }],
      durationMs: 1,
      attempts: 1,
    },
  ],
};

const problems = (change: object) =>
  recordSchema
    .safeParse(JSON.parse(JSON.stringify({ ...record, ...change })))
    .error?.issues.map(({ path }) => path.join('.')) ?? [];

it.each([
  ['as it was written', {}, []],
  [
    'no configuration',
    { config: {} },
    [
      'config.title',
      'config.file',
      'config.defaults',
      'config.hosts',
      'config.endpoints',
      'config.services',
      'config.proxies',
      'config.checks',
    ],
  ],
  ['another document', { schema: 'viworks-doctor/report@1' }, ['schema']],
  [
    'a look that is none',
    { steps: [{ id: 'a', looks: [{ operation: 'dig' }], durationMs: 1, attempts: 1 }] },
    ['steps.0.looks.0'],
  ],
])('%s', (_, change, expected) => {
  expect(problems(change)).toEqual(expected);
});
