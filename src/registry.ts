/** The kinds there are, in the order of the layers. Adding one is a file in `checks/` and a line here. */
import type { Check } from './check.ts';

export const registry: Readonly<Record<string, Check>> = {};
