/** Property tests try the same values in every run of CI: what lands must not hang on chance. Elsewhere they try new ones. */
import { env } from 'node:process';
import fc from 'fast-check';

if (env.CI) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 1 });
