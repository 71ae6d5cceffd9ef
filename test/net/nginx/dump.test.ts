/** `nginx -T` and the files themselves give one tree. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { includesOf, parseNginx, splitDump } from '../../../src/net/nginx/route.ts';
import { configuration, folderOf, nginx } from '../../support/nginx.ts';
import { needs } from '../../support/tools.ts';

const files = {
  'conf.d/a.conf':
    'server {\n listen 127.0.0.1:1;\n return 200 "\n# configuration file /etc/x:\n";\n include snippets/s.conf;\n}',
  'conf.d/b.conf':
    '# configuration file /etc/passwd:\n\n\nserver { listen 127.0.0.1:2; }\n# configuration file conf.d/a.conf:\n',
  'snippets/s.conf': 'location /x {\n# configuration file FOLDER/conf.d/b.conf:\n return 204; }\n\n',
};

it.skipIf(needs('nginx', nginx))('splits what nginx prints into the files that it read', () => {
  const folder = folderOf();
  try {
    for (const name of ['conf.d', 'snippets']) mkdirSync(join(folder, name));
    const main = join(folder, 'nginx.conf');
    const expected = new Map<string, string>();
    const write = (path: string, text: string) => {
      writeFileSync(path, text);
      expected.set(path, text);
    };
    write(main, configuration(folder, 'include conf.d/*.conf;'));
    for (const [name, text] of Object.entries(files)) {
      write(join(folder, name), text.replace('FOLDER', folder));
    }
    expect(includesOf(readFileSync(main, 'utf8'))).toEqual(['conf.d/*.conf']);
    const output = execFileSync(nginx, ['-T', '-p', folder, '-c', main, '-e', join(folder, 'error.log')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const dump = splitDump(output);
    expect(dump?.main).toBe(main);
    expect(new Map([...(dump?.files ?? [])].sort())).toEqual(new Map([...expected].sort()));
    const parsed = parseNginx(dump?.files ?? new Map(), main, '/');
    expect(parsed).toEqual(parseNginx(expected, main, '/'));
    expect(parsed).toMatchObject({ ok: true, missing: [] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('begins at the first header', () => {
  expect(splitDump('nginx: the configuration file is ok\n# configuration file /a:\nx;\n\n')).toEqual({
    main: '/a',
    files: new Map([['/a', 'x;\n']]),
  });
  expect(splitDump('x;')).toBeNull();
});
