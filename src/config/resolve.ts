/** A file in which nothing is wrong → `Config`. */

import { parseDuration } from '../net/duration.ts';
import type { Config, Defaults, Endpoint, Expect, Host, Journal, Service, SshSettings } from './config.ts';
import { type Folders, withPaths } from './files.ts';
import { type Kinds, parseOptions } from './options.ts';
import type { Document } from './schema.ts';
import { readUrl } from './url.ts';
import { filePath, readLogin, readResolver, readTo } from './values.ts';

type Given<Key extends 'hosts' | 'endpoints' | 'services' | 'proxies'> = NonNullable<Document[Key]>[string];

export const standardDefaults: Defaults = { timeoutMs: 5000, certDays: 21, resolver: null };
export const standardTitle = 'viworks-doctor';

export function resolveDocument(document: Document, file: string, folders: Folders, kinds: Kinds): Config {
  const defaults = resolveDefaults(document.defaults ?? {});
  return {
    title: document.title ?? standardTitle,
    file,
    defaults,
    hosts: mapTable(document.hosts, (host) => resolveHost(host, folders)),
    endpoints: mapTable(document.endpoints, (endpoint) => resolveEndpoint(endpoint, folders)),
    services: mapTable(document.services, resolveService),
    proxies: mapTable(document.proxies, resolveProxy),
    checks: (document.checks ?? []).map((check) => ({
      kind: check.kind,
      name: check.name,
      from: check.from ?? 'local',
      options: resolveOptions(check, defaults, folders, kinds),
    })),
  };
}

/** Without a prototype: `config.hosts['constructor']` is undefined unless there is such a host. */
export function mapTable<T, U>(table: Readonly<Record<string, T>> | undefined, change: (value: T) => U) {
  const mapped: Record<string, U> = Object.create(null);
  for (const [name, value] of Object.entries(table ?? {})) mapped[name] = change(value);
  return mapped;
}

function resolveDefaults({ timeout, cert_days, resolver }: NonNullable<Document['defaults']>): Defaults {
  return {
    timeoutMs: parseDuration(timeout ?? '') ?? standardDefaults.timeoutMs,
    certDays: cert_days ?? standardDefaults.certDays,
    resolver: resolver === undefined ? standardDefaults.resolver : good(readResolver(resolver)),
  };
}

function resolveHost({ address, local, ssh }: Given<'hosts'>, { folder, home }: Folders): Host {
  if (ssh === undefined) return { address: address ?? null, local: local ?? false, ssh: null };
  const expand = (path: string | undefined) => (path === undefined ? null : filePath(path, folder, home));
  const login = typeof ssh === 'string' ? good(readLogin(ssh)) : null;
  const settings = typeof ssh === 'object' ? ssh : {};
  const resolved: SshSettings = {
    address: login?.host ?? null,
    user: login?.user ?? settings.user ?? null,
    port: login?.port ?? settings.port ?? null,
    identityFile: expand(settings.identity_file),
    knownHosts: expand(settings.known_hosts),
    jump: settings.jump ?? [],
    sudo: settings.sudo ?? false,
    transport: settings.transport ?? 'auto',
  };
  return { address: address ?? login?.host ?? null, local: false, ssh: resolved };
}

function resolveEndpoint(endpoint: Given<'endpoints'>, folders: Folders): Endpoint {
  const { url, scheme, host, port, path } = good(readUrl(endpoint.url));
  return {
    url,
    scheme,
    host,
    port,
    path,
    resolvesTo: endpoint.resolves_to ?? [],
    health: endpoint.health ?? null,
    via: endpoint.via ?? null,
    to: endpoint.to === undefined ? null : good(readTo(endpoint.to)),
    headers: endpoint.headers ?? {},
    expect: resolveExpect(endpoint.expect ?? {}),
    tls: withPaths(endpoint.tls ?? {}, folders),
    idleMs: millisecondsIn(endpoint.idle),
  };
}

function resolveExpect({
  status,
  upgrade,
  close,
  ...rest
}: NonNullable<Given<'endpoints'>['expect']>): Expect {
  return {
    ...(status === undefined ? {} : { status: [status].flat() }),
    ...(upgrade === undefined ? {} : { upgrade: [upgrade].flat() }),
    ...(close === undefined ? {} : { close: [close].flat() }),
    ...rest,
  };
}

function resolveService(service: Given<'services'>): Service {
  return {
    host: service.host,
    unit: service.unit ?? null,
    container: service.container ?? null,
    process: service.process ?? null,
    processCount: service.process_count ?? null,
    listens: (service.listens ?? []).map(({ port, health, websocket }) => ({
      port,
      health: health ?? null,
      websocket: websocket ?? null,
    })),
    connectsTo: service.connects_to ?? null,
    heartbeatMs: millisecondsIn(service.heartbeat),
    config: service.config ? { file: service.config.file, expect: service.config.expect ?? {} } : null,
    journal: service.journal ? resolveJournal(service.journal) : null,
    runbook: service.runbook ?? {},
  };
}

function resolveJournal({ expect, unwanted, since }: NonNullable<Given<'services'>['journal']>): Journal {
  return {
    expect: expect ?? null,
    unwanted: unwanted ?? null,
    since: (since === undefined || since === 'start' ? null : parseDuration(since)) ?? 'start',
  };
}

function resolveProxy({
  host,
  unit,
  container,
  listen,
  config,
}: Given<'proxies'>): Config['proxies'][string] {
  return {
    host,
    unit: unit ?? null,
    container: container ?? null,
    listen: listen ?? null,
    config: config ?? null,
  };
}

const millisecondsIn = (text: string | undefined) => (text === undefined ? null : parseDuration(text));

function resolveOptions(
  check: NonNullable<Document['checks']>[number],
  defaults: Defaults,
  folders: Folders,
  kinds: Kinds,
): Record<string, unknown> {
  const { tls } = check;
  const schema = kinds[check.kind];
  if (!schema) throw new TypeError(`no kind ${check.kind}`);
  const placed = typeof tls === 'object' && tls !== null ? { ...check, tls: withPaths(tls, folders) } : check;
  return parseOptions(placed, schema, defaults);
}

/** The schema has read it before, and found nothing wrong. */
function good<T>(read: { ok: true; value: T } | { ok: false; fault: { message: string } }): T {
  if (!read.ok) throw new TypeError(read.fault.message);
  return read.value;
}
