import { frameSlab } from "./frame-slab.ts";
import { OutgoingRun } from "./outgoing-run.ts";

const EMPTY = new Uint8Array(0);

/** Frames that were vetted and not written yet: they leave in one write. */
export class OutgoingCork {
  /** How many bytes they are. */
  bytes = 0;
  readonly #out = new OutgoingRun();
  #inSlab = false;

  /** Adds a frame that has memory of its own. */
  push(frame: Uint8Array): void {
    this.#out.push(frame);
    this.bytes += frame.length;
  }

  /** Adds a frame that stands in the slab. */
  extend(slab: Uint8Array, start: number, end: number): void {
    this.#out.turn(slab);
    this.#out.extend(start, end);
    this.bytes += end - start;
  }

  /** Holds the slab until all is written. Answers whether it was not held yet. */
  enterSlab(): boolean {
    if (this.#inSlab) return false;
    frameSlab.enter();
    this.#inSlab = true;
    return true;
  }

  /** Lets the slab go. */
  leaveSlab(): void {
    if (!this.#inSlab) return;
    this.#inSlab = false;
    this.#out.turn(EMPTY);
    frameSlab.leave();
  }

  /** Takes what is to be written now; the slab is held until `leaveSlab`. */
  take(): readonly Uint8Array[] {
    this.bytes = 0;
    return this.#out.take();
  }
}
