/** Services that write journals, and what is looked for in them. */

export const established = 'WebSocket connection established';

/** A script each; its service is `agent-NAME`. */
export const writers = {
  good: `echo starting; echo 'connection failed: 401'; echo '${established}'; echo heartbeat`,
  bad: `echo '${established}'; sleep 0.1; echo 'connection failed: 401'`,
  bytes: `printf 'caf\\351: \\033[31mconnection failed\\033[0m\\n'`,
  // two fields of one name, and a carriage return that makes bytes of the second
  twice: `exec perl -MIO::Socket::UNIX -e '
    my $journal = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => "/run/systemd/journal/socket") or die $!;
    $journal->send("MESSAGE=one\\nMESSAGE=connection failed: 1\\r\\n");
    sleep 100000'`,
  quiet: 'echo starting',
  before: `[ -e /run/before ] || echo '${established}'; touch /run/before; sleep 0.1; echo starting anew`,
  long: `echo '${established}'; i=0; while [ $i -lt 2500 ]; do i=$((i+1)); echo "heartbeat $i"; done`,
  talkative: 'i=0; while [ $i -lt 2500 ]; do i=$((i+1)); echo "heartbeat $i"; done',
  own: `echo '${established}'`,
  idle: 'echo starting',
} as const;
type Writer = keyof typeof writers;

export const writerFile = (name: string) => `[Service]
ExecStart=/bin/sh -c '. /opt/viworks/${name}.sh; exec sleep infinity'
${name === 'own' ? 'User=deploy' : ''}
${name === 'idle' ? '' : '[Install]\nWantedBy=multi-user.target'}
`;

export interface JournalCase {
  readonly of: Writer;
  readonly user?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly on?: readonly string[];
}

const all = ['debian-11', 'debian-12', 'debian-13'];

export const journals: Readonly<Record<string, JournalCase>> = {
  'pass-unit': { of: 'good', on: all },
  'pass-lately': { of: 'good', options: { since: '1h' } },
  'pass-of-the-group': { of: 'good', user: 'reader' },
  'pass-own-messages': { of: 'own', user: 'deploy' },
  'pass-not-started': { of: 'idle', options: { expect: null } },
  'pass-long': { of: 'long' },
  'journal.error-unit': { of: 'bad' },
  'journal.error-bytes': { of: 'bytes', on: all },
  'journal.error-repeated-field': { of: 'twice', on: all },
  'journal.missing-unit': { of: 'before' },
  'journal.missing-quiet': { of: 'quiet' },
  'journal.missing-long': { of: 'talkative' },
  'journal.missing-not-started': { of: 'idle' },
  'doctor.no-permission-unit': { of: 'good', user: 'deploy', on: all },
  'doctor.tool-missing-not-booted': { of: 'good', user: 'unbooted' },
  'doctor.tool-missing-busybox': { of: 'good', user: 'bare' },
};
