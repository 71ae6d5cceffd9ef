/** Records: replayed to the same bytes, offline, and without a secret in them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { causesOf, reportIn } from './doctor.ts';
import { hostSection, withClient, withServer } from './topology.ts';
import { lacks, openWorld, type World } from './world.ts';

const token = 'c2VjcmV0-token/with+signs=';

describe.skipIf(lacks)('run --record', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ ssh: true });
  });
  afterEach(() => world?.endScenario());
  afterAll(() => world?.close());

  /** Runs with a record, and replays it: as JSON, and as the table. */
  const recorded = async (sections: readonly string[], args: readonly string[] = [], env = {}) => {
    const record = join(world.folder, `record-${Math.random()}.json`);
    const table = `${record}.txt`;
    const file = world.configure(...sections);
    const out = ['-f', 'json', '-f', `table=${table}`];
    const live = await world.doctor(['run', '-c', file, '--record', record, ...out, ...args], { env });
    const liveTable = readFileSync(table, 'utf8');
    // without its name server, its servers and its secrets
    const again = await world.doctor(['run', '--replay', record, ...out]);
    return { record, live, liveTable, again, replayedTable: readFileSync(table, 'utf8') };
  };

  it.each([
    ['a sound path', withClient, true],
    ['two faults', (one: World) => withClient(one, 'toHealth'), false],
    ['a path whose server is gone', withServer, false],
  ] as const)('replays %s to the same bytes', async (name, sections, client) => {
    if (name !== 'a path whose server is gone') {
      await world.during(
        world.programs.runBackend({ [world.health]: 'health', [world.websocket]: 'websocket' }),
      );
    }
    if (client) {
      const url = `wss://localhost:${world.sites.good}/ws/agent`;
      await world.during(world.programs.runGateway({ url, ca: world.ca }));
    }
    const { live, again, liveTable, replayedTable } = await recorded(sections(world));
    await world.endScenario();
    expect(live.code).toBe(client ? 0 : 1);
    expect(again).toEqual(live);
    expect(replayedTable).toBe(liveTable);
    await reportIn(again, world.folder);
  });

  it('replays a run that was cut by its deadline', async () => {
    await world.during(world.programs.runBackend({ [world.health]: 'health', [world.websocket]: 'silent' }));
    const args = ['--timeout', '1m', '--deadline', '3s'];
    const { live, again } = await recorded(
      [hostSection(world, 'backend'), ...withServer(world).slice(1)],
      args,
    );
    expect(live.stdout).toContain('doctor.deadline');
    expect(again).toEqual(live);
  });

  it('holds no secret, wherever the far side says it again', async () => {
    const sections = [
      `[endpoints.echo]
url = "https://agent.example.com:${world.sites.good}/echo"
headers = { Authorization = "Bearer \${TOKEN}" }
expect = { status = 201 }
tls = { ca = "${world.ca}" }`,
    ];
    const { record, live, again, liveTable } = await recorded(sections, ['-v'], { TOKEN: token });
    const report = await reportIn(live, world.folder);
    expect(causesOf(report)).toEqual(['P0 http.status endpoint.echo']);
    expect(live.stdout).toContain('you sent Bearer ‹TOKEN›');
    expect(again).toEqual(live);
    const shapes = [
      token,
      encodeURIComponent(token),
      Buffer.from(token).toString('base64').replace(/=+$/, ''),
    ];
    for (const text of [readFileSync(record, 'utf8'), live.stdout, live.stderr, liveTable])
      for (const shape of shapes) expect(text).not.toContain(shape);
  });
});
