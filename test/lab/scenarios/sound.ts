/** Sound paths, some of which look odd: nothing is named. */
import type { Scenario } from '../scenario.ts';

export const sound: readonly Scenario[] = [{ name: 'sound', about: 'nothing', causes: [], exit: 0 }];
