/** All scenarios, in the order of the layers. */

import type { Scenario } from './scenario.ts';
import { answers } from './scenarios/answers.ts';
import { certificates } from './scenarios/certificates.ts';
import { containers } from './scenarios/containers.ts';
import { evidence } from './scenarios/evidence.ts';
import { names } from './scenarios/names.ts';
import { network } from './scenarios/network.ts';
import { proxy } from './scenarios/proxy.ts';
import { sound } from './scenarios/sound.ts';
import { two } from './scenarios/two.ts';
import { units } from './scenarios/units.ts';

export const scenarios: readonly Scenario[] = [
  ...sound,
  ...names,
  ...network,
  ...certificates,
  ...proxy,
  ...answers,
  ...units,
  ...two,
  ...evidence,
  ...containers,
];
