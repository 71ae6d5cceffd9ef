/** Where the configuration is looked for when none is named. Pure: whether a path is there is asked of the caller. */
import { dirname, isAbsolute, join, relative } from 'node:path';

export const configFileName = 'viworks-doctor.toml';

export interface FindInput {
  /** The folder that doctor was started in, absolute. */
  readonly folder: string;
  readonly home: string;
  /** `$XDG_CONFIG_HOME`. */
  readonly configHome: string | undefined;
  readonly exists: (path: string) => boolean;
}

/**
 * Every place, the first that counts first: this folder and those above it, as far as the repository's root (the
 * folder that holds `.git`) or the home folder, whichever comes first, and then the user's own configuration.
 */
export function configPlaces({ folder, home, configHome, exists }: FindInput): string[] {
  const places: string[] = [];
  for (let here = folder; ; here = dirname(here)) {
    places.push(join(here, configFileName));
    if (exists(join(here, '.git')) || relative(here, home) === '' || here === dirname(here)) break;
  }
  // XDG Base Directory Specification: a relative path there is to be ignored.
  const own = configHome && isAbsolute(configHome) ? configHome : join(home, '.config');
  return [...places, join(own, 'viworks-doctor', 'config.toml')];
}

/** The path of the configuration; null when there is none. */
export function findConfig(input: FindInput): string | null {
  return configPlaces(input).find(input.exists) ?? null;
}
