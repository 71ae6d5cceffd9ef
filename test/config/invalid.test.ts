import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatErrors } from '../../src/config/load.ts';
import { errorsOf, fixtures, loadFixture } from './support.ts';

const mistakes = readdirSync(`${fixtures}invalid`)
  .filter((name) => name.endsWith('.toml'))
  .map((name) => name.replace(/\.toml$/, ''));

/** One bad file a mistake, with the exact words; `UPDATE=1` writes them anew. Read them before you commit them. */
describe('a mistake is named with its place and with what would be right', () => {
  test.each(mistakes)('%s', (mistake) => {
    const words = formatErrors(errorsOf(loadFixture(`invalid/${mistake}.toml`)));
    const file = `${fixtures}invalid/${mistake}.txt`;
    if (process.env.UPDATE) writeFileSync(file, words);
    expect(words).toBe(readFileSync(file, 'utf8'));
    expect(words).not.toMatch(/[^\n -~‹›…“”‘’ü]/u);
  });
});
