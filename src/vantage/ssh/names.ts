/** Which host and user names are let near an ssh: OpenSSH's own rules (`valid_hostname` and `valid_ruser` in ssh.c), and no empty ones. */

const inHosts = /['`"$\\;&<>|(){}]/;
const inUsers = /['`";&<>|(){}%]/;
const controls = /[\x00-\x1f\x7f]/;

/** What is wrong with it, or null. */
export function hostFault(host: string): string | null {
  if (host === '') return 'the host name is empty';
  if (host.startsWith('-')) return `${JSON.stringify(host)} would be read as an option`;
  return inHosts.test(host) || controls.test(host) || /\s/.test(host) || host.length > 1024
    ? `the host name ${JSON.stringify(host.slice(0, 80))} has characters in it that no host name has`
    : null;
}

/** What is wrong with it, or null. `%` is refused as well: ssh would expand it in commands. */
export function userFault(user: string): string | null {
  if (user === '') return 'the user name is empty';
  if (user.startsWith('-')) return `${JSON.stringify(user)} would be read as an option`;
  return inUsers.test(user) || controls.test(user) || /\s-/.test(user) || user.endsWith('\\')
    ? `the user name ${JSON.stringify(user.slice(0, 80))} has characters in it that no user name has`
    : null;
}
