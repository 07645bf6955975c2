import type { Direction } from "../events.ts";
import { Pending, type PendingDraft } from "./pending.ts";

/** What each side has begun and the other has not ended. Bounded for each by itself: neither can use up what the other may. */
export class PendingBySide {
  readonly #sides: Readonly<Record<Direction, Pending>>;

  /** @param max how many of each side may be live at once */
  constructor(max: number) {
    this.#sides = { inbound: new Pending(max), outbound: new Pending(max) };
  }

  /** What is live of a side under keys that begin so. Takes time linear in all that is live. */
  keysBelow(side: Direction, prefix: string): readonly string[] {
    return this.#sides[side].keysBelow(prefix);
  }

  /** What one message changes, to be kept only if it goes on. */
  draft(): PendingBySideDraft {
    return new PendingBySideDraft(this.#sides);
  }
}

/** What one message begins and ends on either side, over what is live. */
export class PendingBySideDraft {
  readonly #sides: Readonly<Record<Direction, Pending>>;
  /** Made when they are asked for: most messages begin or end on one side at most. */
  readonly #drafts: Partial<Record<Direction, PendingDraft>> = {};

  constructor(sides: Readonly<Record<Direction, Pending>>) {
    this.#sides = sides;
  }

  /** The draft of what a side has begun. */
  of(side: Direction): PendingDraft {
    return (this.#drafts[side] ??= this.#sides[side].draft());
  }

  /** Keeps both. */
  commit(): void {
    this.#drafts.inbound?.commit();
    this.#drafts.outbound?.commit();
  }
}
