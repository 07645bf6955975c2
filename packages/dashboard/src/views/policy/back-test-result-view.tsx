import type { VNode } from "preact";

import type {
  BackTestChange,
  BackTestResult,
} from "../../../../sallyport/src/hosts/dashboard/policy-message.ts";
import { formatCount } from "../../parts/format-number.ts";
import { Icon } from "../../parts/icon.tsx";
import { InertText } from "../../parts/inert-text.tsx";
import { PlainTable, type PlainColumn } from "../../parts/plain-table.tsx";
import { Time } from "../../parts/time.tsx";
import { hrefOf } from "../../shell/place.ts";
import { policyDifferences, type PolicyDifference } from "./policy-difference.ts";
import type { PolicyInForce } from "./policy.tsx";

/** What {@link BackTestResultView} shows. */
export interface BackTestResultProps {
  readonly result: BackTestResult;
  /** The one in force, which it is compared with. */
  readonly policy: PolicyInForce;
}

const CUT = {
  time: "It was ended after two minutes: what comes later was not played.",
  records: "It was ended after two million records: what comes later was not played.",
} as const;

/** What a policy would have done otherwise, and what stands otherwise in it. */
export function BackTestResultView({ result, policy }: BackTestResultProps): VNode {
  const { ok, routes, changes, left, notes, cut, records } = result;
  const refused = routes.reduce((sum, counts) => sum + counts.refused, 0);
  return (
    <div class="back-test-result">
      <p class={ok ? "verdict-line verdict-good" : "verdict-line verdict-bad"} role="status">
        <Icon name={ok ? "check" : "warning"} />
        {ok
          ? "Nothing that passed then is refused now."
          : `${formatCount(refused)} refused now that passed then.`}{" "}
        <span class="muted">{formatCount(records)} records were played.</span>
      </p>
      {cut === null ? null : <p>{CUT[cut]}</p>}
      <Differences differences={policyDifferences(policy.routes, result.policy)} />
      <Counts routes={routes} />
      {changes.length === 0 ? null : <Changes changes={changes} left={left} />}
      {notes.length === 0 ? null : (
        <details>
          <summary>What could not be judged</summary>
          <ul>
            {notes.map((note) => (
              <li key={note}>
                <InertText text={note} most={400} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Tried({ value, isNew }: { readonly value: string | null; readonly isNew: boolean }): VNode {
  if (value === null) return <span class="muted">not there</span>;
  const text = <InertText text={value} />;
  return isNew ? <ins>{text}</ins> : <del>{text}</del>;
}

const differenceColumns: readonly PlainColumn<PolicyDifference>[] = [
  {
    title: "Changed",
    isHead: true,
    cell: ({ route, guard, key }) => (
      <>
        <InertText text={route} most={80} /> {guard} {key === "" ? null : <code>{key}</code>}
      </>
    ),
  },
  { title: "In force", cell: ({ before }) => <Tried value={before} isNew={false} /> },
  { title: "Tried", cell: ({ after }) => <Tried value={after} isNew /> },
];

function Differences({ differences }: { readonly differences: readonly PolicyDifference[] }): VNode {
  if (differences.length === 0) return <p class="muted">Its guards have the values that are in force.</p>;
  return (
    <PlainTable
      label="What stands otherwise in the policy"
      columns={differenceColumns}
      rows={differences}
      idOf={({ route, guard, key }) => `${route} ${guard} ${key}`}
    />
  );
}

type RouteCounts = BackTestResult["routes"][number];

const figure = (title: string, of: (counts: RouteCounts) => number): PlainColumn<RouteCounts> => ({
  title,
  numeric: true,
  cell: (counts) => formatCount(of(counts)),
});

const countColumns: readonly PlainColumn<RouteCounts>[] = [
  { title: "Route", isHead: true, cell: ({ route }) => <InertText text={route} most={80} /> },
  figure("Sessions", ({ sessions }) => sessions),
  figure("Messages", ({ messages }) => messages),
  figure("Refused now", ({ refused }) => refused),
  figure("Still refused", ({ stillRefused }) => stillRefused),
  figure("No longer refused", ({ noLongerRefused }) => noLongerRefused),
  figure("Changed now", ({ replaced }) => replaced),
];

function Counts({ routes }: Pick<BackTestResult, "routes">): VNode | null {
  if (routes.length === 0) return <p class="muted">There is no recorded traffic in that time.</p>;
  return (
    <PlainTable label="Counts by route" columns={countColumns} rows={routes} idOf={({ route }) => route} />
  );
}

const WORDS: Readonly<Record<BackTestChange["change"], readonly [word: string, kind: string]>> = {
  refused: ["refused now", "tag-bad"],
  "no-longer-refused": ["no longer refused", "tag-good"],
  replaced: ["changed now", "tag-warn"],
};

const changeColumns: readonly PlainColumn<BackTestChange>[] = [
  {
    title: "Decision",
    bare: true,
    cell: ({ change }) => <span class={`tag ${WORDS[change][1]}`}>{WORDS[change][0]}</span>,
  },
  {
    title: "Guard",
    isHead: true,
    cell: ({ guard, code }) => (
      <>
        {guard ?? "–"} <code class="muted">{code}</code>
      </>
    ),
  },
  {
    title: "What",
    bare: true,
    cell: ({ what, sequence, session, detail }) => (
      <>
        {what} {sequence === null ? null : `#${sequence}`}{" "}
        {session === null ? null : (
          <a href={hrefOf("journal", [session])}>
            <InertText text={session} most={40} />
          </a>
        )}{" "}
        <InertText coded text={detail} most={160} />
      </>
    ),
  },
  { title: "When", bare: true, cell: ({ time }) => <Time at={time} /> },
];

const MOST_SHOWN = 100;

function Changes({ changes, left }: Pick<BackTestResult, "changes" | "left">): VNode {
  const more = left + Math.max(0, changes.length - MOST_SHOWN);
  return (
    <>
      <PlainTable
        label="What would be decided otherwise"
        columns={changeColumns}
        rows={changes.slice(0, MOST_SHOWN)}
        idOf={(_change, place) => String(place)}
      />
      {more === 0 ? null : <p class="muted">and {formatCount(more)} more</p>}
    </>
  );
}
