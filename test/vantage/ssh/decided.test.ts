/** Which lines of ssh_config decide, as a real `ssh -G -vvv` tells it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decidedIn, readApplied } from '../../../src/vantage/ssh/decided.ts';
import { needs } from '../../support/tools.ts';

describe.skipIf(needs('openssh-client', '/usr/bin/ssh'))('the lines that decide', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'));
    mkdirSync(join(folder, 'conf.d'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const decided = async (host: string, config: string, more: Record<string, string> = {}) => {
    const file = join(folder, 'config');
    writeFileSync(file, config.replaceAll('FOLDER', folder));
    for (const [name, text] of Object.entries(more)) writeFileSync(join(folder, 'conf.d', name), text);
    const ended = spawnSync('/usr/bin/ssh', ['-G', '-vvv', '-T', '-F', file, '--', host], {
      encoding: 'utf8',
    });
    const lines = await decidedIn(ended.stderr);
    return lines.map((one) => `${one.keyword} ${one.file.slice(folder.length + 1)}:${one.line}`);
  };

  it('are the first of each keyword, in the blocks that fit', async () => {
    const config = `User everywhere
Host other
  Port 1
Host web db
  port=2222
  IdentityFile ~/.ssh/web
  Port 3
Match originalhost web exec "true"
  HostName 127.0.0.1
  ProxyJump bastion
Match originalhost web exec "false"
  HostKeyAlias never
Host *
  User late
  IdentityFile ~/.ssh/rest
  ProxyCommand false
`;
    expect(await decided('web', config)).toEqual([
      'User config:1',
      'Port config:5',
      'IdentityFile config:6',
      'HostName config:9',
      'ProxyJump config:10',
      'IdentityFile config:15',
    ]);
    expect(await decided('elsewhere', config)).toEqual([
      'User config:1',
      'IdentityFile config:15',
      'ProxyCommand config:16',
    ]);
  });

  it('are found in included files, in their own blocks and in the one that includes them', async () => {
    const config = `Host web
  Include FOLDER/conf.d/a.conf
  Port 9
Host other
  Include FOLDER/conf.d/b.conf
Include FOLDER/conf.d/c.conf
`;
    const files = {
      'a.conf': 'Port 1\nHost db\n  User no\nHost w*\n  User a\n',
      'b.conf': 'HostKeyAlias b\n',
      'c.conf': 'HostKeyAlias c\n',
    };
    // the last Include stands in the block of "other" as well
    expect(await decided('web', config, files)).toEqual(['Port conf.d/a.conf:1', 'User conf.d/a.conf:5']);
    expect(await decided('other', config, files)).toEqual(['HostKeyAlias conf.d/b.conf:1']);
  });

  it('are what ssh itself takes', () => {
    const file = join(folder, 'config');
    writeFileSync(file, 'Host web\n  Port 2222\nHost *\n  Port 1\n');
    const printed = execFileSync('/usr/bin/ssh', ['-G', '-T', '-F', file, '--', 'web'], { encoding: 'utf8' });
    expect(printed).toContain('port 2222\n');
  });
});

it('are none where nothing was told', () => {
  expect(readApplied('')).toEqual({ files: [], blocks: new Set(), includes: new Map() });
});
