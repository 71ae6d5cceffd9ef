import type { Case } from './case.ts';
import { clockCases } from './clocks.ts';
import { containerCases } from './containers.ts';
import { fileCases } from './files.ts';
import { firewallCases } from './firewalls.ts';
import { nameCases } from './names.ts';
import { pathCases } from './paths.ts';
import { proxyCases } from './proxies.ts';

export const allCases: readonly Case[] = [
  ...pathCases,
  ...nameCases,
  ...clockCases,
  ...proxyCases,
  ...firewallCases,
  ...containerCases,
  ...fileCases,
];
