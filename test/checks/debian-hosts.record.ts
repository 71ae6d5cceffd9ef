/** Makes the fixtures of what else differs by release, user and tools: `test/checks/record.sh CACHE debian-12`. Read what it wrote. */
import { afterAll, beforeAll, it } from 'vitest';
import { localSource } from '../../src/vantage/local.ts';
import { agent, type DebianRecorder, openDebian, release, seconds } from './debian-recorder.ts';

const all = ['debian-11', 'debian-12', 'debian-13'];
const others = ['debian-11', 'debian-13'];

const programs = {
  'viworks-agent': 'serve 0.0.0.0 8081 128',
  'viworks-gateway': 'serve 127.0.0.1 8443 16',
  'viworks-client': 'dial 127.0.0.1 8443 1',
};

const site = `server {
  listen 8444;
  server_name agent.example.com;
  location /ws/agent {
    proxy_pass http://127.0.0.1:8081;
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "upgrade";
  }
}
`;

let debian: DebianRecorder;
beforeAll(async () => {
  debian = await openDebian();
  for (const [name, words] of Object.entries(programs)) {
    debian.write(`/opt/viworks/${name}`, agent, '755');
    debian.sh(`systemd-run -q --unit=${name} /opt/viworks/${name} ${words}; sleep 0.3`);
  }
  debian.write('/etc/nginx/sites-enabled/agent', site);
  debian.sh('echo 192.0.2.10 agent.example.com >>/etc/hosts; cp /etc/hosts /srv/bare/etc/');
  debian.sh('systemctl start nginx');
  await seconds(1);
});
afterAll(() => debian?.close());

/** These programs are not there, meanwhile. */
async function without(names: readonly string[], during: () => Promise<void>): Promise<void> {
  for (const name of names) debian.sh(`mv /usr/bin/${name} /root/${name}`);
  try {
    await during();
  } finally {
    for (const name of names) debian.sh(`mv /root/${name} /usr/bin/${name}`);
  }
}

const listens = { port: 8081, process: 'viworks-agent', outside: true };
const runs = { process: 'viworks-agent' };
const connected = { host: '127.0.0.1', port: 8443, process: 'viworks-client' };

it('sockets, processes and connections', async () => {
  await debian.record('netstat/pass-owner', listens, { on: others });
  await debian.record('netstat/pass-owner-not-shown', listens, { user: 'deploy', on: others });
  await debian.record('process/pass-name', runs, { on: others });
  await debian.record('process/pass-ordinary-user', runs, { user: 'deploy' });
  await debian.record('connection/pass-owner', connected, { on: others });
  await debian.record('connection/pass-owner-not-shown', connected, { user: 'deploy', on: others });
});

it('without tools', async () => {
  await without(['ss'], async () => {
    await debian.record('netstat/pass-net-tools', listens, { on: all });
    await debian.record('netstat/pass-net-tools-ordinary-user', listens, { user: 'deploy' });
    await debian.record('connection/pass-net-tools', connected, { on: all });
  });
  await without(['ss', 'netstat'], async () => {
    await debian.record('netstat/pass-kernel-table', listens);
    await debian.record('netstat/pass-kernel-table-ordinary-user', listens, { user: 'deploy' });
    await debian.record('connection/pass-kernel-table', connected);
  });
  await without(['ps'], () => debian.record('process/pass-without-ps', runs));
});

it('BusyBox alone', async () => {
  for (const user of ['bare-root', 'bare']) {
    const more = { user, on: user === 'bare' ? ['debian-12'] : all };
    const name = user === 'bare' ? 'busybox-ordinary-user' : 'busybox';
    await debian.record(`netstat/pass-${name}`, listens, more);
    await debian.record(`netstat/netstat.not-listening-${name}`, { ...listens, port: 8082 }, { user });
    await debian.record(`process/pass-${name}`, runs, more);
    await debian.record(`process/process.missing-${name}`, { process: 'viworks-none' }, { user });
    await debian.record(`connection/pass-${name}`, connected, more);
  }
  await debian.record(
    'container/container.engine-unavailable-no-engine',
    { name: 'agent' },
    { user: 'bare' },
  );
});

it('names', async () => {
  const name = { host: 'agent.example.com' };
  const system = release.replace('debian-', 'Debian ');
  const recorded = { system, tool: debian.sh('getconf GNU_LIBC_VERSION'), user: 'root' };
  await debian.record('dns/pass-hosts-file', name, { recorded });
  await debian.record('dns/pass-hosts-file-busybox', name, { user: 'bare' });
});

it('logins', async () => {
  const source = { ...localSource({ login: debian.login }) };
  const recorded = {
    system: release.replace('debian-', 'Debian '),
    tool: `OpenSSH ${/OpenSSH_([\d.]+)/.exec(debian.sh('ssh -V 2>&1'))?.[1]}`,
    user: 'root',
  };
  await debian.record('ssh/pass-key', { host: 'root' }, { source, recorded, on: others });
  debian.sh('usermod -s /usr/sbin/nologin reader');
  await debian.record(
    'ssh/doctor.no-answer-nologin',
    { host: 'reader' },
    { source, recorded: { ...recorded, user: 'reader' } },
  );
});

it('nginx', async () => {
  const options = {
    route: {
      url: 'ws://agent.example.com:8444/ws/agent',
      port: 8444,
      target: {
        service: 'agent-server',
        port: 8081,
        otherPorts: [8080],
        sameHost: true,
        address: '192.0.2.10',
        path: '/ws/agent',
      },
    },
  };
  await debian.record('nginx/pass-unit', options, { on: all });
  await debian.record('nginx/pass-ordinary-user', options, { user: 'deploy', on: all });
  debian.write('/etc/nginx/sites-enabled/agent', site.replace('server_name', 'servername'));
  await debian.record('nginx/proxy.config-invalid-unit', {}, { on: all });
  debian.sh('systemctl restart nginx || :');
  await debian.record('nginx/proxy.config-invalid-does-not-run', {}, { on: all });
});

const inspects = { name: 'agent', needed: [8081] };
const image = `mkdir -p /run/image && cp -a /srv/bare/bin /run/image/ && cp -aL /srv/bare/lib* /run/image/
  tar -C /run/image -c .`;

it('Podman', async () => {
  debian.sh(`mkdir -p /var/lib/containers
    mount -t tmpfs tmpfs /var/lib/containers
    { ${image}; } | podman import - localhost/shell`);
  const run = (name: string, script: string) =>
    debian.sh(
      `podman run -d --name ${name} --cgroups=disabled --network=host localhost/shell /bin/sh -c '${script}'`,
    );
  run('agent', 'exec sleep 1000');
  run('agent-ended', 'echo no configuration; exit 3');
  await seconds(1);
  await without(['docker'], async () => {
    await debian.record('container/pass-podman-host-network', { name: 'agent' }, { on: all });
    await debian.record('container/container.stopped-podman', { name: 'agent-ended' }, { on: all });
    await debian.record('container/container.missing-podman', { name: 'agent-gone' });
    const user = { user: 'deploy' };
    // before the first time that it works: then it needs no newuidmap any more
    await without(['newuidmap'], () =>
      debian.record('container/container.engine-unavailable-podman-no-uidmap', { name: 'agent' }, user),
    );
    await debian.record('container/container.engine-unavailable-podman-of-root', { name: 'agent' }, user);
  });
  await without(['podman'], () =>
    debian.record('container/container.engine-unavailable-not-running', { name: 'agent' }),
  );
});

it('Docker', async () => {
  debian.sh(`mkdir -p /var/lib/docker /etc/docker
    mount -t tmpfs tmpfs /var/lib/docker
    mkdir /run/proc
    mount -t proc proc /run/proc
    mount --bind /run/proc/sys/net /proc/sys/net
    if [ ! -f /sys/fs/cgroup/cgroup.controllers ]; then
      echo '{ "cgroup-parent": "/${debian.cgroup}" }' >/etc/docker/daemon.json
      for hierarchy in /sys/fs/cgroup/*; do [ -L "$hierarchy" ] || mount -o remount,rw,bind "$hierarchy"; done
    fi
    systemctl start docker || { journalctl -n 20 --no-pager -o cat -u docker >&2; exit 1; }`);
  debian.sh(`{ ${image}; } | docker import - local/shell`);
  const run = (name: string, flags: string, script: string) =>
    debian.sh(`docker run -d --name ${name} ${flags} local/shell /bin/sh -c '${script}'`);
  run('agent', '-p 18081:8081', 'exec sleep 1000');
  run('agent-ended', '', 'echo no configuration; exit 3');
  await seconds(1);
  await debian.record('container/pass-docker', inspects, { on: others });
  await debian.record('container/container.stopped-exit-code', { name: 'agent-ended' }, { on: others });
  await debian.record('container/container.engine-unavailable-no-permission', inspects, {
    user: 'deploy',
    on: others,
  });
});
