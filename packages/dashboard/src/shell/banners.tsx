import type { VNode } from "preact";

import { live } from "../api/live.ts";
import { viewer } from "../api/viewer.ts";
import { formatDuration } from "../parts/format-number.ts";
import { Icon } from "../parts/icon.tsx";
import { InertText } from "../parts/inert-text.tsx";
import { SessionEnd } from "./session-end.tsx";

/** Clocks that differ by less look alike to people. */
const CLOCK_MS = 5000;

/** Above every view: what is wrong with the gate, or with what is seen of it. */
export function Banners(): VNode {
  const aheadMs = live.clockAheadMs.value;
  const problems = live.link.value === "live" ? live.problems.value : [];
  return (
    <div class="banners" role="status" aria-live="polite">
      {live.link.value === "lost" ? (
        <p class="banner banner-bad">
          <Icon name="warning" />
          <span>The gateway does not answer; trying again. What you see is how it was.</span>
        </p>
      ) : null}
      {live.link.value === "live" && Math.abs(aheadMs) > CLOCK_MS ? (
        <p class="banner">
          <Icon name="warning" />
          <span>
            {`The gateway's clock is ${formatDuration(Math.abs(aheadMs))} ${aheadMs > 0 ? "ahead of" : "behind"} this machine's. Times are the gateway's; set the clock that is wrong.`}
          </span>
        </p>
      ) : null}
      {viewer.value ? <SessionEnd who={viewer.value} /> : null}
      {problems.map((problem) => (
        <p key={problem} class="banner banner-bad">
          <Icon name="warning" />
          <InertText coded text={problem} most={600} />
        </p>
      ))}
    </div>
  );
}
