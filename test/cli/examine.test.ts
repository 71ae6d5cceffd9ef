/** What a report notes of the traces that a run leaves. */
import { expect, it } from 'vitest';
import { queueNotes } from '../../src/cli/examine.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { row, topology } from '../support/incidents.ts';

const deaf = (listener: object) => ({
  ...row('service.agent-server.http.8081', {
    code: 'http.timeout',
    facts: { listener, attempts: [{ failure: 'timeout' }] },
  }),
  target: 'http://localhost:8081/health',
});

it.each([
  ['never accepts', { queue: 1, limit: 128, unaccepted: 1, accepted: 0 }, 1],
  ['is only busy', { queue: 1, limit: 128, unaccepted: 1, accepted: 1 }, 0],
])('a queue that grows is noted where a service %s', (_, listener, count) => {
  const results = [deaf(listener)];
  const notes = queueNotes(results, diagnose({ results, topology }));
  expect(notes).toHaveLength(count);
  for (const note of notes) expect(note).toMatch(/^each look at port 8081 on backend leaves one more/);
});
