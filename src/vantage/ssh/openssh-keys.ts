/** Which keys an ssh without a terminal passes over without a word, and why. */
import { existsSync } from 'node:fs';
import { listAgentKeys } from './agent-keys.ts';
import { isLocked, lockedWords } from './key-file.ts';
import { agentFaults } from './keys.ts';
import type { Way } from './way.ts';

export async function keysPassedOver(way: Way, prompts: boolean, timeoutMs: number): Promise<string[]> {
  const agent =
    way.agentSocket === null
      ? []
      : agentFaults(way.agentSocket, await listAgentKeys(way.agentSocket, timeoutMs));
  const files = await Promise.all(
    way.identityFiles.map(async ({ path, named }) => {
      if (!existsSync(path)) return named && !existsSync(`${path}.pub`) ? [`${path} is not there`] : [];
      return !prompts && (await isLocked(path)) ? [lockedWords(path)] : [];
    }),
  );
  return [...agent, ...files.flat()];
}
