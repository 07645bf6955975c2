import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { ObservedRefusals } from "../../../../sallyport/src/hosts/dashboard/policy-message.ts";
import type { Failure } from "../../api/answer.ts";
import { ask, READING_MS } from "../../api/ask.ts";
import { formatCount } from "../../parts/format-number.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { FailureNotice, Loading } from "../../parts/notice.tsx";
import { PlainTable, type PlainColumn } from "../../parts/plain-table.tsx";
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

const columns: readonly PlainColumn<ObservedRefusals["kinds"][number]>[] = [
  {
    title: "Guard",
    isHead: true,
    cell: ({ guard, code }) => (
      <>
        {guard} <code class="muted">{code}</code>
      </>
    ),
  },
  {
    title: "Route",
    cell: ({ route }) => (route === null ? "–" : <InertText text={route} most={80} />),
  },
  { title: "Times", numeric: true, cell: ({ count }) => formatCount(count) },
  { title: "Last", cell: ({ last }) => <Time at={last} /> },
  {
    title: "What it was",
    bare: true,
    cell: ({ detail, incident }) => (
      <>
        <InertText coded text={detail} most={120} />{" "}
        <a href={hrefOf("journal", [incident])}>in the journal</a>
      </>
    ),
  },
];

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
      <PlainTable
        label="Observed refusals"
        columns={columns}
        rows={kinds}
        idOf={({ route, code }) => `${route} ${code}`}
      />
    </>
  );
}
