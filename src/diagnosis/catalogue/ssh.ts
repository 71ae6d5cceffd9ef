/** Causes of not getting into a host: they say nothing about what is behind. */
import { type Entry, inCase } from '../entry.ts';

const none = 'None needed.';
/** Which lines of ssh_config the way comes from, where there are any. */
const fromConfiguration = inCase({ configured: true }, 'The way comes from {decided|~/.ssh/config}.');
/** A host in between is what the way ended at: it is that host's to mend. */
const between = { way: 'between' };
const byHand = '{hoptry}';
const loggedIn = ['ssh -o BatchMode=yes {sshtarget} true  → no output, exit code 0'];
const sshdRisk =
  'A mistake in sshd_config can lock everybody out: keep a session open, and test with sshd -t before the reload.';
const sshdBack = 'Set it back, and reload sshd.';

export const ssh: Readonly<Record<string, Entry>> = {
  'ssh.unreachable': {
    priority: 'P1',
    title: 'no SSH connection to {name|the host}: {observed|no answer}',
    means: 'No TCP connection to the SSH port, or no SSH banner on it. What runs on the host is unknown.',
    shows: [
      'ssh: connect to host … port 22: Connection refused, or Connection timed out; or kex_exchange_identification.',
    ],
    why: [
      'A firewall allows SSH from certain addresses only.',
      'sshd listens on another port, or does not run.',
      'The host is reached through another one (a jump host) only.',
      'The name or the address in the configuration is wrong.',
    ],
    fix: {
      summary: 'make {name|the host} reachable over SSH from here',
      steps: [
        'Try it by hand: ssh -v {sshtarget}',
        fromConfiguration,
        'Refused: sshd does not run there, or listens on another port (ssh = "user@host:port"). Silence: a firewall, or the host is down.',
        'Through another host only: ssh = { jump = ["HOST"] }, or ProxyJump in ~/.ssh/config.',
      ],
      commands: ['ssh -v {sshtarget} true'],
      risk: 'None in looking.',
      rollback: none,
    },
    verify: loggedIn,
    instead: [
      {
        when: between,
        title: 'no way through {hop}, which stands between here and {name|the host}: {observed|no answer}',
        fix: {
          summary: 'make the way through {hop} free',
          steps: ['Seen: {detail}', 'Try the way up to it by hand: {hoptry}', fromConfiguration],
          commands: [byHand, 'ssh -v {sshtarget} true'],
        },
      },
    ],
  },
  'ssh.host-key-unknown': {
    priority: 'P1',
    title: 'the host key of {name|the host} is not in known_hosts',
    means: 'Doctor never connects to a host whose key it cannot verify. What runs on the host is unknown.',
    shows: [
      'ssh asks: The authenticity of host … can’t be established. In scripts: Host key verification failed.',
    ],
    why: [
      'Nobody has connected to it from this machine and user before.',
      'It is known by another name or address than the one that is used here.',
      'CI: known_hosts was not given to the job.',
    ],
    fix: {
      summary: 'check the fingerprint, and add the key',
      steps: [
        'Seen: {observed|see the row}. Compare it with the host’s own, at its console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
        inCase(
          { way: 'straight' },
          'They are the same: add it to {knownfile|known_hosts}, or connect once with ssh {sshtarget} and accept it.',
        ),
        inCase({ way: 'other' }, 'They are the same: connect once with ssh {sshtarget} and accept it.'),
        fromConfiguration,
      ],
      commands: [
        inCase({ way: 'straight' }, 'ssh-keyscan {scan} 2>/dev/null | ssh-keygen -lf -'),
        inCase({ way: 'straight' }, 'ssh-keyscan {scan} >> {knownfile}'),
        inCase({ way: 'other' }, 'ssh {sshtarget} true'),
      ],
      risk: 'A key that is accepted without comparing may be that of somebody in between, who then sees all that is sent.',
      rollback: 'ssh-keygen -R {knownname}',
    },
    verify: ['ssh -o StrictHostKeyChecking=yes {sshtarget} true  → no output, exit code 0'],
    instead: [
      {
        when: between,
        title: 'the host key of {hop}, which stands between here and {name|the host}, is not in known_hosts',
        fix: {
          summary: 'check the fingerprint of {hop}, and accept its key',
          steps: [
            'Connect once to it by hand: {hoptry}. It shows the fingerprint: compare it with the host’s own before you accept it.',
            fromConfiguration,
          ],
          commands: [byHand],
        },
      },
    ],
  },
  'ssh.host-key-changed': {
    priority: 'P1',
    title: 'the host key of {name|the host} is another one than known_hosts has, or is revoked there',
    means: 'The host was made anew, or somebody is in between. Doctor did not connect.',
    shows: ['ssh: WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!'],
    why: [
      'The host was installed anew, or its disk was made from another image.',
      'Its address belongs to another machine now.',
      'Somebody is in between.',
      'Its key was revoked on purpose (@revoked), after it had leaked.',
    ],
    fix: {
      summary: 'find out why the key changed before you accept it',
      steps: [
        'Seen: {observed|see the row}. Known: {expected|see the row} ({at|known_hosts}).',
        'Ask whoever runs the host whether it was made anew, and compare the fingerprint at its console.',
        'Only then: ssh-keygen -R {knownname}, connect once with ssh {sshtarget}, and accept the new key.',
        fromConfiguration,
      ],
      commands: [
        'ssh-keygen -l -F {knownname} -f {knownfile}',
        'ssh-keygen -R {knownname} -f {knownfile}',
        'ssh {sshtarget} true',
      ],
      risk: 'Who accepts it without asking may give all that follows to somebody in between.',
      rollback: 'Put the old line back into known_hosts (ssh-keygen keeps known_hosts.old).',
    },
    verify: ['ssh -o StrictHostKeyChecking=yes {sshtarget} true  → no output, exit code 0'],
    instead: [
      {
        when: between,
        title:
          'the host key of {hop}, which stands between here and {name|the host}, is another one than known_hosts has',
        fix: {
          steps: [
            'Seen: {detail}',
            'Ask whoever runs {hop} whether it was made anew, and compare the fingerprint at its console.',
            'Only then take the old line out of known_hosts, connect once by hand and accept the new key: {hoptry}',
          ],
          commands: [byHand],
        },
      },
    ],
  },
  'ssh.auth-failed': {
    priority: 'P1',
    title: '{name|the host} accepts none of our keys',
    means:
      'No authentication method was accepted. Passwords are never asked for. What runs on the host is unknown.',
    shows: ['ssh: Permission denied (publickey).'],
    why: [
      'The key is not in ~/.ssh/authorized_keys of that user on the host, or it is another user.',
      'The agent is empty or not reachable (CI, sudo, a new terminal), or the key wants a passphrase.',
      'sshd refuses it: PermitRootLogin no, AllowUsers, or files that others may write (StrictModes).',
      'It wants more than a key (a second factor).',
    ],
    fix: {
      summary: 'give doctor a key that {name|the host} accepts',
      steps: [
        'Seen: {detail|no key to try}',
        fromConfiguration,
        'Load the key into the agent (ssh-add), or name it: ssh = { user = "…", identity_file = "…" }.',
        'On the host the key must be in ~/.ssh/authorized_keys of that user; its log says why it refused: journalctl -u ssh (RHEL: -u sshd).',
      ],
      commands: ['ssh-add -l', 'ssh-copy-id -i {keyfile}.pub {copytarget}', 'ssh -v {sshtarget} true'],
      risk: 'Who has that key may log in as that user: use one of its own for doctor.',
      rollback: 'Remove the line from authorized_keys.',
    },
    verify: loggedIn,
    instead: [
      {
        when: between,
        title: '{hop}, which stands between here and {name|the host}, accepts none of our keys',
        fix: {
          summary: 'give doctor’s user a key that {hop} accepts',
          steps: [
            'Seen: {detail}',
            'Load the key into the agent (ssh-add), or name it for {hop} in ~/.ssh/config (User, IdentityFile).',
            fromConfiguration,
          ],
          commands: ['ssh-add -l', byHand],
        },
      },
    ],
  },
  'ssh.forwarding-refused': {
    priority: 'P1',
    title: 'the SSH server of {name|the host} opens no connections for us',
    means: 'Looks over the network from that host need TCP forwarding, and sshd forbids it.',
    shows: ['ssh -W or -L: administratively prohibited: open failed. Commands on the host work.'],
    why: [
      'AllowTcpForwarding no (or remote) in sshd_config, or in a Match block for this user.',
      'The key has restrict or no-port-forwarding in authorized_keys.',
      'PermitOpen or DisableForwarding yes.',
    ],
    fix: {
      summary: 'allow local forwarding for this user',
      steps: [
        'See what is in force: sshd -T -C user={user|USER},host=*,addr=* | grep -i forwarding',
        'In sshd_config: AllowTcpForwarding local (in a Match block for this user, where the others shall not have it); at the key: port-forwarding behind restrict.',
        'Test and reload: sshd -t && systemctl reload ssh (RHEL: sshd)',
      ],
      commands: ['{onhost}', 'sshd -T | grep -i forwarding', 'sshd -t && systemctl reload ssh'],
      risk: `Who logs in as that user reaches what the host reaches. ${sshdRisk}`,
      rollback: sshdBack,
    },
    verify: ['ssh -W 127.0.0.1:22 {sshtarget}  → SSH-2.0-…'],
  },
  'ssh.no-common-algorithm': {
    priority: 'P1',
    title: 'doctor and {name|the host} share no SSH algorithm',
    means: 'No common key exchange, host key or cipher algorithm. What runs on the host is unknown.',
    shows: ['ssh: Unable to negotiate … no matching key exchange method found. Their offer: …'],
    why: [
      'An old server that offers SHA-1 only (diffie-hellman-group1-sha1, ssh-rsa).',
      'A hardened server that offers what doctor’s own SSH does not have (post-quantum key exchange alone).',
    ],
    fix: {
      summary: 'use an algorithm that both sides have',
      steps: [
        'Seen: {detail|no algorithm in common}',
        inCase(
          { offered: true },
          'The server offers only {offer}: let your own ssh take it, once you trust it: ssh -o {option} {sshtarget}',
        ),
        'The system’s ssh gets in: have doctor use it, ssh = { transport = "openssh" }.',
        'A hardened server: add curve25519-sha256 to its KexAlgorithms. An old one: bring it up to date.',
      ],
      commands: ['ssh -o {option} {sshtarget} true', 'ssh -vv {sshtarget} true'],
      risk: sshdRisk,
      rollback: 'Set KexAlgorithms back, and reload sshd.',
    },
    verify: loggedIn,
  },
};
