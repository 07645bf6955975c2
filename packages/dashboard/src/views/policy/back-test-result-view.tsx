import type { ComponentChildren, VNode } from "preact";

import type {
  BackTestChange,
  BackTestResult,
} from "../../../../sallyport/src/hosts/dashboard/policy-message.ts";
import { formatCount } from "../../parts/format-number.ts";
import { Icon } from "../../parts/icon.tsx";
import { InertText } from "../../parts/inert-text.tsx";
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

function Differences({ differences }: { readonly differences: readonly PolicyDifference[] }): VNode {
  if (differences.length === 0) return <p class="muted">Its guards have the values that are in force.</p>;
  return (
    <Scroll label="What stands otherwise in the policy">
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">Changed</th>
            <th scope="col">In force</th>
            <th scope="col">Tried</th>
          </tr>
        </thead>
        <tbody>
          {differences.map(({ route, guard, key, before, after }) => (
            <tr key={`${route} ${guard} ${key}`}>
              <th scope="row">
                <InertText text={route} most={80} /> {guard} {key === "" ? null : <code>{key}</code>}
              </th>
              <td>
                {before === null ? (
                  <span class="muted">not there</span>
                ) : (
                  <del>
                    <InertText text={before} />
                  </del>
                )}
              </td>
              <td>
                {after === null ? (
                  <span class="muted">not there</span>
                ) : (
                  <ins>
                    <InertText text={after} />
                  </ins>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Counts({ routes }: Pick<BackTestResult, "routes">): VNode | null {
  if (routes.length === 0) return <p class="muted">There is no recorded traffic in that time.</p>;
  const heads = ["Sessions", "Messages", "Refused now", "Still refused", "No longer refused", "Changed now"];
  return (
    <Scroll label="Counts by route">
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">Route</th>
            {heads.map((head) => (
              <th key={head} scope="col" class="numeric">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {routes.map(({ route, sessions, messages, refused, stillRefused, noLongerRefused, replaced }) => (
            <tr key={route}>
              <th scope="row">
                <InertText text={route} most={80} />
              </th>
              {[sessions, messages, refused, stillRefused, noLongerRefused, replaced].map((count, at) => (
                <td key={heads[at]} class="numeric">
                  {formatCount(count)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

const WORDS: Readonly<Record<BackTestChange["change"], readonly [word: string, kind: string]>> = {
  refused: ["refused now", "tag-bad"],
  "no-longer-refused": ["no longer refused", "tag-good"],
  replaced: ["changed now", "tag-warn"],
};

const MOST_SHOWN = 100;

function Changes({ changes, left }: Pick<BackTestResult, "changes" | "left">): VNode {
  const more = left + Math.max(0, changes.length - MOST_SHOWN);
  return (
    <Scroll label="What would be decided otherwise">
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">Decision</th>
            <th scope="col">Guard</th>
            <th scope="col">What</th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          {changes.slice(0, MOST_SHOWN).map((change, at) => (
            <tr key={at}>
              <td>
                <span class={`tag ${WORDS[change.change][1]}`}>{WORDS[change.change][0]}</span>
              </td>
              <th scope="row">
                {change.guard ?? "–"} <code class="muted">{change.code}</code>
              </th>
              <td>
                {change.what} {change.sequence === null ? null : `#${change.sequence}`}{" "}
                {change.session === null ? null : (
                  <a href={hrefOf("journal", [change.session])}>
                    <InertText text={change.session} most={40} />
                  </a>
                )}{" "}
                <InertText text={change.detail} most={160} />
              </td>
              <td>
                <Time at={change.time} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more === 0 ? null : <p class="muted">and {formatCount(more)} more</p>}
    </Scroll>
  );
}

function Scroll({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  );
}
