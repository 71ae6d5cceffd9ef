/**
 * What is said to a host's shell, and what it says back. Many looks travel as one script on the standard input of a
 * constant command; each answer comes in a frame with the run's nonce, the look's id and its length in bytes, so that
 * neither a noisy start-up file nor an answer's own text is ever taken for a frame. Works in dash, bash and BusyBox.
 *
 *     VWD:<nonce>:START
 *     VWD:<nonce>:<id>:<x|s|r|m|d|n>:<bytes>  x: ran; s: ran through sudo; r: ran, sudo refused; m: missing;
 *                                             d: not allowed; n: no regular file
 *     <stdout><stderr>:<exit code>:<bytes of stderr and exit code>
 *     VWD:<nonce>:<id>.
 *     VWD:<nonce>:END
 */
import type { Sudo } from '../../check.ts';
import { shellQuote, shellWords } from './quote.ts';

/** The one command that is ever run; POSIX shells, fish and csh all read it alike. */
export const shellCommand = 'exec sh -s';

/** How much of an answer is kept, in bytes, and of its standard error. */
export const keepBytes = 262_144;
export const keepErrorBytes = 65_536;

export type ScriptLook =
  | { readonly id: number; readonly argv: readonly string[]; readonly asRoot?: boolean | undefined }
  | { readonly id: number; readonly path: string; readonly maxBytes: number };

/**
 * `timeoutMs` is rounded up to seconds. BusyBox had `timeout -t` before 1.30. NUL travels as 0xFF, and 0xFF as 0xFE:
 * neither is in any UTF-8 text, and a shell variable cannot hold NUL. A program that fills its share ends by SIGPIPE.
 * dash before 0.5.12 lets `command -v` find what may not be run.
 * `sudo`: looks that are asked as root go through it where it lets that very command run (`sudo -l`, sudo(8)), and files
 * that may not be read are read by `sudo -n cat -- FILE`.
 */
export function writeScript(
  looks: readonly ScriptLook[],
  nonce: string,
  timeoutMs: number,
  sudo = false,
): string {
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
  // a start-up file that reads a line takes the empty one; whose first line is lost is not taken for our shell
  return `
vwd_nonce=${shellQuote(nonce)}; LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin; export PATH
printf '\\nVWD:%s:START\\n' "$vwd_nonce"
if timeout -k 1 5 true 2>/dev/null; then vwd_t='timeout -k 1 ${seconds}'
elif timeout 5 true 2>/dev/null; then vwd_t='timeout ${seconds}'
elif timeout -t 5 true 2>/dev/null; then vwd_t='timeout -t ${seconds}'
else vwd_t=
fi
vwd_lets() { if [ "$(id -u)" != 0 ]; then sudo -n -l </dev/null >/dev/null 2>&1 && echo y || echo n; fi; }
vwd_may() { sudo -n -l -- "$@" </dev/null >/dev/null 2>&1; }
vwd_sudo=${sudo ? '$(vwd_lets)' : ''} vwd_as= vwd_ran=x
if head -c 1 </dev/null 2>/dev/null; then vwd_cut() { head -c "$1"; }; else vwd_cut() { cat; }; fi
if tr a b </dev/null 2>/dev/null; then vwd_safe() { tr '\\000\\377' '\\377\\376'; }; else vwd_safe() { cat; }; fi
vwd_frame() {
  printf 'VWD:%s:%s:%s:%s\\n%s\\nVWD:%s:%s.\\n' "$vwd_nonce" "$vwd_id" "$1" "\${#2}" "$2" "$vwd_nonce" "$vwd_id"
}
vwd_run() {
  vwd_max=$1; shift
  vwd_all=$(
    exec 3>&1
    vwd_err=$(
      exec 4>&1
      vwd_rc=$(
        exec 5>&1
        {
          { $vwd_t $vwd_as "$@" </dev/null 3>&- 4>&- 5>&- 6>&-; printf '%s' "$?" >&5; } 2>&1 >&6 |
            vwd_cut ${keepErrorBytes} >&4 6>&-
        } 6>&1 | vwd_cut "$vwd_max" | vwd_safe >&3
      )
      printf ':%s' "$vwd_rc"
    )
    printf '%s:%s' "$vwd_err" "\${#vwd_err}"
  )
  vwd_frame $vwd_ran "$vwd_all"
}
vwd_look() {
  vwd_id=$1; shift
  case $1 in
    */*)
      if [ ! -e "$1" ]; then vwd_absent "$1" ''; return; fi
      if [ -d "$1" ] || [ ! -x "$1" ]; then vwd_frame d ''; return; fi ;;
    *)
      if ! vwd_at=$(command -v "$1" 2>/dev/null); then vwd_unfound "$1"; return; fi
      case $vwd_at in /*) if [ ! -x "$vwd_at" ]; then vwd_frame d ''; return; fi ;; esac ;;
  esac
  vwd_run ${keepBytes + 1} "$@"
}
vwd_root() {
  vwd_id=$1; shift
  if [ "$vwd_sudo" = y ] && vwd_may "$@"; then vwd_as='sudo -n --' vwd_ran=s; vwd_run ${keepBytes + 1} "$@"
  else [ -z "$vwd_sudo" ] || vwd_ran=r; vwd_look "$vwd_id" "$@"
  fi
  vwd_as= vwd_ran=x
}
vwd_denied() {
  if [ "$vwd_sudo" = y ] && vwd_may cat -- "$1"; then vwd_as='sudo -n --' vwd_ran=s; vwd_run "$2" cat -- "$1"
  else vwd_frame d ''
  fi
  vwd_as= vwd_ran=x
}
vwd_unfound() {
  vwd_state=m vwd_ifs=$IFS IFS=:
  for vwd_folder in $PATH; do [ ! -f "$vwd_folder/$1" ] || vwd_state=d; done
  IFS=$vwd_ifs
  vwd_frame "$vwd_state" ''
}
vwd_absent() {
  vwd_above=$1
  while case $vwd_above in */*) vwd_above=\${vwd_above%/*};; *) vwd_above=.;; esac
    [ -n "$vwd_above" ] && [ ! -e "$vwd_above" ]
  do :; done
  if [ -x "\${vwd_above:-/}" ]; then vwd_frame m ''
  elif [ -n "$2" ]; then vwd_denied "$1" "$2"
  else vwd_frame d ''
  fi
}
vwd_read() {
  vwd_id=$1
  if [ ! -e "$3" ]; then vwd_absent "$3" "$2"; return; fi
  if [ ! -f "$3" ]; then vwd_frame n ''; return; fi
  if [ ! -r "$3" ]; then vwd_denied "$3" "$2"; return; fi
  if head -c 1 </dev/null 2>/dev/null; then vwd_run "$2" head -c "$2" -- "$3"; else vwd_run "$2" cat -- "$3"; fi
}
${looks.map(scriptLine).join('')}printf 'VWD:%s:END\\n' "$vwd_nonce"
`;
}

function scriptLine(look: ScriptLook): string {
  return 'argv' in look
    ? `${look.asRoot ? 'vwd_root' : 'vwd_look'} ${look.id} ${look.argv.map(shellQuote).join(' ')}\n`
    : `vwd_read ${look.id} ${look.maxBytes + 1} ${shellQuote(look.path)}\n`;
}

/** The other way round, for a played host: what a script of {@link writeScript} asks. Null when it is none. */
export function readScript(script: string): { nonce: string; looks: ScriptLook[] } | null {
  const nonce = /^vwd_nonce='([^']*)';/m.exec(script)?.[1];
  const start = script.search(/^vwd_(look|root|read) \d/m);
  if (nonce === undefined) return null;
  const looks: ScriptLook[] = [];
  let rest = start < 0 ? '' : script.slice(start);
  while (rest.startsWith('vwd_')) {
    const end = endOfCommand(rest);
    const [command, id, ...words] = shellWords(rest.slice(0, end)) ?? [];
    if (command === 'vwd_look') looks.push({ id: Number(id), argv: words });
    else if (command === 'vwd_root') looks.push({ id: Number(id), argv: words, asRoot: true });
    else looks.push({ id: Number(id), path: words[1] ?? '', maxBytes: Number(words[0]) - 1 });
    rest = rest.slice(end + 1);
  }
  return { nonce, looks };
}

/** Where the first line break outside quotes is. */
function endOfCommand(text: string): number {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "'") quoted = !quoted;
    else if (text[at] === '\\' && !quoted) at++;
    else if (text[at] === '\n' && !quoted) return at;
  }
  return text.length;
}

/** What became of a look on the host. `stdout` is what was kept, NUL restored. */
export type Reply =
  | { readonly kind: 'missing' | 'denied' | 'irregular' }
  | {
      readonly kind: 'ran';
      readonly exitCode: number;
      readonly stdout: Buffer;
      readonly stderr: Buffer;
      readonly sudo?: Sudo;
    };

/** For a played host: the bytes that a real one would answer with. */
export function writeAnswers(
  nonce: string,
  answers: readonly {
    readonly id: number;
    readonly reply:
      | 'missing'
      | 'denied'
      | 'irregular'
      | { readonly exitCode: number; readonly stdout: string; readonly stderr?: string };
  }[],
): Buffer {
  const parts: Buffer[] = [Buffer.from(`\nVWD:${nonce}:START\n`)];
  for (const { id, reply } of answers) {
    const ran = typeof reply === 'object';
    const tail = ran ? Buffer.from(`${reply.stderr ?? ''}:${reply.exitCode}`) : Buffer.alloc(0);
    const payload = ran
      ? Buffer.concat([fromText(reply.stdout), tail, Buffer.from(`:${tail.length}`)])
      : Buffer.alloc(0);
    const state = ran ? 'x' : { missing: 'm', denied: 'd', irregular: 'n' }[reply];
    parts.push(Buffer.from(`VWD:${nonce}:${id}:${state}:${payload.length}\n`), payload);
    parts.push(Buffer.from(`\nVWD:${nonce}:${id}.\n`));
  }
  parts.push(Buffer.from(`VWD:${nonce}:END\n`));
  return Buffer.concat(parts);
}

function fromText(text: string): Buffer {
  return Buffer.from(text).map((byte) => (byte === 0 ? 0xff : byte)) as Buffer;
}
