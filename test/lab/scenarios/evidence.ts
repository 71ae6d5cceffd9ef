/** Missing evidence: the deepest cause that can be seen, what to look at next, and never a guess. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as programs from '../programs.ts';
import type { Scenario } from '../scenario.ts';
import { serverUnit, type World } from '../world.ts';

const stopped = ({ backend }: World): void => void backend.run('systemctl', 'stop', serverUnit);
const noWayIn = 'none';
const asUser = '{ user = "doctor" }';
const asSudoer = '{ user = "doctor", sudo = true }';

/** Somebody who is not root on both hosts, and what sudo grants. */
const withUser =
  (sudoers = '') =>
  ({ backend, gateway, publicKey }: World): void => {
    for (const machine of [backend, gateway])
      machine.sh(`id doctor >/dev/null 2>&1 || useradd -m -s /bin/bash doctor
mkdir -p /home/doctor/.ssh; echo '${publicKey}' >/home/doctor/.ssh/authorized_keys; chown -R doctor /home/doctor
printf '%s' '${sudoers}' >/etc/sudoers.d/doctor; chmod 440 /etc/sudoers.d/doctor`);
  };
const everything = 'doctor ALL=(root) NOPASSWD: ALL\n';

/** Of the backend's sshd alone. */
const sshd = (line: string) => (world: World) =>
  void world.backend.sh(`printf '%s\\n' '${line}' >/etc/ssh/sshd_config.d/lab.conf; systemctl restart ssh`);
const sshdAgain = (world: World) =>
  void world.backend.sh('rm -f /etc/ssh/sshd_config.d/lab.conf; systemctl restart ssh');

/** Changes known_hosts, and puts it back. */
const knowing = (change: (text: string) => string) => (world: World) => {
  const file = join(world.home, '.ssh/known_hosts');
  writeFileSync(`${file}.kept`, readFileSync(file));
  writeFileSync(file, change(readFileSync(file, 'utf8')));
};
const knownAgain = ({ home }: World) =>
  writeFileSync(join(home, '.ssh/known_hosts'), readFileSync(join(home, '.ssh/known_hosts.kept')));

export const evidence: readonly Scenario[] = [
  {
    name: 'evidence-no-way-in',
    about: 'the agent was stopped, and doctor has no way in to its host',
    causes: ['P0 http.bad-gateway endpoint.agent'],
    next: /way in to backend/,
    exit: 1,
    told: { backend: noWayIn },
    inject: stopped,
  },
  {
    name: 'evidence-nothing-declared',
    about: 'the agent was stopped, and nothing but the address was declared',
    causes: ['P0 http.bad-gateway endpoint.agent'],
    next: /declare what is behind it/,
    exit: 1,
    told: { bare: true },
    inject: stopped,
  },
  {
    name: 'evidence-login-refused',
    about: 'the agent was stopped, and the host takes no key of ours',
    causes: ['P0 http.bad-gateway endpoint.agent', 'P1 ssh.auth-failed host.backend'],
    next: /way in to backend/,
    exit: 1,
    inject: (world) => {
      stopped(world);
      world.backend.sh('mv /root/.ssh/authorized_keys /root/.ssh/kept');
    },
    repair: ({ backend }) => void backend.sh('mv /root/.ssh/kept /root/.ssh/authorized_keys'),
  },
  {
    name: 'evidence-host-key-unknown',
    about: 'the host is not in known_hosts',
    causes: ['P1 ssh.host-key-unknown host.backend'],
    exit: 3,
    inject: knowing((text) => text.replace(/^backend.*\n/m, '')),
    repair: knownAgain,
  },
  {
    name: 'evidence-host-key-changed',
    about: 'known_hosts has another key of the host',
    causes: ['P1 ssh.host-key-changed host.backend'],
    exit: 3,
    inject: knowing((text) => {
      const other = /^gateway\S* (.*)$/m.exec(text)?.[1];
      return text.replace(/^(backend\S*) .*$/m, `$1 ${other}`);
    }),
    repair: knownAgain,
  },
  {
    name: 'evidence-host-key-revoked',
    about: "known_hosts has the host's key revoked",
    causes: ['P1 ssh.host-key-changed host.backend'],
    exit: 3,
    inject: knowing(
      (text) => `${text}${text.replace(/^gateway.*\n/m, '').replace(/^backend/m, '@revoked backend')}`,
    ),
    repair: knownAgain,
  },
  {
    name: 'evidence-ssh-stopped',
    about: 'no sshd runs on the backend',
    causes: ['P1 ssh.unreachable host.backend'],
    exit: 3,
    inject: ({ backend }) =>
      void backend.sh('systemctl stop ssh.socket ssh 2>/dev/null || systemctl stop ssh'),
    repair: ({ backend }) => void backend.run('systemctl', 'start', 'ssh'),
  },
  {
    name: 'evidence-ssh-filtered',
    about: 'a firewall drops what comes to port 22 of the backend',
    causes: ['P1 ssh.unreachable host.backend'],
    exit: 3,
    inject: ({ backend }) => void backend.sh('iptables -A INPUT -p tcp --dport 22 -j DROP'),
  },
  {
    name: 'evidence-forwarding-refused',
    about: 'sshd of the gateway forbids forwarding',
    causes: ['P1 ssh.forwarding-refused host.gateway'],
    exit: 3,
    inject: ({ gateway }) =>
      void gateway.sh(
        "printf 'AllowTcpForwarding no\\n' >/etc/ssh/sshd_config.d/lab.conf; systemctl restart ssh",
      ),
    repair: ({ gateway }) => void gateway.sh('rm /etc/ssh/sshd_config.d/lab.conf; systemctl restart ssh'),
  },
  {
    name: 'evidence-no-common-algorithm',
    about: 'sshd offers one key exchange, which ssh2 does not have, and ssh2 was asked for',
    causes: ['P1 ssh.no-common-algorithm host.backend'],
    exit: 3,
    told: { backend: '{ user = "root", transport = "ssh2" }' },
    inject: sshd('KexAlgorithms sntrup761x25519-sha512@openssh.com'),
    repair: sshdAgain,
  },
  {
    name: 'sound-post-quantum',
    about: 'sshd offers one key exchange, which ssh2 does not have',
    causes: [],
    exit: 0,
    inject: sshd('KexAlgorithms sntrup761x25519-sha512@openssh.com'),
    repair: sshdAgain,
  },
  {
    name: 'sound-one-session',
    about: 'sshd of the backend allows one session (MaxSessions 1)',
    causes: [],
    exit: 0,
    inject: sshd('MaxSessions 1'),
    repair: sshdAgain,
  },
  {
    name: 'sound-with-sudo',
    about: 'doctor is an ordinary user who may use sudo',
    causes: [],
    exit: 0,
    told: { backend: asSudoer, gateway: asSudoer },
    inject: withUser(everything),
  },
  {
    name: 'evidence-not-root',
    about: 'doctor is an ordinary user, who is not shown the journal',
    causes: ['P2 doctor.no-permission service.gateway-agent'],
    exit: 3,
    told: { backend: asUser, gateway: asUser },
    inject: withUser(),
  },
  {
    name: 'evidence-not-root-not-accepting',
    about: 'the agent never accepts, and doctor is an ordinary user',
    causes: [
      'P0 service.not-accepting service.agent-server',
      'P2 doctor.no-permission service.gateway-agent',
    ],
    exit: 1,
    told: { backend: asUser, gateway: asUser },
    inject: async (world) => {
      withUser()(world);
      await world.behave({ manager: { duty: 'deaf' } });
    },
  },
  {
    name: 'evidence-not-root-file',
    about: "the agent's configuration file may be read by root alone",
    causes: ['P2 doctor.no-permission service.agent-server'],
    exit: 3,
    told: { backend: asUser },
    inject: (world) => {
      withUser()(world);
      world.backend.run('chmod', '600', programs.backendConfiguration);
    },
  },
  {
    name: 'evidence-not-root-nginx',
    about: 'nginx passes to 8080, and its files may be read by root alone',
    causes: ['P0 proxy.wrong-port proxy.nginx', 'P2 doctor.no-permission proxy.nginx'],
    confidence: 'likely',
    exit: 1,
    told: { backend: asUser },
    inject: async (world) => {
      withUser()(world);
      await world.serveSite({ pass: 'http://127.0.0.1:8080' });
      world.backend.run('chmod', '700', '/etc/nginx');
    },
    repair: ({ backend }) => void backend.run('chmod', '755', '/etc/nginx'),
  },
  {
    name: 'evidence-not-root-nginx-route',
    about: 'nginx has no location for the path, and its files may be read by root alone',
    causes: ['P0 websocket.not-found endpoint.agent', 'P2 doctor.no-permission proxy.nginx'],
    next: /the configuration and the error log of nginx/,
    exit: 1,
    told: { backend: asUser },
    inject: async (world) => {
      withUser()(world);
      await world.serveSite({ path: '/ws/agents' });
      world.backend.run('chmod', '700', '/etc/nginx');
    },
    repair: ({ backend }) => void backend.run('chmod', '755', '/etc/nginx'),
  },
  {
    name: 'evidence-journal-of-a-member',
    about: 'doctor is an ordinary user in the group systemd-journal',
    causes: [],
    exit: 0,
    told: { gateway: asUser },
    inject: (world) => {
      withUser()(world);
      world.gateway.run('usermod', '-aG', 'systemd-journal', 'doctor');
    },
    repair: ({ gateway }) => void gateway.run('gpasswd', '-d', 'doctor', 'systemd-journal'),
  },
];
