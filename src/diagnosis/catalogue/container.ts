/** Causes seen on a service's container, as its engine says. */
import {
  anyAnswer,
  type Consequence,
  type Entry,
  gatewayCodes,
  lostConnection,
  noProcess,
  silence,
} from '../entry.ts';

const noContainer: readonly Consequence[] = [{ over: 'self', codes: ['process.missing'] }, ...noProcess];

const asItSays = [...gatewayCodes, ...silence, 'http.status', 'http.body'];

const lostClient: Consequence = { over: 'client', codes: lostConnection };

const watch = ['{engine|docker} ps --filter name={container}  → Up'];

const stopAgain = '{engine|docker} stop {container}';

export const container: Readonly<Record<string, Entry>> = {
  'container.missing': {
    priority: 'P0',
    title: 'there is no container {container} on {host}',
    means: 'The engine knows no container of that name: it was removed, never created, or has another name.',
    produces: noContainer,
    stops: true,
    fix: {
      summary: 'create the container {container}',
      steps: [
        'See what there is instead, under which name: docker ps --all',
        'Create it as it is deployed (docker compose up -d, or its docker run), with a restart policy.',
      ],
      rollback: 'docker rm --force {container}',
    },
    verify: watch,
  },
  'container.stopped': {
    priority: 'P0',
    title: 'the container {container} does not run: {observed}',
    means: 'The container is there, and its first process has ended or was never started.',
    produces: noContainer,
    stops: true,
    fix: {
      summary: 'mend why {container} ended, then start it',
      steps: [
        'Read its last lines: {engine|docker} logs --tail 50 {container}',
        'Out of memory (OOM): raise its limit, or find what takes it.',
        'Start it: {engine|docker} start {container}; let it come back by itself: {engine|docker} update --restart unless-stopped {container}',
      ],
      rollback: stopAgain,
    },
    verify: watch,
  },
  'container.restarting': {
    priority: 'P0',
    title: 'the container {container} restarts over and over: {observed}',
    means: 'Its first process ends soon after every start, and the engine starts it again.',
    produces: [{ over: 'self', codes: ['container.stopped', 'container.unhealthy'] }, ...noContainer],
    stops: true,
    fix: {
      summary: 'mend why {container} ends after its start',
      steps: [
        'Read its last lines: {engine|docker} logs --tail 50 {container}',
        'Mend the reason (its configuration, a mount, a name that it does not resolve), then: {engine|docker} restart {container}',
      ],
      rollback: stopAgain,
    },
    verify: watch,
  },
  'container.paused': {
    priority: 'P0',
    title: 'the container {container} is paused',
    means: 'Somebody froze all of its processes: its ports take connections still, and nothing answers.',
    produces: [
      {
        over: 'self',
        codes: ['service.not-accepting', 'service.not-responding', 'process.stuck', 'port.timeout'],
      },
      ...noContainer,
    ],
    stops: true,
    fix: {
      summary: 'let {container} run again',
      steps: ['Ask why it was paused (a backup, a snapshot).', '{engine|docker} unpause {container}'],
      rollback: '{engine|docker} pause {container}',
    },
    verify: watch,
  },
  'container.unhealthy': {
    priority: 'P0',
    title: 'the container {container} is unhealthy: {failed|all of its last} health checks failed',
    means: 'It runs, and the health check that was declared with it fails.',
    produces: [{ over: 'self', codes: asItSays }, { over: 'endpoint', codes: asItSays }, lostClient],
    fix: {
      summary: 'see what the health check of {container} asks, and why that fails',
      steps: [
        "Read its last results: {engine|docker} inspect --format '{{json .State.Health}}' {container}",
        'Mend what it says; where the check itself is wrong (its command is not in the image), mend the check.',
      ],
      rollback: 'None needed.',
    },
    verify: ['{engine|docker} ps --filter name={container}  → (healthy)'],
  },
  'container.port-not-published': {
    priority: 'P0',
    title: 'port {ports} of the container {container} is needed from outside of {host}, and {observed}',
    means: 'It listens inside the container, and the host does not publish the port where others reach it.',
    produces: [
      { over: 'endpoint', codes: anyAnswer },
      { over: 'direct', codes: ['port.refused', 'port.timeout', 'port.unreachable', 'port.partial'] },
      lostClient,
    ],
    stops: true,
    fix: {
      summary: 'publish port {ports} of {container}',
      steps: [
        'Create it anew with the port published: `ports: ["{ports}:{ports}"]` in its compose file, or -p {ports}:{ports}.',
        'An address before it (127.0.0.1:…) publishes it on that address alone.',
      ],
      rollback: 'Create it anew without the port.',
    },
    verify: ['{engine|docker} port {container}  → {ports}/tcp'],
  },
  'container.no-shared-network': {
    priority: 'P0',
    title: 'the containers of {name} and {service} are on no common network',
    means:
      'Containers reach one another on a common network alone: the proxy neither resolves nor reaches it.',
    produces: [
      { over: 'self', codes: ['proxy.backend-unreachable', 'proxy.stale-address'] },
      { over: 'endpoint', codes: [...gatewayCodes, ...silence] },
      lostClient,
    ],
    stops: true,
    fix: {
      summary: 'put both containers on one network',
      steps: [
        '{service} is on {networks}, {name} on {proxynetworks}: docker network connect NETWORK CONTAINER, and the same in their compose files.',
        'Restart nginx, which resolves names when it starts.',
      ],
      rollback: 'docker network disconnect NETWORK CONTAINER',
    },
    verify: ["docker inspect --format '{{json .NetworkSettings.Networks}}' CONTAINER  → a network of both"],
  },
  'container.engine-unavailable': {
    priority: 'P1',
    title: 'the container engine on {host} could not be asked: {observed}',
    means:
      'There is no Docker or Podman, it does not run, or the user that doctor logs in as may not ask it.',
    fix: {
      summary: 'let doctor ask the engine, or start it',
      steps: [
        'No permission: log in as root (ssh = { user = "root" }), or put the user into the group docker, which is as good as root.',
        'Not running: systemctl status docker.',
      ],
      rollback: 'None needed.',
    },
    verify: ['docker ps  → a list'],
  },
};
