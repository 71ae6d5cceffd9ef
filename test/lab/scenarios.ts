/** All scenarios, in the order of the layers. */

import type { Scenario } from './scenario.ts';
import { names } from './scenarios/names.ts';
import { sound } from './scenarios/sound.ts';
import { units } from './scenarios/units.ts';

export const scenarios: readonly Scenario[] = [...sound, ...names, ...units];
