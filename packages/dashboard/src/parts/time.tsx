import type { VNode } from "preact";

import { gateNow } from "../api/live.ts";
import { formatMoment, formatUtc } from "./format-time.ts";

/** A moment in the viewer's zone, with UTC on hover. @param at ISO 8601, or milliseconds since the epoch */
export function Time({ at }: { readonly at: number | string }): VNode {
  const moment = typeof at === "string" ? Date.parse(at) : at;
  const utc = formatUtc(moment);
  if (!utc.endsWith("UTC")) return <span>{utc}</span>;
  return (
    <time class="time" dateTime={new Date(moment).toISOString()} title={utc}>
      {formatMoment(moment, gateNow())}
    </time>
  );
}
