import { visible } from '../report/visible.ts';

/** Asks for a key's passphrase on the terminal, without showing it; null where there is no terminal. */
export const askPassphrase: ((keyFile: string) => Promise<string | null>) | null =
  process.stdin.isTTY && process.stderr.isTTY ? ask : null;

let asking: Promise<unknown> = Promise.resolve();

/** One question at a time: two hosts may want a key at once. */
function ask(keyFile: string): Promise<string | null> {
  const answer = asking.then(() => question(`Passphrase for ${visible(keyFile)}: `));
  asking = answer.catch(() => null);
  return answer;
}

function question(prompt: string): Promise<string | null> {
  return new Promise((resolve) => {
    const { stdin, stderr } = process;
    let typed = '';
    stderr.write(`\r\x1b[K${prompt}`);
    stdin.setRawMode(true);
    stdin.setEncoding('utf8');
    stdin.resume();
    const finish = (value: string | null) => {
      stdin.setRawMode(false);
      stdin.pause();
      stdin.removeListener('data', onData);
      stderr.write('\n');
      resolve(value);
    };
    const onData = (chunk: string) => {
      for (const character of chunk) {
        if (character === '\r' || character === '\n') return finish(typed);
        if (character === '\x04') return finish(null);
        if (character === '\x03') {
          finish(null);
          process.kill(process.pid, 'SIGINT');
          return;
        }
        typed = character === '\x7f' || character === '\b' ? typed.slice(0, -1) : typed + character;
      }
    };
    stdin.on('data', onData);
  });
}
