import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { RouteInForce } from "../../../../sallyport/src/hosts/dashboard/policy-message.ts";
import type { Failure } from "../../api/answer.ts";
import { ask } from "../../api/ask.ts";
import { mayAct } from "../../api/viewer.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { FailureNotice, Loading } from "../../parts/notice.tsx";
import { ViewHead } from "../../parts/view-head.tsx";
import { place } from "../../shell/place.ts";
import { BackTestPanel } from "./back-test-panel.tsx";
import { ObservedPanel } from "./observed-panel.tsx";
import { RoutePanel } from "./route-panel.tsx";

/** What the admin API says of the policy in force. */
export interface PolicyInForce {
  readonly version: string;
  readonly routes: readonly (RouteInForce & {
    readonly upstream: string;
    readonly http: "refuse" | "forward";
  })[];
}

/** The view "Policy": what is in force, what it would refuse, and what another one would. */
export function Policy(): VNode {
  const [policy, setPolicy] = useState<PolicyInForce | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const life = new AbortController();
    void ask<PolicyInForce>("/policy", { signal: life.signal }).then((answer) => {
      if (life.signal.aborted) return;
      setFailure(answer.ok ? null : answer);
      if (answer.ok) setPolicy(answer.body);
    });
    return () => life.abort();
  }, [asked]);
  const [chosen] = place.value.rest;
  return (
    <>
      <ViewHead title="Policy" about={policy === null ? undefined : <Version version={policy.version} />}>
        <button type="button" class="button" onClick={() => setAsked(asked + 1)}>
          Load again
        </button>
      </ViewHead>
      {failure === null ? null : <FailureNotice failure={failure} again={() => setAsked(asked + 1)} />}
      {policy === null ? (
        failure === null ? (
          <Loading what="Asking what is in force" />
        ) : null
      ) : (
        <>
          <ObservedPanel />
          {policy.routes.map((route) => (
            <RoutePanel key={route.route} route={route} isChosen={route.route === chosen} />
          ))}
          {mayAct("admin") ? (
            <BackTestPanel policy={policy} />
          ) : (
            <p class="muted">To try a changed policy on what was recorded, sign in with the role admin.</p>
          )}
        </>
      )}
    </>
  );
}

function Version({ version }: { readonly version: string }): VNode {
  return (
    <>
      In force: version{" "}
      <code>
        <InertText text={version} />
      </code>
    </>
  );
}
