import { describe, expect, it } from 'vitest';
import { parseOwners } from '../../src/net/socket-owners.ts';

const link = (fd: number, to: string) => `lrwx------ 1 root root 64 Nov 24 09:52 ${fd} -> ${to}`;

describe('parseOwners', () => {
  it('gives every process that holds a socket, once', () => {
    const lines = [
      '/proc/7/fd:',
      link(3, 'socket:[4711]'),
      link(4, 'socket:[4711]'),
      '/proc/8/fd:',
      link(3, 'socket:[4711]'),
      link(5, 'socket:[4712]'),
    ];
    expect([...parseOwners(lines.join('\n'))]).toEqual([
      [4711, [7, 8]],
      [4712, [8]],
    ]);
  });

  it('takes no file for a socket or a process', () => {
    const lines = [
      '/proc/7/fd:',
      link(3, '/tmp/socket:[4711]/x'),
      link(4, '/proc/9/fd:?'),
      link(5, 'socket:[1]'),
    ];
    expect([...parseOwners(lines.join('\n'))]).toEqual([[1, [7]]]);
  });

  it('reads nothing without a process', () => {
    expect(parseOwners(link(3, 'socket:[4711]')).size).toBe(0);
  });
});
