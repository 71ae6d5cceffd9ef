/** What a scenario of the lab is: a fault, how it is put in, and the causes that doctor must name. */
import type { Told } from './doctor-configuration.ts';
import type { Place, World } from './world.ts';

export interface Scenario {
  /** Also of its record in fixtures/incidents. */
  readonly name: string;
  /** What was done to the machines, in plain words. */
  readonly about: string;
  /** `P0 code subject`, the root cause first: exactly these, in this order. None: the path is sound. */
  readonly causes: readonly string[];
  /** Of the first cause; default certain. */
  readonly confidence?: 'certain' | 'likely';
  /** What the first cause's `next` speaks of, where the evidence ends early. */
  readonly next?: RegExp;
  readonly exit: 0 | 1 | 3;
  /** Default: units. */
  readonly on?: Place;
  readonly told?: Partial<Told>;
  /** More arguments of `run`. */
  readonly args?: readonly string[];
  /** Before the program on the laptop: `faketime`, another user. */
  readonly before?: readonly string[];
  inject?(world: World): void | Promise<void>;
  /** What `restore` does not undo by itself. */
  repair?(world: World): void | Promise<void>;
}
