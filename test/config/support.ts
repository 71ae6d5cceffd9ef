import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type LoadedConfig, type LoadInput, loadConfig } from '../../src/config/load.ts';

export const fixtures = new URL('../../fixtures/config/', import.meta.url).pathname;

/** Kinds as checks have them, small. */
export const kinds = {
  http: z.strictObject({
    url: z.string(),
    method: z.string().default('GET'),
    expect: z.strictObject({ status: z.union([z.int(), z.array(z.int())]).optional() }).default({}),
    tls: z.strictObject({ ca: z.string().optional() }).default({}),
    headers: z.record(z.string(), z.string()).default({}),
    certDays: z.int().default(21),
    server: z.string().nullable().default(null),
  }),
  network: z.strictObject({}),
  port: z.strictObject({ host: z.string().min(1), port: z.int().min(1).max(65535) }),
};

export const env = {
  AGENT_TOKEN: 'token/with+signs=0123',
  STAGE: '',
  EMPTY: '',
  BROKEN: 'two\nlines',
  PIN: '1234',
  GREETED: 'world-wide',
  BACKEND: 'backend.example.com',
  DEPLOY_USER: 'deploy',
  SSH_PORT: '2222',
  PORT: '8081',
  RESOLVER: '192.0.2.53',
  ROOM: 'secret-room-17',
  ADMIN_KEY: 'admin-key-0123',
  WHOLE_URL: 'wss://whole.example.com/ws?key=in-the-query',
};

export function load(text: string, more: Partial<LoadInput> = {}): LoadedConfig {
  return loadConfig({
    text,
    file: 'viworks-doctor.toml',
    env,
    folder: '/etc/doctor',
    home: '/home/ops',
    readable: (path) => (/no-such|none/.test(path) ? 'there is no such file' : null),
    kinds,
    ...more,
  });
}

export function loadFixture(name: string): LoadedConfig {
  return load(readFileSync(`${fixtures}${name}`, 'utf8'));
}

export function good(loaded: LoadedConfig) {
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors, null, 2));
  return loaded;
}

export function errorsOf(loaded: LoadedConfig) {
  if (loaded.ok) throw new Error('nothing was found wrong');
  return loaded.errors;
}
