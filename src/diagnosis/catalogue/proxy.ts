/** Causes in the proxy itself: whether it runs, and with what. */
import { anyAnswer, type Consequence, type Entry, inCase, lostConnection, misled } from '../entry.ts';

/** Nobody answers in front. */
const noProxy: readonly Consequence[] = [
  { over: 'self', codes: ['process.missing', 'netstat.not-listening'] },
  { over: 'endpoint', codes: ['port.refused', 'port.timeout', 'port.partial', ...anyAnswer] },
  { over: 'client', codes: lostConnection },
];

const reload = 'Test and reload: {test|nginx -t} && {reload|nginx -s reload}';
const reloadRisk =
  'Low: a reload that fails its test changes nothing; one that passes lets open connections run on with the old workers.';

export const proxy: Readonly<Record<string, Entry>> = {
  'proxy.not-running': {
    priority: 'P0',
    title: '{name|the proxy} does not run on {host|its host}',
    means: 'Nothing listens on the endpoint’s port on the proxy’s host, and nginx does not run there.',
    shows: ['Everything behind it is gone at once: "Connection refused". Other ports of the host answer.'],
    why: [
      'It failed at its last start: a wrong configuration, a name that did not resolve (host not found in upstream), a port that is taken.',
      'It was stopped for a renewal (certbot --standalone) and not started again.',
      'The machine was restarted, and it is not enabled; or its container has no restart policy.',
    ],
    // Where it was never installed there is no configuration to read.
    produces: [...noProxy, { over: 'self', codes: ['doctor.no-answer'] }],
    stops: true,
    fix: {
      summary: 'start {name|nginx} on {host|its host}',
      steps: [
        'Read why it ended: {log|journalctl -u nginx -n 50}',
        inCase(
          { masked: true },
          'Its unit is masked, so that it cannot be started: systemctl unmask {unit|UNIT}',
        ),
        'Test the configuration (nginx -t), then start it: {start|systemctl start nginx}',
      ],
      commands: [
        '{onhost}',
        '{log}',
        inCase({ kept: 'unit' }, '{test}'),
        inCase({ masked: true }, 'systemctl unmask {unit}'),
        '{start}',
      ],
      risk: 'None: it does not run now.',
      rollback: 'Stop it again: {stop|systemctl stop nginx}',
    },
    verify: ['{inside|}ss -tlnp | grep nginx  → LISTEN{on|}'],
  },
  'proxy.config-invalid': {
    priority: 'P0',
    title: '{name|nginx} rejects its configuration: {observed|see nginx -t}',
    means:
      'nginx finds an error in its configuration: a new start fails, and a reload leaves the old one in force.',
    shows: [
      'nginx -t: [emerg] … in FILE:LINE, test failed. A running one goes on with the old configuration until it is restarted.',
    ],
    why: [
      'A typing mistake, or a semicolon or brace that is missing, in the line or in one before it.',
      'A directive of a module or version that is not there.',
      'A file that it names is missing: a certificate, an include.',
      'A name in proxy_pass or upstream that did not resolve (host not found in upstream).',
    ],
    produces: [{ over: 'self', codes: ['proxy.not-running', 'proxy.not-reloaded'] }, ...noProxy],
    fix: {
      summary: 'mend {place|the configuration}: {message|what nginx says}',
      steps: [
        'Mend what is said: {observed|see nginx -t}. A semicolon or a brace that is missing is in a line before.',
        inCase(
          { running: true },
          'It runs on with its former configuration: test what is on the disk ({test|nginx -t}), and reload only where all that was changed since is meant: {reload|nginx -s reload}',
        ),
        inCase(
          { running: false },
          'Test it, then start it: {test|nginx -t} && {start|systemctl start nginx}',
        ),
      ],
      commands: [
        '{onhost}',
        'sed -n {aroundline}p {hostfile}',
        inCase({ running: true }, '{test}'),
        inCase({ running: false }, '{start}'),
      ],
      risk: 'None while nothing is reloaded or started.',
      rollback: 'Put the former file back, and test again.',
    },
    verify: ['{test|nginx -t}  → syntax is ok, test is successful{on|}'],
  },
  'proxy.not-reloaded': {
    priority: 'P2',
    title: '{name|nginx} still runs with a configuration from before the last change: {observed|see the row}',
    means: 'What is served is not what is on disk: files changed after nginx’s workers started.',
    shows: [
      'A change "does nothing": the old certificate, the old route, the old time-out. After the next restart it is all different.',
    ],
    why: [
      'The file was changed, and nginx was not reloaded.',
      'The reload failed its test, and nobody saw it (journalctl -u nginx, the error log).',
      'The renewal of the certificate has no hook that reloads (certbot --deploy-hook).',
      'In a container: an editor that replaces a file which is mounted by itself leaves the container with the old one.',
    ],
    produces: misled,
    fix: {
      summary: 'reload {name|nginx}',
      steps: [
        'See what the files would do: {test|nginx -t}',
        reload,
        'After a renewal: have it reload by itself, certbot renew --deploy-hook "{reload|nginx -s reload}"',
      ],
      commands: ['{onhost}', '{test} && {reload}'],
      risk: `${reloadRisk} All that was changed since then takes force, not this alone.`,
      rollback: 'Put the former files back, and reload.',
    },
    verify: ['ps -o lstart,args -C nginx  → workers that started just now{on|}'],
    instead: [
      {
        when: { case: 'breaks-at-reload' },
        title:
          '{name|nginx} runs with files from before the last change, and those on the disk would break {address|an endpoint}',
        fix: {
          summary: 'mend {place|the file} before anybody reloads {name|nginx}',
          steps: [
            'As it is on the disk, requests for {address|the endpoint} end at {would|another place}: mend {place|that line} first; a reload or a restart would put it in force.',
            'If the file is right: correct `to` of the endpoint.',
            reload,
          ],
          commands: ['{onhost}', 'sed -n {aroundline}p {hostfile}'],
          risk: 'A reload before it is mended breaks what works now.',
        },
      },
    ],
  },
};
