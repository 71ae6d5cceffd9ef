/** What plugins import: the contract of a check, and nothing of the engine. */

export { z } from 'zod';
export * from './check.ts';
