import type { VNode } from "preact";

import type { GateSample } from "../../../../sallyport/src/hosts/dashboard/live-message.ts";
import { formatCount, formatRate, inOne } from "../../parts/format-number.ts";
import { hrefOf } from "../../shell/place.ts";

/** What each guard refused in these samples, the most first. */
export function refusalTotals(
  samples: readonly GateSample[],
): readonly { readonly guard: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const { refusals, seconds } of samples)
    for (const [guard, rate] of Object.entries(refusals))
      counts.set(guard, (counts.get(guard) ?? 0) + rate * seconds);
  return [...counts]
    .map(([guard, count]) => ({ guard, count: Math.round(count) }))
    .filter(({ count }) => count > 0)
    .toSorted((one, other) => other.count - one.count);
}

/** What was refused, by the guard that did; each leads to what it was. */
export function RefusalsByGuard({
  samples,
  minutes,
}: {
  readonly samples: readonly GateSample[];
  readonly minutes: string;
}): VNode {
  const totals = refusalTotals(samples);
  const most = totals[0]?.count ?? 1;
  const now = samples.at(-1)?.refusals ?? {};
  return (
    <section class="panel" aria-label="Refused by guard">
      <h2>Refused by guard</h2>
      {totals.length === 0 ? (
        <p class="panel-empty">
          No guard refused anything in the last {minutes === "60" ? "hour" : `${minutes} minutes`}.
        </p>
      ) : (
        <ul class="bars">
          {totals.map(({ guard, count }) => (
            <li key={guard}>
              <a href={hrefOf("attacks", [], { guard })}>{guard}</a>
              <span class="bar" style={{ "--share": String(count / most) }} aria-hidden="true" />
              <span class="numeric">{formatCount(count)}</span>
              <span class="numeric muted">{inOne(formatRate(now[guard] ?? 0))}/s</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
