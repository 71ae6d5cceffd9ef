import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { configJsonSchema } from '../../src/config/schema.ts';
import { fixtures } from './support.ts';

const isValid = new Ajv({ strict: true, strictTypes: false, allErrors: true }).compile(configJsonSchema());
const read = (name: string) => JSON.parse(JSON.stringify(parse(readFileSync(`${fixtures}${name}`, 'utf8'))));

describe('the JSON Schema for editors', () => {
  test.each(readdirSync(`${fixtures}valid`))('takes %s', (name) => {
    isValid(read(`valid/${name}`));
    expect(isValid.errors ?? []).toEqual([]);
  });

  test.each([
    'unknown-key',
    'unknown-key-in-list',
    'later-keys',
    'container',
    'heartbeat',
    'config-file',
    'wrong-type-string',
    'wrong-type-union',
    'missing-url',
    'missing-kind',
    'duration',
    'name-upper-case',
    'url-scheme-other',
    'header-line-break',
    'cert-days-out-of-range',
    'expect-status',
  ])('refuses %s', (mistake) => {
    expect(isValid(read(`invalid/${mistake}.toml`))).toBe(false);
  });

  test('explains every key', () => {
    const unexplained: string[] = [];
    const walk = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [key, inner] of Object.entries(schema)) {
        if (key === 'properties') {
          for (const [name, property] of Object.entries(inner as Record<string, { description?: string }>)) {
            if (!property.description) unexplained.push(`${path}.${name}`);
          }
        }
        walk(inner, `${path}.${key}`);
      }
    };
    walk(configJsonSchema(), '');
    expect(unexplained).toEqual([]);
  });
});
