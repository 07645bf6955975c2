import { isDeepStrictEqual } from "node:util";
import type { Guard, GuardDefinition } from "../guards/guard.ts";

/** What a guard is made of, but for what other guards lend it. */
export interface GuardOrder {
  readonly definition: GuardDefinition<unknown>;
  readonly options: unknown;
  /** What names its route: equal for routes that serve the same hosts and path. */
  readonly route: string;
}

interface MadeGuard extends GuardOrder {
  readonly guard: Guard;
  /** Policies that have it. */
  holders: number;
}

/**
 * The guards of one policy. One that is made of its options alone, and that the policy of before made of equal ones, is taken over
 * as it is: then its parts in open connections go on, too.
 */
export class MadeGuards {
  readonly #made: MadeGuard[] = [];
  readonly #before: readonly MadeGuard[];

  /** @param before those of the policy in force, which holds them until this one has what it takes over; `null`: there is none */
  constructor(before: MadeGuards | null) {
    this.#before = before === null ? [] : before.#made;
  }

  /** Has a guard: one from before, or a new one. @param create throws what `check` must report */
  async have(order: GuardOrder, create: () => Guard | Promise<Guard>): Promise<Guard> {
    const made = this.#fromBefore(order) ?? { ...order, guard: await create(), holders: 0 };
    made.holders += 1;
    this.#made.push(made);
    return made.guard;
  }

  /** Lets all go. What no other policy has stops what it started. */
  release(): void {
    for (const made of this.#made.splice(0)) {
      made.holders -= 1;
      if (made.holders === 0) made.guard.dispose?.();
    }
  }

  #fromBefore({ definition, options, route }: GuardOrder): MadeGuard | undefined {
    if (definition.fromOptionsAlone !== true) return undefined;
    return this.#before.find(
      (made) =>
        made.definition === definition && made.route === route && isDeepStrictEqual(made.options, options),
    );
  }
}
