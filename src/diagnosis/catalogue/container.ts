/** Causes seen on a service's container, as its engine says. */
import {
  anyAnswer,
  type Consequence,
  type Entry,
  gatewayCodes,
  inCase,
  lostConnection,
  noProcess,
  silence,
} from '../entry.ts';

const noContainer: readonly Consequence[] = [
  { over: 'self', codes: ['process.missing'] },
  ...noProcess,
  // nginx does not start with a name that it does not know, and a name goes with its container.
  { over: 'proxy', about: 'start', codes: ['proxy.config-invalid', 'proxy.not-running'] },
  { over: 'proxy', codes: ['proxy.backend-unreachable'] },
];

const asItSays = [...gatewayCodes, ...silence, 'http.status', 'http.body'];

const lostClient: Consequence = { over: 'client', codes: lostConnection };

const watch = ['{engine|docker} ps --filter name={container}  → Up{on|}'];
const log = '{engine|docker} logs --tail 50 {container}';
const anew =
  'A container that is made anew loses what it kept outside of its volumes, and gets a new address.';

export const container: Readonly<Record<string, Entry>> = {
  'container.missing': {
    priority: 'P0',
    title: 'there is no container {container|of that name} on {host|the host}',
    means: 'The engine knows no container of that name: it was removed, never created, or has another name.',
    shows: ['docker ps --all does not list it. A proxy in front: 502, or "host not found in upstream".'],
    why: [
      'docker compose down, or a deployment that ended half-way.',
      'It was started with --rm and has ended.',
      'Compose gives it another name: PROJECT-SERVICE-1.',
      'It belongs to another user’s Podman, or to another engine.',
    ],
    // A file of its image is gone with it.
    produces: [...noContainer, { over: 'self', codes: ['config.missing'] }],
    stops: true,
    fix: {
      summary: 'create the container {container|of the service}',
      steps: [
        'See what there is instead, under which name: docker ps --all, podman ps --all.',
        'Create it as it is deployed: docker compose up -d in its folder, or its docker run, with a restart policy.',
        'It has another name: correct `container` of {name}.',
      ],
      commands: ['{onhost}', 'docker ps --all', 'docker compose up -d'],
      risk: 'docker compose up -d makes every container anew whose definition has changed, not this one alone.',
      rollback: 'docker rm --force {container}',
    },
    verify: watch,
  },
  'container.stopped': {
    priority: 'P0',
    title: 'the container {container|of the service} does not run: {observed|it has ended}',
    means: 'The container is there, and its first process has ended or was never started.',
    shows: [
      'docker ps does not list it; docker ps --all says Exited. Clients: refused; a proxy in front: 502.',
    ],
    why: [
      'Its program ended with an error at its start: configuration, a missing file, a name that does not resolve.',
      'Somebody stopped it, or the machine was restarted and it has no restart policy.',
      'It was killed: out of memory (137 with OOMKilled), or docker kill.',
      'It was created and never started: a port that is taken, a mount that is not there.',
    ],
    produces: noContainer,
    stops: true,
    fix: {
      summary: 'mend why {container|the container} ended, then start it',
      steps: [
        `Read its last lines: ${log}`,
        inCase(
          { oomKilled: true },
          'Out of memory: raise its limit ({engine|docker} update --memory 1g --memory-swap 1g {container}), or find what takes it.',
        ),
        'Start it: {engine|docker} start {container}',
        'Let it come back by itself: {engine|docker} update --restart unless-stopped {container}',
      ],
      commands: [
        '{onhost}',
        log,
        '{engine|docker} start {container}',
        '{engine|docker} update --restart unless-stopped {container}',
      ],
      risk: 'None: it does not run now.',
      rollback: '{engine|docker} stop {container}',
    },
    verify: watch,
  },
  'container.restarting': {
    priority: 'P0',
    title: 'the container {container|of the service} restarts over and over: {observed|see its log}',
    means: 'Its first process ends soon after every start, and the engine starts it again.',
    shows: [
      'docker ps: Restarting (1) 5 seconds ago. It answers now and then; a proxy in front: 502 in between.',
    ],
    why: [
      'Its program ends at its start: configuration, a mount that is missing, a name that does not resolve.',
      'What it needs at its start is not up yet (a database), and it does not wait.',
      'It is killed again and again: out of memory.',
      'Its command does its work and ends, with exit code 0.',
    ],
    produces: [{ over: 'self', codes: ['container.stopped', 'container.unhealthy'] }, ...noContainer],
    stops: true,
    fix: {
      summary: 'mend why {container|the container} ends after its start',
      steps: [
        `Read its last lines: ${log}`,
        inCase(
          { oomKilled: true },
          'Out of memory: raise its limit ({engine|docker} update --memory 1g --memory-swap 1g {container}), or find what takes it.',
        ),
        'Mend the reason, then: {engine|docker} restart {container}',
      ],
      commands: ['{onhost}', log, '{engine|docker} restart {container}'],
      risk: 'Low: it does not stay up as it is.',
      rollback: '{engine|docker} stop {container}',
    },
    verify: [
      ...watch,
      "{engine|docker} inspect --format '{{.RestartCount}}' {container}  → a number that stays the same{on|}",
    ],
  },
  'container.paused': {
    priority: 'P0',
    title: 'the container {container|of the service} is paused',
    means: 'Somebody froze all of its processes: its ports take connections still, and nothing answers.',
    shows: ['docker ps: Up 3 hours (Paused). Clients connect and hang; a proxy in front: 504.'],
    why: [
      'A backup or snapshot pauses it, and did not let it go on (docker commit pauses as well).',
      'Somebody ran docker pause while looking for something.',
    ],
    produces: [
      {
        over: 'self',
        codes: ['service.not-accepting', 'service.not-responding', 'process.stuck', 'port.timeout'],
      },
      ...noContainer,
    ],
    stops: true,
    fix: {
      summary: 'let {container|the container} run again',
      steps: [
        'Ask why it was paused (a backup, a snapshot).',
        'Let it run: {engine|docker} unpause {container}',
      ],
      commands: ['{onhost}', '{engine|docker} unpause {container}'],
      risk: 'A backup that is being made of its files may become inconsistent.',
      rollback: '{engine|docker} pause {container}',
    },
    verify: ['{engine|docker} ps --filter name={container}  → Up, without (Paused){on|}'],
  },
  'container.unhealthy': {
    priority: 'P0',
    title:
      'the container {container|of the service} is unhealthy: {failed|all of its last} health checks failed',
    means: 'It runs, and the health check that was declared with it fails.',
    shows: ['docker ps: Up 2 hours (unhealthy). A balancer that looks at it sends no requests any more.'],
    why: [
      'The program hangs or fails, and the check sees it.',
      'What it depends on (a database) does not answer, and its health page says so.',
      'The check is wrong: its command (curl) is not in the image, or it asks another port.',
    ],
    produces: [{ over: 'self', codes: asItSays }, { over: 'endpoint', codes: asItSays }, lostClient],
    fix: {
      summary: 'see what the health check of {container|the container} asks, and why that fails',
      steps: [
        "Read its last results: {engine|docker} inspect --format '{{json .State.Health}}' {container}",
        'Mend what it says; its log has more: {engine|docker} logs --tail 50 {container}',
        'Where the check itself is wrong (its command is not in the image), mend the check.',
      ],
      commands: ['{onhost}', "{engine|docker} inspect --format '{{json .State.Health}}' {container}", log],
      risk: 'None in looking. A restart ends its connections.',
      rollback: 'None needed.',
    },
    verify: ['{engine|docker} ps --filter name={container}  → (healthy){on|}'],
  },
  'container.port-not-published': {
    priority: 'P0',
    title:
      'port {ports|N} of the container {container|of the service} is needed from outside of {host|its host}, and {observed|not published}',
    means: 'It listens inside the container, and the host does not publish the port where others reach it.',
    shows: [
      'Inside the container curl to localhost answers; from other machines "Connection refused". docker ps shows 8081/tcp without an arrow.',
    ],
    why: [
      'EXPOSE in the image, or expose: in the compose file, was taken for publishing.',
      'It is published on 127.0.0.1 alone, and the proxy is on another host.',
      'The container was made anew without its -p.',
    ],
    produces: [
      { over: 'endpoint', codes: anyAnswer },
      { over: 'direct', codes: ['port.refused', 'port.timeout', 'port.unreachable', 'port.partial'] },
      lostClient,
    ],
    stops: true,
    fix: {
      summary: 'publish port {ports|N} of {container|the container}',
      steps: [
        'A port cannot be published later: create it anew with ports: ["{ports.0|N}:{ports.0|N}"] in its compose file, or with -p {ports.0|N}:{ports.0|N}.',
        'An address before it (127.0.0.1:…) publishes it on that address alone.',
      ],
      commands: ['{onhost}', '{engine|docker} port {container}', 'docker compose up -d'],
      risk: `A published port goes past ufw and firewalld: Docker opens it itself. ${anew}`,
      rollback: 'Create it anew without the port.',
    },
    verify: ['{engine|docker} port {container}  → {ports.0}/tcp -> 0.0.0.0:{ports.0}{on|}'],
  },
  'container.no-shared-network': {
    priority: 'P0',
    title: 'the containers of {name|the proxy} and {service|the service} are on no common network',
    means:
      'Containers reach one another on a common network alone: the proxy neither resolves nor reaches it.',
    shows: ['502 or 504, and in nginx’s error log "host not found in upstream" or "upstream timed out".'],
    why: [
      'They are in two compose projects, each with a default network of its own.',
      'One of them was made anew by hand, without --network.',
      'The network was named otherwise after the project’s folder was renamed.',
    ],
    produces: [
      { over: 'self', codes: ['proxy.backend-unreachable', 'proxy.stale-address'] },
      { over: 'endpoint', codes: [...gatewayCodes, ...silence] },
      // nginx does not start with a name that it cannot resolve.
      {
        over: 'self',
        about: 'start',
        codes: ['proxy.not-running', 'process.missing', 'netstat.not-listening'],
      },
      {
        over: 'endpoint',
        about: 'start',
        codes: ['port.refused', 'port.timeout', 'port.partial', ...anyAnswer],
      },
      lostClient,
    ],
    stops: true,
    fix: {
      summary: 'put both containers on one network',
      steps: [
        '{service|The service} is on {networks|one network}, {name|the proxy} on {proxynetworks|another}: connect the proxy to the service’s.',
        'Write it into both compose files as well (networks:, external: true), else the next docker compose up undoes it.',
        'Restart nginx, which resolves names when it starts: {restart|docker restart CONTAINER}',
      ],
      commands: ['{onhost}', 'docker network connect {networks.0} {container}', '{restart}'],
      risk: 'Low: the proxy reaches all containers of that network from then on. A restart ends its connections.',
      rollback: 'docker network disconnect {networks.0} {container}',
    },
    verify: [
      "docker inspect --format '{{json .NetworkSettings.Networks}}' {container}  → {networks.0} among them{on|}",
    ],
  },
  'container.engine-unavailable': {
    priority: 'P1',
    title: 'the container engine on {host|the host} could not be asked: {observed|no answer}',
    means:
      'There is no Docker or Podman, it does not run, or the user that doctor logs in as may not ask it. Nothing is known about the container.',
    shows: [
      'docker ps: permission denied while trying to connect to the Docker daemon socket, or Cannot connect to the Docker daemon.',
    ],
    why: [
      'The login user is not root and not in the group docker.',
      'The daemon does not run (systemctl status docker).',
      'The container is Podman’s of another user, or the engine is on another host.',
    ],
    fix: {
      summary: 'let doctor ask the engine, or start it',
      steps: [
        inCase(
          { denied: true },
          'No permission: log in as root (ssh = { user = "root" }), or let doctor use sudo (ssh = { sudo = true }). The group docker works too, and is as good as root.',
        ),
        inCase(
          { denied: false },
          'Not running: systemctl status docker, then systemctl start docker. Not installed: the container is on another host.',
        ),
      ],
      commands: [
        '{onhost}',
        inCase({ denied: true }, 'id'),
        inCase({ denied: false }, 'systemctl status docker'),
        inCase({ denied: false }, 'systemctl start docker'),
      ],
      risk: 'Who may ask the engine can become root on that host.',
      rollback: 'gpasswd -d USER docker takes the right away again.',
    },
    verify: ['docker ps  → a list{on|}'],
  },
};
