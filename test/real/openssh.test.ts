/** However the program ends, the ssh that it started ends with it, and leaves nothing behind. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home, type Sshd, startSshd } from '../support/sshd.ts';
import { needs } from '../support/tools.ts';
import { program } from './doctor.ts';

describe.skipIf(needs('openssh-server', '/usr/sbin/sshd'))('transport = "openssh"', () => {
  let home: Home;
  let sshd: Sshd;
  let folder: string;
  let temporary: string;

  beforeAll(async () => {
    home = new Home();
    sshd = await startSshd({ authorized: [home.key] });
    home.knows(sshd);
    folder = mkdtempSync(join(tmpdir(), 'ends-'));
    temporary = join(folder, 'tmp');
    mkdirSync(temporary);
    writeFileSync(
      join(folder, 'viworks-doctor.toml'),
      `[hosts.backend]
address = "127.0.0.1"
ssh = { port = ${sshd.port}, identity_file = "${home.ssh}/id_ed25519", known_hosts = "${home.ssh}/known_hosts", transport = "openssh" }
[[checks]]
kind = "command"
name = "slow"
from = "backend"
argv = ["sleep", "60"]
`,
    );
  });
  afterAll(async () => {
    await sshd.stop();
    home.remove();
    rmSync(folder, { recursive: true });
  });

  /** Processes that have that folder's name in their arguments. */
  const running = () =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(temporary);
        } catch {
          return false;
        }
      });

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('leaves nothing when %s ends it', async (signal) => {
    const before = sshd.log().length;
    const child = spawn(execPath, [program, 'run', '--timeout', '60s'], {
      cwd: folder,
      env: { ...process.env, TMPDIR: temporary },
      stdio: 'ignore',
    });
    const ended = new Promise((settle) => child.once('exit', settle));
    await expect.poll(() => sshd.log().slice(before), { timeout: 20_000 }).toContain('Starting session');
    expect(running().length).toBeGreaterThan(0);
    expect(readdirSync(temporary)).toHaveLength(1);
    child.kill(signal);
    await ended;
    await expect.poll(running, { timeout: 10_000 }).toEqual([]);
    await expect.poll(() => readdirSync(temporary), { timeout: 10_000 }).toEqual([]);
  });
});
