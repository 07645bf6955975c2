import assert from "node:assert/strict";

import type { ChaosRow } from "./chaos-case.ts";
import type { Lab } from "./lab.ts";

/** No message may wait for an engine at all: what a machine that is busy adds to it is far from this. */
const LONGEST_MS = 10_000;

/** What holds at the end of every case: no message was lost or held up, nothing failed open, and who floods got no more than his share. */
export async function finishLab({
  live,
  flood,
  doors,
}: Lab): Promise<Pick<ChaosRow, "live" | "longestMs" | "refused">> {
  const { opened, ended, messages, wrong, longestMs } = await live.settle();
  const { offered, passed, most } = flood.figures();
  flood.close();
  const { tried, opened: failedOpen } = await doors.finish();
  assert.deepEqual(failedOpen, [], "something failed open");
  assert.ok(tried > 0, "no door was tried");
  assert.equal(ended, 0, "open connections ended");
  assert.equal(wrong, 0, "messages came back otherwise than they were sent");
  assert.ok(longestMs < LONGEST_MS, `a message waited for ${longestMs} ms`);
  assert.ok(passed <= most && passed > 0, `${passed} of ${offered} passed, and at most ${most} may`);
  return {
    live: `${opened} open, none ended; ${messages} messages, none lost`,
    longestMs,
    refused: tried,
  };
}
