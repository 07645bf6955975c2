import type { VNode } from "preact";

import type { GuardInForce } from "../../../../sallyport/src/hosts/dashboard/policy-message.ts";
import { useLandmark } from "../../parts/at-head.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { PlainTable, type PlainColumn } from "../../parts/plain-table.tsx";
import type { PolicyInForce } from "./policy.tsx";

/** What {@link RoutePanel} shows. */
export interface RoutePanelProps {
  readonly route: PolicyInForce["routes"][number];
  /** It is what somebody followed a link to. */
  readonly isChosen: boolean;
}

const columns: readonly PlainColumn<GuardInForce>[] = [
  { title: "Guard", isHead: true, cell: ({ name }) => name },
  { title: "Mode", bare: true, cell: ({ mode }) => <ModeTag mode={mode} /> },
  { title: "Values in force", bare: true, cell: (guard) => <Values guard={guard} /> },
];

/** A route, guard by guard: whether it acts, and by what values. */
export function RoutePanel({ route: { route, upstream, http, guards }, isChosen }: RoutePanelProps): VNode {
  const head = useLandmark<HTMLHeadingElement>(isChosen);
  return (
    <section class="panel policy-route" aria-current={isChosen ? "true" : undefined}>
      <h2 ref={head} tabIndex={isChosen ? -1 : undefined}>
        <InertText text={route} most={120} />
      </h2>
      <p class="policy-about">
        <span class="muted">to</span> <InertText text={upstream} most={160} />
        <span class="muted">{http === "refuse" ? "plain HTTP is refused" : "plain HTTP goes on"}</span>
      </p>
      <PlainTable label={`Guards of ${route}`} columns={columns} rows={guards} idOf={({ name }) => name} />
    </section>
  );
}

/** Whether a guard acts, or only says what it would have done. */
export function ModeTag({ mode }: Pick<GuardInForce, "mode">): VNode {
  return mode === "enforce" ? (
    <span class="tag tag-good">enforce</span>
  ) : (
    <span class="tag tag-warn">observe</span>
  );
}

function Values({ guard: { values } }: { readonly guard: GuardInForce }): VNode {
  if (values.length === 0) return <span class="muted">nothing to choose</span>;
  return (
    <ul class="policy-values">
      {values.map(({ key, value }) => (
        <li key={key}>
          {key === "" ? null : <span class="muted">{key} </span>}
          <InertText text={value} most={120} />
        </li>
      ))}
    </ul>
  );
}
