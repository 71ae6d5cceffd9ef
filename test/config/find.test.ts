import { expect, test } from 'vitest';
import { findConfig } from '../../src/config/find.ts';

const own = '/home/ops/.config/viworks-doctor/config.toml';
const repository = ['/home/ops/repo/.git'];

test.each<[string, string, string[], string | null]>([
  [
    'here',
    '/home/ops/repo/a',
    ['/home/ops/repo/a/viworks-doctor.toml', '/home/ops/repo/viworks-doctor.toml'],
    '/home/ops/repo/a/viworks-doctor.toml',
  ],
  [
    'above',
    '/home/ops/repo/a/b',
    [...repository, '/home/ops/repo/viworks-doctor.toml'],
    '/home/ops/repo/viworks-doctor.toml',
  ],
  [
    'not above the repository',
    '/home/ops/repo/a',
    [...repository, '/home/ops/viworks-doctor.toml', own],
    own,
  ],
  [
    'in the home folder',
    '/home/ops/x/y',
    ['/home/ops/viworks-doctor.toml', own],
    '/home/ops/viworks-doctor.toml',
  ],
  ['not above the home folder', '/home/ops/x', ['/home/viworks-doctor.toml', own], own],
  ['nowhere', '/home/ops/x', [], null],
  ['outside of both, up to the root', '/srv/ops/x', ['/srv/viworks-doctor.toml'], '/srv/viworks-doctor.toml'],
])('%s', (_, folder, files, found) => {
  const exists = (path: string) => files.includes(path);
  expect(findConfig({ folder, home: '/home/ops', configHome: undefined, exists })).toBe(found);
});

test('XDG_CONFIG_HOME counts when it is absolute', () => {
  const find = (configHome: string) =>
    findConfig({
      folder: '/home/ops',
      home: '/home/ops',
      configHome,
      exists: (path) => path.endsWith('config.toml'),
    });
  expect(find('/etc/xdg')).toBe('/etc/xdg/viworks-doctor/config.toml');
  expect(find('relative')).toBe(own);
});
