import type { Probe } from "./probe/probe.ts";

/** Close codes of a server that goes down, or is started anew (RFC 6455 7.4.1, and the registry of IANA). */
const GOING_DOWN: ReadonlySet<number> = new Set([1001, 1012]);

/**
 * A normal connection on which nothing is said, beside the checks. Where a target goes down and comes back within a check, this one ends too:
 * what was "refused" meanwhile was no answer.
 */
export class Witness {
  #probe: Probe | null = null;
  #losses = 0;

  /** How often it was ended as a process ends that goes down: without a close frame, or with a code that says so. */
  get losses(): number {
    this.#look();
    return this.#losses;
  }

  /** Takes a fresh connection in place of the one before, which it ends; null: none. */
  replace(probe: Probe | null): void {
    this.#look();
    this.#probe?.destroy();
    this.#probe = probe;
  }

  #look(): void {
    if (this.#probe === null || !isGone(this.#probe)) return;
    this.#losses += 1;
    this.#probe = null;
  }
}

function isGone({ ended, closeFrame }: Probe): boolean {
  if (closeFrame === null) return ended !== null;
  return closeFrame.payload.length < 2 || GOING_DOWN.has(closeFrame.payload.readUInt16BE(0));
}
