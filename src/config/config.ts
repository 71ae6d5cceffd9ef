/**
 * The configuration, as the rest of the program sees it: names resolved, defaults filled in, durations in
 * milliseconds. A secret stands in it as its placeholder `‹NAME›`; only `vantage/redact.ts` knows the values.
 */
import type { TlsSettings } from '../check.ts';

export interface Config {
  readonly title: string;
  /** The file it was read from; null when targets on the command line made it. */
  readonly file: string | null;
  readonly defaults: Defaults;
  readonly hosts: Readonly<Record<string, Host>>;
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  readonly services: Readonly<Record<string, Service>>;
  readonly proxies: Readonly<Record<string, Proxy>>;
  readonly checks: readonly StandaloneCheck[];
}

export interface Defaults {
  readonly timeoutMs: number;
  readonly certDays: number;
  /** `host:port` of the DNS server to ask instead of the system's. */
  readonly resolver: string | null;
}

export interface Host {
  readonly address: string | null;
  /** The machine that doctor runs on. */
  readonly local: boolean;
  /** null: no way in. */
  readonly ssh: SshSettings | null;
}

/** What the configuration says about the way in; null is left to `ssh -G`, else to OpenSSH's defaults. */
export interface SshSettings {
  /** Where `ssh = "user@host:port"` leads; null or left out: the host's address, and without one the host's name. */
  readonly address?: string | null | undefined;
  readonly user: string | null;
  readonly port: number | null;
  /** Paths, `~` expanded. */
  readonly identityFile: string | null;
  readonly knownHosts: string | null;
  /** The hosts in between, the nearest first, as `ssh -J` takes them; empty: what ~/.ssh/config says. */
  readonly jump: readonly string[];
  /** Run what needs root as `sudo -n`: doctor's own commands, never those of a `command` check. */
  readonly sudo: boolean;
  /** `ssh2`: in this process. `openssh`: the user's own ssh. `auto`: ssh2 where the way is inside what it can do. */
  readonly transport: SshTransport;
}

export type SshTransport = 'auto' | 'ssh2' | 'openssh';

/** `ssh = true`: all of it is as `ssh host` would have it. */
export const plainSsh: SshSettings = {
  address: null,
  user: null,
  port: null,
  identityFile: null,
  knownHosts: null,
  jump: [],
  sudo: false,
  transport: 'auto',
};

/** `tcp` and `tls` have no HTTP in them. */
export type Scheme = 'http' | 'https' | 'ws' | 'wss' | 'tcp' | 'tls';

export interface Endpoint {
  readonly url: string;
  readonly scheme: Scheme;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query; '' for `tcp` and `tls`. */
  readonly path: string;
  /** Names of declared hosts, or addresses. */
  readonly resolvesTo: readonly string[];
  readonly health: string | null;
  readonly via: string | null;
  readonly to: { readonly service: string; readonly port: number } | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly expect: Expect;
  readonly tls: TlsSettings;
  /** How long an open WebSocket must bear silence; null: not looked at. */
  readonly idleMs: number | null;
}

/** What an answer should be. Statuses are numbers or classes: `200`, `'2xx'`. */
export interface Expect {
  readonly status?: readonly (number | string)[] | undefined;
  /** A regular expression over the body's start. */
  readonly body?: string | undefined;
  /** Dotted path → value that the JSON body must hold there. */
  readonly json?: Readonly<Record<string, unknown>> | undefined;
  /** Header name → regular expression. */
  readonly header?: Readonly<Record<string, string>> | undefined;
  readonly upgrade?: readonly number[] | undefined;
  readonly subprotocol?: string | undefined;
  readonly close?: readonly number[] | undefined;
}

export interface Service {
  readonly host: string;
  readonly unit: string | null;
  /** Name of its container; null: it runs on the host itself. */
  readonly container: string | null;
  readonly process: string | null;
  /** How many of the process there should be; null: one or more. */
  readonly processCount: number | null;
  readonly listens: readonly Listen[];
  readonly connectsTo: string | null;
  /** The longest silence that the path must bear; null: not declared. */
  readonly heartbeatMs: number | null;
  readonly config: ConfigFile | null;
  readonly journal: Journal | null;
  readonly runbook: Readonly<Record<string, string>>;
}

export interface Listen {
  readonly port: number;
  readonly health: string | null;
  readonly websocket: string | null;
}

/** A file of a service: in its container where it has one, then on the host. */
export interface ConfigFile {
  readonly file: string;
  /** Dotted path → the value that must stand there. */
  readonly expect: Readonly<Record<string, unknown>>;
}

/** Lines of a unit's journal or a container's log; the last line that matches either decides. */
export interface Journal {
  /** Regular expressions. */
  readonly expect: string | null;
  readonly unwanted: string | null;
  /** The start of the unit or container, or so many milliseconds ago. */
  readonly since: 'start' | number;
}

/** nginx in front of a service. */
export interface Proxy {
  readonly host: string;
  readonly unit: string | null;
  /** Name of its container; null: it runs on the host itself. */
  readonly container: string | null;
  /** Where a balancer in front maps the endpoint's port to; null: the endpoint's own port. */
  readonly listen: number | null;
  /** Its configuration file; null: the one that the running nginx was given. */
  readonly config: string | null;
}

/** One of `[[checks]]`: the kind's own options, validated by the kind's schema. */
export interface StandaloneCheck {
  readonly kind: string;
  readonly name: string;
  /** `local` or a host. */
  readonly from: string;
  readonly options: Readonly<Record<string, unknown>>;
}
