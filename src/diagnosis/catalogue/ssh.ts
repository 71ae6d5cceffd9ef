/** Causes of not getting into a host, and of not seeing enough there: they say nothing about what is behind. */
import type { Entry } from '../entry.ts';

const none = 'None needed.';

export const ssh: Readonly<Record<string, Entry>> = {
  'ssh.unreachable': {
    priority: 'P1',
    title: 'no SSH connection to {name}: {says}',
    means: 'No TCP connection to the SSH port, or no SSH banner on it. What runs on the host is unknown.',
    fix: {
      summary: 'make {name} reachable over SSH from here',
      steps: [
        'Try it by hand: ssh -v {sshtarget}',
        'Refused: sshd does not run there, or listens on another port. Silence: a firewall, or the host is down.',
      ],
      rollback: none,
    },
    verify: ['ssh {sshtarget} true  → no output, exit code 0'],
  },
  'ssh.host-key-unknown': {
    priority: 'P1',
    title: 'the host key of {name} is not in known_hosts',
    means: 'Doctor never connects to a host whose key it cannot verify.',
    fix: {
      summary: 'check the fingerprint, and add the key',
      steps: [
        'Seen: {observed|see the row}. Compare it with the host’s own: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub (at its console).',
        'Then connect once with ssh {sshtarget} and accept it, or add the output of ssh-keyscan to known_hosts.',
      ],
      rollback: 'ssh-keygen -R {knownname}',
    },
    verify: ['ssh -o StrictHostKeyChecking=yes {sshtarget} true  → no output, exit code 0'],
  },
  'ssh.host-key-changed': {
    priority: 'P1',
    title: 'the host key of {name} is another one than known_hosts has, or is revoked there',
    means: 'The host was made anew, or somebody is in between. Doctor did not connect.',
    fix: {
      summary: 'find out why the key changed before you accept it',
      steps: [
        'Seen: {observed|see the row}. Known: {expected|see the row}.',
        'Ask whoever runs the host whether it was made anew, and compare the fingerprint at its console.',
        'Only then: ssh-keygen -R {knownname}, connect once with ssh, and accept the new key.',
      ],
      rollback: 'Put the old line back into known_hosts.',
    },
    verify: ['ssh -o StrictHostKeyChecking=yes {sshtarget} true  → no output, exit code 0'],
  },
  'ssh.auth-failed': {
    priority: 'P1',
    title: '{name} accepts none of our keys',
    means: 'No authentication method was accepted. Passwords are never asked for.',
    fix: {
      summary: 'give doctor a key that {name} accepts',
      steps: [
        'Tried: {methods|see the row}.',
        'Load the key into the agent (ssh-add), or name it: ssh = { user = "…", identity_file = "…" }.',
        'On the host, the key must be in ~/.ssh/authorized_keys of that user.',
      ],
      rollback: 'Remove the line from authorized_keys.',
    },
    verify: ['ssh -o BatchMode=yes {sshtarget} true  → no output, exit code 0'],
  },
  'ssh.forwarding-refused': {
    priority: 'P1',
    title: 'the SSH server of {name} opens no connections for us',
    means: 'Looks over the network from that host need TCP forwarding, and sshd forbids it.',
    fix: {
      summary: 'allow local forwarding for this user',
      steps: [
        'In sshd_config: AllowTcpForwarding local (and no `restrict` or `no-port-forwarding` at the key). Reload sshd.',
      ],
      rollback: 'Set AllowTcpForwarding back, and reload sshd.',
    },
  },
  'ssh.no-common-algorithm': {
    priority: 'P1',
    title: 'doctor and {name} share no SSH algorithm',
    means: 'No common key exchange, host key or cipher algorithm.',
    fix: {
      summary: 'allow an algorithm that both sides have',
      steps: ['See what the server offers: ssh -vv {sshtarget}. Add curve25519-sha256 to its KexAlgorithms.'],
      rollback: 'Set KexAlgorithms back, and reload sshd.',
    },
  },
};

const grant = (summary: string, ...steps: string[]) => ({ summary, steps, rollback: none });

export const doctor: Readonly<Record<string, Entry>> = {
  'doctor.no-permission': {
    priority: 'P2',
    title: 'the login user may not read {what|what is needed} on {host|the host}',
    means:
      'The user that doctor logs in as is not allowed to look there. Nothing is known about the thing itself.',
    fix: grant(
      'let doctor’s user read it',
      'Log in as a user that may: root, or one in the groups adm and systemd-journal.',
      'Refused: {observed}',
    ),
  },
  'doctor.no-answer': {
    priority: 'P2',
    title: 'could not look at {what|something}: {observed|no complete answer}',
    means:
      'A look did not end in time, or its answer was not complete, or what it asks does not run there. Nothing is known about the thing itself.',
    fix: grant(
      'see why, on the host: {observed|no complete answer}',
      'Where Docker or Podman does not answer: systemctl status docker, or podman info.',
      'Where it was too slow: look at the host’s load (uptime), and try again with a longer --timeout.',
    ),
  },
  'doctor.deadline': {
    priority: 'P2',
    title: 'the run’s deadline came before some looks',
    means: 'The run had no time left for it. Nothing is known about the thing itself.',
    fix: grant('give the run more time: --deadline', 'Or look at less: --only PATTERN.'),
  },
  'doctor.check-crashed': {
    priority: 'P2',
    title: 'a check crashed: {target}',
    means: 'A check or a plugin threw. The run went on; nothing is known about what it would have looked at.',
    fix: grant(
      'report it, with a record of the run',
      'Make a record: viworks-doctor run --record run.json',
      'Seen: {observed}',
    ),
  },
  'doctor.tool-missing': {
    priority: 'P2',
    title: 'nothing to look at {what|it} with on {host|the host}',
    means: 'The host has none of the tools or files that the check can read.',
    fix: grant(
      'install what doctor reads {what|it} with, or leave the row out',
      'For sockets: iproute2 (ss) or net-tools; for processes: procps. Units need a systemd that runs there.',
      'Seen: {observed}.',
    ),
  },
};
