/** The entry of that name, and nothing that every object has: a subject may be called `constructor`. */
export const own = <T>(entries: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(entries, name) ? entries[name] : undefined;
