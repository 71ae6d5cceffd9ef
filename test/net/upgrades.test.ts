import { expect, it } from 'vitest';
import {
  noUpgrade,
  type UpgradeAttempt,
  upgradeExpectOption,
  upgradeFindings,
} from '../../src/net/upgrades.ts';

const open: UpgradeAttempt = {
  address: '127.0.0.1',
  family: 4,
  failure: null,
  detail: '',
  connected: true,
  session: null,
  received: null,
  ...noUpgrade,
  status: 101,
  pong: true,
};
const codes = (changes: Partial<UpgradeAttempt>, expected: object = {}) =>
  upgradeFindings({ ...open, ...changes }, upgradeExpectOption.parse(expected)).map(({ code }) => code);

it.each([
  [101, []],
  [200, ['websocket.not-upgraded']],
  [204, ['websocket.not-upgraded']],
  [301, ['websocket.rejected']],
  [400, ['websocket.not-upgraded']],
  [401, ['websocket.unauthorized']],
  [403, ['websocket.unauthorized']],
  [404, ['websocket.not-found']],
  [410, ['websocket.not-found']],
  [421, ['websocket.rejected']],
  [426, ['websocket.not-upgraded']],
  [429, ['websocket.rejected']],
  [500, ['websocket.rejected']],
  [502, ['http.bad-gateway']],
  [503, ['http.unavailable']],
  [504, ['http.gateway-timeout']],
])('%i: %j', (status, found) => {
  expect(codes({ status })).toEqual(found);
  expect(codes({ status }, { upgrade: [status] })).toEqual([]);
});

it.each([
  [
    'a fault of the handshake hides what follows from it',
    { handshakeFault: 'bad-accept', closed: { code: null, reason: '' } },
    {},
    ['websocket.bad-accept'],
  ],
  [
    'closed, which is why no pong came',
    { pong: false, closed: { code: 1011, reason: '' } },
    {},
    ['websocket.closed'],
  ],
  ['closed as expected', { pong: false, closed: { code: 1008, reason: '' } }, { close: [1008] }, []],
  [
    'cut, which no code expects',
    { pong: false, closed: { code: null, reason: '' } },
    { close: [1008] },
    ['websocket.closed'],
  ],
  [
    'no subprotocol, and closed for it',
    { closed: { code: 1002, reason: '' } },
    { subprotocol: 'a' },
    ['websocket.subprotocol', 'websocket.closed'],
  ],
  ['another subprotocol', { subprotocol: 'b' }, { subprotocol: 'a' }, ['websocket.subprotocol']],
  ['a subprotocol nobody spoke of', { subprotocol: 'b' }, {}, []],
  ['open to everybody, where a refusal was expected', {}, { upgrade: [401] }, ['websocket.rejected']],
] as const)('%s', (_, changes, expected, found) => expect(codes(changes, expected)).toEqual(found));

it.each([
  ['', 'cut right after 101'],
  ['WS_ERR_INVALID_OPCODE', 'a frame that is not valid (WS_ERR_INVALID_OPCODE)'],
])('what ended without a close frame, over %j', (reason, observed) => {
  const [finding] = upgradeFindings({ ...open, pong: false, closed: { code: null, reason } }, {});
  expect(finding).toMatchObject({ code: 'websocket.closed', observed });
});
