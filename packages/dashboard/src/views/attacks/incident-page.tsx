import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Answer } from "../../api/answer.ts";
import { ask } from "../../api/ask.ts";
import type { Explanation } from "../../../../sallyport/src/hosts/dashboard/explanation-message.ts";
import { Icon } from "../../parts/icon.tsx";
import { FailureNotice, Loading } from "../../parts/notice.tsx";
import { hrefOf, place } from "../../shell/place.ts";
import { ExplanationView } from "./explanation-view.tsx";

/** One incident, explained. */
export function IncidentPage({ incident }: { readonly incident: string }): VNode {
  const [answer, setAnswer] = useState<Answer<Explanation> | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const life = new AbortController();
    const path = `/incidents/${encodeURIComponent(incident)}/explanation`;
    void ask<Explanation>(path, { signal: life.signal }).then((explained) => {
      if (!life.signal.aborted) setAnswer(explained);
    });
    return () => life.abort();
  }, [incident, tries]);
  return (
    <>
      <p class="crumbs">
        <a href={hrefOf("attacks", [], place.value.query)}>
          <Icon name="back" />
          All incidents
        </a>
      </p>
      {answer === null ? (
        <Loading what="Asking why" />
      ) : answer.ok ? (
        <ExplanationView explanation={answer.body} />
      ) : (
        <>
          <h1>Incident</h1>
          <FailureNotice failure={answer} again={() => setTries(tries + 1)} />
        </>
      )}
    </>
  );
}
