/** The shape of services and proxies: what runs on hosts. */
import { z } from 'zod';
import { containerNamePattern } from '../net/containers.ts';
import { dottedPath } from '../net/dotted-path.ts';
import { durationPattern } from '../net/duration.ts';
import {
  duration,
  durationFault,
  fine,
  name,
  noControls,
  path,
  port,
  regularExpression,
  text,
  whole,
} from './fields.ts';
import type { Fault } from './url.ts';
import { fileFault } from './values.ts';
import { quoted } from './words.ts';

const listen = z
  .strictObject({
    port: port('the port that it listens on', 8081),
    health: path('path of a health check there', '/health').optional(),
    websocket: path('path of a WebSocket there', '/ws/agent').optional(),
  })
  .meta({ description: 'a port that the service listens on' });

const unit = text(
  'its systemd unit',
  (value) =>
    /^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]{0,254}$/.test(value)
      ? null
      : {
          message: `is no unit: ${quoted(value)}`,
          hint: 'write it as systemctl does: "viworks-agent.service"',
        },
  { example: 'viworks-agent.service' },
);

const container = text(
  'the name of its container',
  (value) =>
    containerNamePattern.test(value)
      ? null
      : { message: `is no container: ${quoted(value)}`, hint: 'write its name, as docker ps shows it' },
  { example: 'agent-server', pattern: containerNamePattern },
);

/** A file where the service runs: nothing there knows our folders. */
function remoteFile(description: string, example: string) {
  const fault = (value: string): Fault | null =>
    fileFault(value) ??
    (value.startsWith('/') ? null : { message: `is ${quoted(value)}`, hint: 'write the whole path: "/…"' });
  return text(description, fault, { example, pattern: '^/' });
}

const configFile = z
  .strictObject({
    file: remoteFile('the whole path of the file', '/etc/agent/agent.toml'),
    expect: z
      .record(
        z
          .string()
          .refine(
            (key) => dottedPath(key) !== null,
            'is no dotted path: write one such as "server.port" or \'hosts."b.example.com".port\'',
          ),
        z.union([z.string(), z.number(), z.boolean()]).meta({
          description: 'the value that must stand there; its key is one string: "server.port" = 8081',
        }),
      )
      .meta({ description: 'values that the file must hold: dotted path = value' })
      .optional(),
  })
  .meta({ description: 'a configuration file: it must be there, be readable, and hold these values' });

const journal = z
  .strictObject({
    expect: regularExpression('a line that must come', 'connection established').optional(),
    unwanted: regularExpression(
      'a line that must not be the last that matches',
      'connection failed',
    ).optional(),
    since: text(
      'since when: "start" (of the unit or container), or for how long back; left out: "start"',
      (value) => {
        if (value === 'start') return null;
        const fault = durationFault('365d')(value);
        return fault && { ...fault, hint: 'write "start", or how long back: 10m, 1h, 7d' };
      },
      { example: '1h', pattern: `^start$|${durationPattern.source}` },
    ).optional(),
  })
  .meta({ description: 'lines of the unit’s journal or the container’s log: the last that matches decides' });

export const service = z
  .strictObject({
    host: name('the host that it runs on', 'backend'),
    unit: unit.optional(),
    container: container.optional(),
    process: text(
      'the name of argv[0], of the executable, or of the script that an interpreter runs; with a slash: its whole path',
      noControls,
      { example: 'viworks-agent' },
    ).optional(),
    process_count: whole(
      'how many of the process there should be; left out: one or more',
      1,
      100_000,
      4,
    ).optional(),
    listens: z.array(listen).meta({ description: 'the ports that it listens on' }).optional(),
    connects_to: name('the endpoint that it must have a connection to', 'agent').optional(),
    heartbeat: duration('the longest silence that the path must bear', '1d', '30s').optional(),
    config: configFile.optional(),
    journal: journal.optional(),
    runbook: z
      .record(
        z
          .string()
          .regex(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/, 'is no code: write one such as "service.not-accepting"'),
        text('the fix, in your own words', fine),
      )
      .meta({ description: 'own words for the fix, by code' })
      .optional(),
  })
  .meta({ description: 'a program that should run on a host' });

export const proxy = z
  .strictObject({
    host: name('the host that it runs on', 'backend'),
    unit: unit.optional(),
    container: container.optional(),
    listen: port(
      'where a balancer in front maps the endpoint’s port to; left out: the endpoint’s own port',
      8443,
    ).optional(),
    config: remoteFile(
      'its configuration file; left out: the one that the running nginx was given',
      '/etc/nginx/nginx.conf',
    ).optional(),
  })
  .meta({ description: 'nginx, between an endpoint and a service' });
