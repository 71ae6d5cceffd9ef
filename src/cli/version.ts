import { createRequire } from 'node:module';

/** From package.json, which lies beside the folder of the bundle, or two above this file. */
function read(): string {
  const require = createRequire(import.meta.url);
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const found = require(path) as { name?: string; version?: string };
      if (found.name === 'viworks-doctor' && found.version) return found.version;
    } catch {
      // the other place
    }
  }
  return 'unknown';
}

export const version = read();
