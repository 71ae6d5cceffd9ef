/** The `server` blocks of a configuration and where they listen. */
import { isIP } from 'node:net';
import { canonicalAddress } from '../addresses.ts';
import { httpOf } from './levels.ts';
import type { Place } from './outcome.ts';
import type { Directive } from './parse.ts';

export interface Listen extends Place {
  /** As written. */
  readonly text: string;
  /** An address (`0.0.0.0` and `::` for any), the path of a Unix socket, or a name that nginx resolves. */
  readonly address: string;
  readonly kind: 'ipv4' | 'ipv6' | 'unix' | 'name';
  /** First and last of a range; 0 for a Unix socket. */
  readonly ports: readonly [number, number];
  /** `ssl`, `default_server`, `http2`, `ipv6only=off`… */
  readonly flags: readonly string[];
}

export interface Server extends Place {
  readonly directive: Directive;
  readonly body: readonly Directive[];
  /** As written; [''] without any. */
  readonly names: readonly string[];
  readonly listens: readonly Listen[];
}

export function serversOf(root: readonly Directive[]): Server[] {
  return httpOf(root)
    .filter(({ name, block }) => name === 'server' && block)
    .map((directive) => {
      const body = directive.block ?? [];
      const names = body.filter(({ name }) => name === 'server_name').flatMap(({ args }) => args);
      const listens = body.filter(({ name }) => name === 'listen').flatMap(readListen);
      // root's default; others get 8000 (ngx_http_core_module, listen)
      const implicit = { ...directive, name: 'listen', args: ['80'] };
      return {
        directive,
        body,
        names: names.length > 0 ? names : [''],
        listens: listens.length > 0 ? listens : readListen(implicit),
        file: directive.file,
        line: directive.line,
      };
    });
}

/** `localhost` is 127.0.0.1. [] for what nginx would refuse. */
export function readListen({ args, file, line }: Directive): Listen[] {
  const [text = '', ...flags] = args;
  const base = { text, flags, file, line };
  if (text.startsWith('unix:')) return [{ ...base, address: text.slice(5), kind: 'unix', ports: [0, 0] }];
  const parts =
    /^(?:(\[[^\]]*\]|[^:]*):)?(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? /^(\[[^\]]*\]|[^:]+)$/.exec(text);
  if (!parts) return [];
  const [, host = '*', first = '80', last = first] = parts;
  const ports = [Number(first), Number(last)] as const;
  if (host === '*' || host === '') return [{ ...base, address: '0.0.0.0', kind: 'ipv4', ports }];
  const bare = host.replace(/^\[|\]$/g, '');
  const version = isIP(bare);
  if (version === 4) return [{ ...base, address: bare, kind: 'ipv4', ports }];
  if (version === 6) return [{ ...base, address: canonicalAddress(bare), kind: 'ipv6', ports }];
  if (bare.toLowerCase() === 'localhost') return [{ ...base, address: '127.0.0.1', kind: 'ipv4', ports }];
  return [{ ...base, address: bare, kind: 'name', ports }];
}
