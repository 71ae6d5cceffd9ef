/** What one part of the configuration says about another. Reads plain data, whatever else is wrong with it. */
import { addressOf, isLoopbackHost } from '../net/addresses.ts';
import { type Problem, problem } from './problems.ts';
import { hasHttp, hasTls, readUrl } from './url.ts';
import { valueAt } from './validate.ts';
import { namePattern, readTo } from './values.ts';
import { listed, type Path, quoted, suggestion } from './words.ts';

type Table = Readonly<Record<string, unknown>>;

export function checkReferences(data: unknown): Problem[] {
  const tables = {
    hosts: tableAt(data, ['hosts']),
    endpoints: tableAt(data, ['endpoints']),
    services: tableAt(data, ['services']),
    proxies: tableAt(data, ['proxies']),
  };
  const checks = valueAt(data, ['checks']);
  const isEmpty = Object.values(tables).every((table) => Object.keys(table).length === 0);
  if (isEmpty && (!Array.isArray(checks) || checks.length === 0)) {
    const other = Object.keys(tableAt(data, [])).some((key) => !['title', 'defaults'].includes(key));
    if (!other) return [problem([], 'there is nothing to check', 'write [endpoints.NAME] with a url')];
  }
  return [
    ...Object.entries(tables).flatMap(([section, table]) => checkNames(section, Object.keys(table))),
    ...Object.entries(tables.hosts).flatMap(([name, host]) => checkHost(['hosts', name], host)),
    ...Object.entries(tables.endpoints).flatMap(([name, endpoint]) =>
      checkEndpoint(['endpoints', name], endpoint, tables),
    ),
    ...Object.entries(tables.services).flatMap(([name, service]) =>
      checkService(['services', name], service, tables),
    ),
    ...Object.entries(tables.proxies).flatMap(([name, proxy]) =>
      checkProxy(['proxies', name], proxy, tables),
    ),
    ...(Array.isArray(checks) ? checkChecks(checks, tables.hosts) : []),
  ];
}

function tableAt(data: unknown, path: Path): Table {
  const value = valueAt(data, path);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : {};
}

function checkNames(section: string, names: readonly string[]): Problem[] {
  return names.flatMap((name) => {
    const path = [section, name];
    if (section === 'hosts' && name === 'local') {
      const hint = '"local" is always the machine that doctor runs on: write [hosts.here] with local = true';
      return [problem(path, 'cannot be the name of a host', hint)];
    }
    if (namePattern.test(name)) return [];
    const better = name
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^-+|-+$/g, '');
    const hint = better ? `write ${quoted(better)}` : null;
    return [problem(path, 'is no name: names are lower-case letters, digits and "-"', hint)];
  });
}

/** `via = "ngnix"`: no proxy is called that. */
function refer(path: Path, value: unknown, what: string, declared: Table): Problem[] {
  if (typeof value !== 'string' || value === '' || Object.hasOwn(declared, value)) return [];
  const names = Object.keys(declared);
  const plural = what === 'proxy' ? 'proxies' : `${what}s`;
  const hint =
    suggestion(value, names, names.length > 1 ? 'there are' : 'there is only') ??
    `declare it: [${plural}.${namePattern.test(value) ? value : 'NAME'}]`;
  return [problem(path, `no ${what} is called ${quoted(value)}`, hint)];
}

function checkHost(path: Path, host: unknown): Problem[] {
  if (valueAt(host, ['local']) !== true) return [];
  const problems: Problem[] = [];
  if (valueAt(host, ['ssh']) !== undefined) {
    const message = 'local = true is the machine that doctor runs on, and needs no way in';
    problems.push(problem([...path, 'ssh'], message, 'leave ssh out, or local'));
  }
  const address = valueAt(host, ['address']);
  if (typeof address === 'string' && !isLoopbackHost(address)) {
    const message = 'local = true is the machine that doctor runs on, and needs no address';
    problems.push(problem([...path, 'address'], message, 'leave address out, or local'));
  }
  return problems;
}

function checkEndpoint(
  path: Path,
  endpoint: unknown,
  { hosts, services, proxies }: { hosts: Table; services: Table; proxies: Table },
): Problem[] {
  const resolvesTo = valueAt(endpoint, ['resolves_to']);
  return [
    ...refer([...path, 'via'], valueAt(endpoint, ['via']), 'proxy', proxies),
    ...checkTo([...path, 'to'], valueAt(endpoint, ['to']), services),
    ...(Array.isArray(resolvesTo)
      ? resolvesTo.flatMap((entry, index) => checkAnswer([...path, 'resolves_to', index], entry, hosts))
      : []),
    ...checkScheme(path, endpoint),
    ...checkTls(path, endpoint),
  ];
}

function checkAnswer(path: Path, entry: unknown, hosts: Table): Problem[] {
  if (typeof entry !== 'string' || entry === '' || addressOf(entry)) return [];
  if (!Object.hasOwn(hosts, entry)) {
    const hint = suggestion(entry, Object.keys(hosts), 'write an address, or one of the hosts');
    return [
      problem(path, `${quoted(entry)} is neither an address nor a declared host`, hint ?? 'write an address'),
    ];
  }
  const { address, ssh } = tableAt(hosts, [entry]);
  if (address !== undefined || typeof ssh === 'string') return [];
  return [
    problem(path, `the host ${quoted(entry)} has no address to compare with`, `write hosts.${entry}.address`),
  ];
}

function checkTo(path: Path, to: unknown, services: Table): Problem[] {
  const read = typeof to === 'string' ? readTo(to) : null;
  if (!read?.ok) return [];
  const { service, port } = read.value;
  if (!Object.hasOwn(services, service)) return refer(path, service, 'service', services);
  const listens = valueAt(services, [service, 'listens']);
  if (listens !== undefined && !Array.isArray(listens)) return [];
  const ports = (listens ?? []).map((listen) => valueAt(listen, ['port']));
  if (ports.includes(port) || !ports.every((known) => typeof known === 'number')) return [];
  const hint = ports.length
    ? `it listens on ${ports.join(', ')}`
    : `write services.${service}.listens = [{ port = ${port} }]`;
  return [problem(path, `the service ${quoted(service)} does not list the port ${port}`, hint)];
}

const httpOnly = ['health', 'headers', 'expect'];

function checkScheme(path: Path, endpoint: unknown): Problem[] {
  const url = valueAt(endpoint, ['url']);
  const read = typeof url === 'string' ? readUrl(url) : null;
  if (!read?.ok) return [];
  const { scheme } = read.value;
  const has = (key: string) => valueAt(endpoint, [key]) !== undefined;
  const problems = httpOnly
    .filter((key) => has(key) && !hasHttp(scheme))
    .map((key) => problem([...path, key], `has no meaning: ${scheme}:// has no HTTP in it`, 'leave it out'));
  if (has('idle') && !scheme.startsWith('ws')) {
    const message = `has no meaning: ${scheme}:// has no WebSocket in it`;
    problems.push(problem([...path, 'idle'], message, 'leave it out'));
  }
  if (has('tls') && !hasTls(scheme)) {
    const hint = hasHttp(scheme) ? `leave it out, or write ${scheme}s://` : 'leave it out, or write tls://';
    problems.push(problem([...path, 'tls'], `has no meaning: ${scheme}:// has no TLS in it`, hint));
  }
  return problems;
}

/** A client certificate and its key come together. */
export function checkTls(path: Path, options: unknown): Problem[] {
  const has = (key: string) => valueAt(options, ['tls', key]) !== undefined;
  if (has('cert') === has('key')) return [];
  const [one, other] = has('cert') ? ['cert', 'key'] : ['key', 'cert'];
  return [problem([...path, 'tls', one], `is of no use without ${other}`, `write tls.${other} as well`)];
}

function checkService(
  path: Path,
  service: unknown,
  { hosts, endpoints }: { hosts: Table; endpoints: Table },
): Problem[] {
  const problems = [
    ...refer([...path, 'host'], valueAt(service, ['host']), 'host', hosts),
    ...refer([...path, 'connects_to'], valueAt(service, ['connects_to']), 'endpoint', endpoints),
  ];
  if (valueAt(service, ['process_count']) !== undefined && valueAt(service, ['process']) === undefined) {
    problems.push(problem([...path, 'process_count'], 'counts nothing', 'write process as well'));
  }
  problems.push(...checkJournal([...path, 'journal'], service));
  const listens = valueAt(service, ['listens']);
  const ports = Array.isArray(listens) ? listens.map((listen) => valueAt(listen, ['port'])) : [];
  for (const [index, port] of ports.entries()) {
    if (typeof port !== 'number' || ports.indexOf(port) === index) continue;
    problems.push(
      problem([...path, 'listens', index, 'port'], `the port ${port} is listed twice`, 'leave one out'),
    );
  }
  return problems;
}

function checkJournal(path: Path, service: unknown): Problem[] {
  const journal = valueAt(service, ['journal']);
  if (typeof journal !== 'object' || journal === null) return [];
  const has = (key: string) => valueAt(service, [key]) !== undefined;
  if (!has('unit') && !has('container')) {
    return [problem(path, 'is of nothing', 'write unit or container as well')];
  }
  if ('expect' in journal || 'unwanted' in journal) return [];
  return [problem(path, 'looks for nothing', 'write expect, unwanted or both')];
}

function checkProxy(path: Path, proxy: unknown, { hosts }: { hosts: Table }): Problem[] {
  const problems = refer([...path, 'host'], valueAt(proxy, ['host']), 'host', hosts);
  const both = ['unit', 'container'].every((key) => valueAt(proxy, [key]) !== undefined);
  if (!both) return problems;
  const message = 'nginx runs as a unit of the host or in a container';
  return [...problems, problem([...path, 'unit'], message, 'leave one of them out')];
}

function checkChecks(checks: readonly unknown[], hosts: Table): Problem[] {
  const names = checks.map((check) => valueAt(check, ['name']));
  return checks.flatMap((check, index) => {
    const from = valueAt(check, ['from']);
    const name = names[index];
    const problems = from === 'local' ? [] : referFrom(['checks', index, 'from'], from, hosts);
    if (typeof name !== 'string' || name === '') return problems;
    if (!namePattern.test(name)) {
      const message = `is no name: ${quoted(name)}`;
      problems.push(
        problem(['checks', index, 'name'], message, 'names are lower-case letters, digits and "-"'),
      );
    } else if (names.indexOf(name) !== index) {
      problems.push(
        problem(['checks', index, 'name'], `two checks are called ${quoted(name)}`, 'give it another name'),
      );
    }
    return problems;
  });
}

function referFrom(path: Path, from: unknown, hosts: Table): Problem[] {
  const [found] = refer(path, from, 'host', { ...hosts, local: null });
  if (!found) return [];
  const names = ['local', ...Object.keys(hosts)];
  return [{ ...found, hint: suggestion(String(from), names, 'write') ?? `write ${listed(names, 'or')}` }];
}
