/** The played nginx's own program, and what the kernel would say of its processes. */
import { type HostDescription, uptime } from './description.ts';
import { configurationFile } from './nginx-configuration.ts';

const version = 'nginx version: nginx/1.22.1\n';
const built = `${version}configure arguments: --prefix=/usr/share/nginx --conf-path=/etc/nginx/nginx.conf --error-log-path=/var/log/nginx/error.log --pid-path=/run/nginx.pid\n`;

/** `-V`, `-v`, and `-T` with the text of the configuration that it runs with (nginx(8)). */
export function nginx(text: string | null, args: readonly string[]) {
  if (args.includes('-V')) return { exitCode: 0, stdout: '', stderr: built };
  if (args.includes('-v')) return { exitCode: 0, stdout: '', stderr: version };
  if (!args.includes('-T') || text === null) return { exitCode: 127, stdout: '', stderr: 'nginx' };
  return {
    exitCode: 0,
    stdout: `# configuration file ${configurationFile}:\n${text}\n`,
    stderr: `nginx: the configuration file ${configurationFile} syntax is ok\nnginx: configuration file ${configurationFile} test is successful\n`,
  };
}

const pidNamespace = 'pid:[4026531836]';
const namespaceIn = (container: number) => `pid:[${4026532000 + container}]`;

/** The clock and the start of each process, as `lookSince` asks for it: all were started with the machine. */
export function since(host: HostDescription, pids: readonly string[]): string {
  const now = Math.floor(Date.now() / 1000);
  const rows = pids.flatMap((text) => {
    const process = host.processes.find(({ pid }) => String(pid) === text);
    if (!process) return [];
    const { pid, ppid, state } = process;
    const zeros = Array.from({ length: 17 }, () => 0).join(' ');
    const container = host.containers.find((one) => one.pid === pid || one.pid === ppid);
    const where = container
      ? `${namespaceIn(container.pid)} c ${pid - container.pid + 1}`
      : `${pidNamespace} h ${pid}`;
    return [`${pid} ${where} ${pid} (nginx) ${state} ${ppid} ${zeros} 2100 0\n`];
  });
  return `${now} ${uptime}.00 100 ${pidNamespace}\n${rows.join('')}`;
}
