/** The shell of a played host: it reads our script and answers each look from the host's description. Nothing is run. */
import { readScript, type ScriptLook, writeAnswers } from '../vantage/ssh/batch.ts';
import { fileIn, inspected, type PlayedContainer } from './containers.ts';
import { type HostDescription, type PlayedProcess, uptime } from './description.ts';
import { nginx, since } from './nginx.ts';
import { configurationFile } from './nginx-configuration.ts';
import { emptyKernelTable6, kernelTable, type Sockets, socketStatistics } from './tables.ts';

type Reply = Parameters<typeof writeAnswers>[1][number]['reply'];

/** What the shell prints; nothing for a script that is not ours. */
export function runScript(host: HostDescription, script: string): Buffer {
  const read = readScript(script);
  if (!read) return Buffer.alloc(0);
  return writeAnswers(
    read.nonce,
    read.looks.map((look) => ({ id: look.id, reply: replyTo(host, look) })),
  );
}

export function replyTo(host: HostDescription, look: ScriptLook): Reply {
  if ('path' in look) {
    const text = readFile(host, look.path);
    return text === null ? 'missing' : printed(text.slice(0, look.maxBytes + 1));
  }
  const [name = '', ...args] = look.argv;
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
  return program ? program(host, args) : 'missing';
}

function readFile(host: HostDescription, path: string): string | null {
  if (path === '/proc/net/tcp') return kernelTable(host);
  if (/^\/proc\/(?:\d+\/)?net\/tcp6$/.test(path)) return emptyKernelTable6;
  const [, pid, rest] = /^\/proc\/(\d+)\/(.+)$/.exec(path) ?? [];
  const container = host.containers.find((one) => String(one.pid) === pid);
  if (container && rest === 'net/tcp') return kernelTable(networkOf(host, container));
  if (container && rest === 'root/etc/hosts') return hostsFile(container);
  return Object.hasOwn(host.files, path) ? (host.files[path] ?? null) : null;
}

const printed = (stdout: string, exitCode = 0): Reply => ({ exitCode, stdout });
/** A question that the played program has no answer to. */
const notPlayed = (stderr: string): Reply => ({ exitCode: 127, stdout: '', stderr });

type Program = (host: HostDescription, args: readonly string[]) => Reply;

const programs: Readonly<Record<string, Program>> = {
  date: (_host, [format]) =>
    format === '+%s' ? printed(`${Math.floor(Date.now() / 1000)}\n`) : notPlayed('date'),
  id: (_host, [what]) => (what === '-u' ? printed('0\n') : notPlayed('id')),
  uname: (host, [what]) => (what === '-n' ? printed(`${host.hostname}\n`) : notPlayed('uname')),
  getent: (host, [database, name = '']) => {
    if (database !== 'ahosts') return notPlayed('getent');
    const addresses = (Object.hasOwn(host.addresses, name) && host.addresses[name]) || [];
    const lines = addresses.flatMap((address) =>
      [`STREAM ${name}`, 'DGRAM  ', 'RAW    '].map((rest) => `${address.padEnd(15)} ${rest}\n`),
    );
    // 2: a key that is not in the database (getent(1)).
    return printed(lines.join(''), addresses.length > 0 ? 0 : 2);
  },
  sh: (host, [, script = '', , name = '', ...rest]) => {
    if (script.includes('ls -l /proc/')) return printed(executables(host));
    if (script.includes('NSpid')) return printed(since(host, [name, ...rest]));
    if (script.includes('"$engine" cp')) return copied(host, rest);
    // The end of nginx's error log: nothing is in it.
    if (script.includes('tail -c')) return printed('');
    if (!script.startsWith('command -v')) return notPlayed('sh');
    const path = host.programs.find((program) => program.endsWith(`/${name}`));
    return printed(path ? `${path}\n` : '');
  },
  docker,
  nsenter: (host, [, pid, , program, ...args]) => {
    const container = host.containers.find((one) => String(one.pid) === pid);
    return container && program === 'ss'
      ? printed(socketStatistics(networkOf(host, container), args))
      : notPlayed('nsenter');
  },
  // What nginx opens is there.
  ls: (_host, args) =>
    printed(
      args
        .slice(2)
        .map((path) => `${path}\n`)
        .join(''),
    ),
  stat: (host, args) => {
    const paths = args.filter((path) => Object.hasOwn(host.files, path));
    return printed(changed(paths));
  },
  ip: (host) =>
    printed(
      [{ name: 'lo', address: '127.0.0.1' }, ...host.interfaces]
        .map(
          ({ name, address }, index) => `${index + 1}: ${name}    inet ${address}/16 scope global ${name}\n`,
        )
        .join(''),
    ),
  test: (host, [, path = '']) => printed('', host.programs.includes(path) ? 0 : 1),
  sleep: () => printed(''),
  ss: (host, args) => printed(socketStatistics(host, args)),
  ps: (host, args) => {
    const columns = args.find((_, at) => /^-\w*o$/.test(args[at - 1] ?? ''))?.split(',');
    if (!columns) return notPlayed('ps');
    return printed(
      processList([...host.processes, shell, { ...ps, args: ['ps', ...args].join(' ') }], columns),
    );
  },
  systemctl: (host, args) => {
    const wanted = args.find((_, at) => args[at - 1] === '-p')?.split(',');
    const unit = args.at(-1) ?? '';
    return args[0] === 'show' && wanted ? printed(showUnit(host, unit, wanted)) : notPlayed('systemctl');
  },
  journalctl: () => printed(''),
};

/** `stat -c '%Y %n'`: all files are older than the machine's start. */
function changed(paths: readonly string[]): string {
  const written = Math.floor(Date.now() / 1000) - uptime - 86_400;
  return paths.map((path) => `${written} ${path}\n`).join('');
}

/** `docker container inspect`, `docker exec`, `docker logs` (nothing is in them). */
function docker(host: HostDescription, [command = '', ...args]: readonly string[]): Reply {
  const name = command === 'container' ? args.at(-1) : command === 'exec' ? args[0] : undefined;
  const container = host.containers.find((one) => one.name === name);
  if (command === 'logs') return printed('');
  if (!container) return { exitCode: 1, stdout: '', stderr: 'Error: No such container' };
  if (command === 'container') return printed(inspected(container, startedAt()));
  const [, program = '', ...given] = args;
  if (program.endsWith('nginx')) return nginx(fileIn(host, container, configurationFile), given);
  if (program === 'ls') return programs.ls?.(host, given) ?? notPlayed('ls');
  const paths = given.filter((path) => fileIn(host, container, path) !== null);
  return program === 'stat' ? printed(changed(paths)) : program === 'sh' ? printed('') : notPlayed(program);
}

const startedAt = () => new Date(Date.now() - uptime * 1000).toISOString();

/** `docker cp NAME:PATH -`, unpacked. */
function copied(host: HostDescription, [name, path = '', most]: readonly string[]): Reply {
  const container = host.containers.find((one) => one.name === name);
  const text = container ? fileIn(host, container, path) : null;
  return text === null ? printed('', 40) : printed(text.slice(0, Number(most)));
}

function networkOf(host: HostDescription, { networks, listeners }: PlayedContainer): Sockets {
  const [{ address, gateway } = { address: '', gateway: '' }] = networks;
  return { processes: host.processes, listeners, established: [], ends: { own: address, peer: gateway } };
}

const hostsFile = ({ id, networks }: PlayedContainer): string =>
  `127.0.0.1\tlocalhost\n${networks.map(({ address }) => `${address}\t${id.slice(0, 12)}\n`).join('')}`;

/** What runs because we look, as it would on a real host. */
const shell: PlayedProcess = { pid: 4001, ppid: 611, user: 'root', state: 'S', args: 'sh -s' };
const ps = { pid: 4002, ppid: shell.pid, user: 'root', state: 'R' };

/** `ls -l` of `/proc/PID/exe`. */
function executables(host: HostDescription): string {
  const lines = host.processes.flatMap(({ pid, args }) => {
    const path = host.programs.find((program) => args.includes(program));
    return path ? [`lrwxrwxrwx 1 root root 0 Jan  1 00:00 /proc/${pid}/exe -> ${path}\n`] : [];
  });
  return lines.join('');
}

function processList(processes: readonly PlayedProcess[], columns: readonly string[]): string {
  const cell = (process: PlayedProcess, column: string) => {
    const [, name, width = '8'] = /^(\w+)(?::(\d{1,3}))?/.exec(column) ?? [];
    if (name === 'pid' || name === 'ppid') return `${process[name]}`.padStart(7);
    if (name === 'user') return process.user.padEnd(Number(width));
    if (name === 'args') return process.args;
    return name === 'state' || name === 's' || name === 'stat' ? process.state : '-';
  };
  return processes.map((process) => `${columns.map((column) => cell(process, column)).join(' ')}\n`).join('');
}

const unknownUnit = { LoadState: 'not-found', ActiveState: 'inactive', SubState: 'dead', MainPID: '0' };

function showUnit(host: HostDescription, unit: string, wanted: readonly string[]): string {
  const properties: Readonly<Record<string, string>> = {
    Id: unit,
    ...(Object.hasOwn(host.units, unit) ? host.units[unit] : unknownUnit),
  };
  return wanted.map((name) => `${name}=${properties[name] ?? ''}\n`).join('');
}
