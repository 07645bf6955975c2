import type { Committer } from "./committer.ts";
import type { RingConsumer } from "./ring-consumer.ts";

/** How long a writer waits, milliseconds. */
export interface CommitPace {
  /** What comes within this time goes to the disk together. */
  readonly gatherMs: number;
  /** After a disk that failed. */
  readonly retryMs: number;
  /** Without anything to write it looks this often whether a segment or a checkpoint is due. */
  readonly idleMs: number;
}

/** So many times a disk that fails is tried when the writer is to end. */
const LAST_TRIES = 3;

/** Commits until the ring is closed and empty, or the disk fails then; whether everything is on the disk. */
export function commitLoop(committer: Committer, ring: RingConsumer, pace: CommitPace): boolean {
  let tries = 0;
  for (;;) {
    const turn = committer.turn();
    if (turn === "ended") return true;
    if (turn === "failed") {
      if (ring.isClosing && ++tries >= LAST_TRIES) return false;
      ring.wait("gathers", pace.retryMs);
    } else if (turn === "idle") {
      ring.wait("asleep", pace.idleMs);
      // Whoever waits for the disk does not wait for company too.
      if (ring.waiting > 0) ring.wait("gathers", pace.gatherMs);
    } else {
      ring.wait("gathers", pace.gatherMs);
    }
  }
}
