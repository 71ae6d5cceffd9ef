/**
 * What an administrator can grant for `sudo = true`: the very commands, as a file of /etc/sudoers.d (sudoers(5)). No
 * shell is among them: sudo compares words joined by blanks, so that who may run a script could split it otherwise.
 */

const isGrantable = (argv: readonly string[]) =>
  argv[0] !== 'sh' && argv.every((word) => !/[\n‹]/.test(word));

/** '' where nothing is to be granted. */
export function sudoersFile(asked: readonly (readonly string[])[]): string {
  const commands = asked.filter(isGrantable).map(sudoersCommand);
  if (commands.length === 0) return '';
  return `Cmnd_Alias VIWORKS_DOCTOR = \\
${commands.map((command) => `  ${command}`).join(', \\\n')}
LOGIN ALL=(root) NOPASSWD: VIWORKS_DOCTOR
`;
}

/** The same with words around it, for `plan`. */
export function sudoersText(host: string, asked: readonly (readonly string[])[]): string {
  const file = sudoersFile(asked);
  if (file === '') return '';
  const rest = asked.filter((argv) => !isGrantable(argv)).length;
  const more =
    rest > 0
      ? `# ${rest} more can not be granted one by one: scripts, and what has words in it that only a look can tell.\n`
      : '';
  return `
to be granted on ${host}, where its login user is not root
# a file of /etc/sudoers.d, with the login user for LOGIN: try it with visudo -c -f FILE. The paths are those of Debian
# (command -v tells them). Each is asked by "sudo -n -l" before it is run; what is not granted runs without root.
${more}
${file.replace(/^/gm, '  ').trimEnd()}
`;
}

const inSbin = ['nginx'];

function sudoersCommand([program = '', ...args]: readonly string[]): string {
  const folder = inSbin.includes(program) ? '/usr/sbin' : '/usr/bin';
  const path = program.startsWith('/') ? program : `${folder}/${program}`;
  return [path, ...args].map(escaped).join(' ');
}

/**
 * What its lexer takes with a backslash, its own signs and those of a pattern: the command is this one alone. A backslash
 * itself is read twice, by the lexer and as a pattern.
 */
const escaped = (word: string) =>
  word.replace(/[\\,:=#!*?[\]^]/g, (sign) => (sign === '\\' ? '\\'.repeat(4) : `\\${sign}`));
