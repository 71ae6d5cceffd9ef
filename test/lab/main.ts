/**
 * `npm run lab`: a small real world on this machine, in network namespaces of its own, that leads nowhere.
 * `run [NAME…]` puts in one fault at a time and compares what doctor names; `shell HOST` looks around.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env, exit, getuid, stdout } from 'node:process';
import { ensureRoot } from './root.ts';
import { type Outcome, runScenario } from './run.ts';
import { scenarios } from './scenarios.ts';
import { isPerfect, scoreOf, scoreText } from './score.ts';
import { openWorld } from './world.ts';

const incidents = 'fixtures/incidents/lab';
const say = (line: string) => stdout.write(`${line}\n`);
const usage = `npm run lab                  boots the lab, and says how it is
npm run lab -- run [NAME…]   runs all scenarios, or those whose names begin so
npm run lab -- list          their names
npm run lab -- shell HOST    a shell on laptop, backend or gateway
RECORD=1 keeps the record of each scenario that went as it must in ${incidents}
LAB_KEEP=FOLDER keeps the records of all, to be replayed: run --replay FILE`;

const needed = {
  debootstrap: '/usr/sbin/debootstrap',
  'systemd-container': '/usr/bin/systemd-nspawn',
  'dnsmasq-base': '/usr/sbin/dnsmasq',
  iptables: '/usr/sbin/iptables',
  iproute2: '/usr/sbin/ip',
  faketime: '/usr/bin/faketime',
};

function refuse(words: string): never {
  process.stderr.write(`lab: ${words}\n`);
  exit(2);
}

const [command = 'boot', ...rest] = argv.slice(2);
if (!['boot', 'run', 'list', 'shell'].includes(command)) refuse(`there is no "${command}"\n${usage}`);
if (command === 'list') {
  for (const { name, about } of scenarios) say(`${name.padEnd(36)} ${about}`);
  exit(0);
}
const chosen = scenarios.filter(
  ({ name }) => rest.length === 0 || rest.some((start) => name.startsWith(start)),
);
if (command === 'run' && chosen.length === 0)
  refuse(`no scenario begins with ${rest.join(' or ')}: see npm run lab -- list`);
if (getuid?.() !== 0) refuse('it makes namespaces and boots machines in them: it needs root');
const missing = Object.entries(needed)
  .filter(([, path]) => !existsSync(path))
  .map(([name]) => name);
if (missing.length > 0) refuse(`it needs Debian, and of it: apt-get install ${missing.join(' ')}`);

const started = performance.now();
const world = await openWorld(ensureRoot(say));
say(`the lab is up (${((performance.now() - started) / 1000).toFixed(1)} s)`);
try {
  if (command === 'run') process.exitCode = await runAll();
  else {
    await world.restore();
    if (command === 'shell') shell(rest[0] ?? 'laptop');
    else say(usage);
  }
} finally {
  await world.close();
}

async function runAll(): Promise<number> {
  const outcomes: Outcome[] = [];
  for (const scenario of chosen) {
    const outcome = await runScenario(world, scenario);
    outcomes.push(outcome);
    const right = outcome.faults.length === 0;
    say(
      `${right ? '✔' : '✘'} ${scenario.name.padEnd(40)} ${outcome.named[0] ?? 'no cause'} (${(outcome.durationMs / 1000).toFixed(1)} s)`,
    );
    for (const fault of outcome.faults) say(`    ${fault}`);
    if (env.RECORD && right) keepRecord(outcome);
    if (env.LAB_KEEP && existsSync(outcome.record))
      copyFileSync(outcome.record, join(env.LAB_KEEP, `${scenario.name}.json`));
  }
  const score = scoreOf(outcomes);
  if (rest.length === 0) writeFileSync('test/lab/SCORE.md', scoreText(outcomes));
  say(
    `\n${score.passed} of ${score.scenarios} as they must be; right cause first: ${score.first} of ${score.faulty}; on sound paths: ${score.falseCauses} causes; unexplained: ${score.unexplained}`,
  );
  return isPerfect(score) ? 0 : 1;
}

/** Of what went as it must: a fixture of the diagnosis. */
function keepRecord({ scenario, record }: Outcome): void {
  mkdirSync(incidents, { recursive: true });
  copyFileSync(record, join(incidents, `${scenario.name}.json`));
}

function shell(name: string): void {
  const machine = { laptop: world.laptop, backend: world.backend, gateway: world.gateway }[name];
  if (!machine) refuse(`there is no ${name}: laptop, backend or gateway`);
  const [program = '', ...enter] = machine.enter;
  spawnSync(program, [...enter, 'env', `HOME=${world.home}`, 'bash'], { stdio: 'inherit' });
}
