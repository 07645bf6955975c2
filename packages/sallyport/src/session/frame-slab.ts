import { Buffer } from "node:buffer";
import { reusedMemory } from "./reused-memory.ts";

/** As much as one write to a socket carries at most; larger frames have memory of their own. */
const SLAB_BYTES = 0x1_0000;

/**
 * Memory in which small frames of ours are encoded one behind the other, those of all connections, until they are written in the
 * same turn: a frame takes no memory of its own, and neighbours leave as one piece. It is written again once nobody has anything
 * in it; where that takes long, another takes its place, and lives as long as its frames.
 */
export class FrameSlab {
  /** Where frames are encoded now. */
  bytes: Buffer;
  /** Where the next one begins. */
  end = 0;
  #users = 0;

  constructor() {
    this.bytes = newSlab();
  }

  /** Has room for so many bytes at `end`; at most 64 KiB. */
  reserve(bytes: number): void {
    if (this.end + bytes <= SLAB_BYTES) return;
    this.bytes = newSlab();
    this.end = 0;
  }

  /** Somebody has frames here that are not written yet. */
  enter(): void {
    this.#users += 1;
  }

  /** They are written, or copied. */
  leave(): void {
    this.#users -= 1;
    if (this.#users === 0) this.end = 0;
  }
}

/** The one of this thread. */
export const frameSlab: FrameSlab = new FrameSlab();

function newSlab(): Buffer {
  const bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);
  reusedMemory.add(bytes.buffer);
  return bytes;
}
