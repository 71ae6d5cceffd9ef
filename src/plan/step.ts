/** One step of a run, as data: what is looked at, from where, and what it stands on. */
export interface Step {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  /** `local`, or the name of a host. */
  readonly vantage: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly needs: readonly Need[];
  /** Findings of these codes say nothing while `id` lacks `fact`: the row is then skipped, blocked by it. */
  readonly doubts?: Doubt | undefined;
  /** Looked at with it, since it may be why this one fails. */
  readonly beside?: readonly string[] | undefined;
  /** Why it can't be looked at at all: 'no way in'. */
  readonly unreachable?: string | undefined;
  /** Shown only when it fails, or when a row that is shown waits on it. */
  readonly quiet?: boolean | undefined;
}

export interface Need {
  readonly id: string;
  /** A fact that the other check provides. */
  readonly fact: string;
  /** Go on when the other could not look at all: only a look that saw the fact gone blocks. */
  readonly unlessSeenGone?: boolean | undefined;
  /** By which name the look is given the fact, where it takes one of several. */
  readonly as?: string | undefined;
  /** Wait for it and take the fact when it is there; go on without. */
  readonly optional?: boolean | undefined;
}

export interface Doubt {
  readonly id: string;
  readonly fact: string;
  readonly codes: readonly string[];
}
