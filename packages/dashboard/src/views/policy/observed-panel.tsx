import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { ObservedRefusals } from "../../../../sallyport/src/hosts/dashboard/policy-message.ts";
import type { Failure } from "../../api/answer.ts";
import { ask, READING_MS } from "../../api/ask.ts";
import { formatCount } from "../../parts/format-number.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { FailureNotice, Loading } from "../../parts/notice.tsx";
import { Time } from "../../parts/time.tsx";
import { hrefOf } from "../../shell/place.ts";

/** What guards that only observe would have refused in the last day. */
export function ObservedPanel(): VNode {
  const [observed, setObserved] = useState<ObservedRefusals | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const life = new AbortController();
    void ask<ObservedRefusals>("/policy/observed", { signal: life.signal, withinMs: READING_MS }).then(
      (answer) => {
        if (life.signal.aborted) return;
        setFailure(answer.ok ? null : answer);
        if (answer.ok) setObserved(answer.body);
      },
    );
    return () => life.abort();
  }, [asked]);
  return (
    <section class="panel">
      <h2>What observing guards would have refused in the last day</h2>
      <div class="panel-body">
        {failure !== null ? (
          <FailureNotice failure={failure} again={() => setAsked(asked + 1)} />
        ) : observed === null ? (
          <Loading what="Looking through the last day" />
        ) : (
          <Kinds observed={observed} />
        )}
      </div>
    </section>
  );
}

function Kinds({ observed: { kinds, from, cut } }: { readonly observed: ObservedRefusals }): VNode {
  const source =
    from === "journal" ? "from the journal" : "of the last 10,000 decisions: this gate keeps no journal";
  if (kinds.length === 0) return <p class="muted">Nothing, {source}.</p>;
  return (
    <>
      <p class="muted">
        As far as is known {source}
        {cut ? "; there was more than could be looked through" : ""}.
      </p>
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Observed refusals">
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">Guard</th>
              <th scope="col">Route</th>
              <th scope="col" class="numeric">
                Times
              </th>
              <th scope="col">Last</th>
              <th scope="col">What it was</th>
            </tr>
          </thead>
          <tbody>
            {kinds.map(({ route, guard, code, count, last, incident, detail }) => (
              <tr key={`${route} ${code}`}>
                <th scope="row">
                  {guard} <code class="muted">{code}</code>
                </th>
                <td>{route === null ? "–" : <InertText text={route} most={80} />}</td>
                <td class="numeric">{formatCount(count)}</td>
                <td>
                  <Time at={last} />
                </td>
                <td>
                  <InertText text={detail} most={120} />{" "}
                  <a href={hrefOf("journal", [incident])}>in the journal</a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
