import type { VNode } from "preact";
import { useState } from "preact/hooks";

import type { Explanation } from "../../../../sallyport/src/hosts/dashboard/explanation-message.ts";
import { ask } from "../../api/ask.ts";
import { mayAct } from "../../api/viewer.ts";
import { BanDialog } from "../../parts/ban-dialog.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { CopyLine } from "../../parts/copy-line.tsx";
import { InertText } from "../../parts/inert-text.tsx";
import { Time } from "../../parts/time.tsx";
import { VerdictTag } from "../../parts/verdict-tag.tsx";
import { ViewHead } from "../../parts/view-head.tsx";
import { hrefOf } from "../../shell/place.ts";

/** An incident in a sentence, with its rule, its value, and what would allow it. */
export function ExplanationView({ explanation }: { readonly explanation: Explanation }): VNode {
  const { verdict, severity, at, sentence, incident } = explanation;
  return (
    <>
      <ViewHead
        title={
          <span class="explained">
            <InertText coded text={sentence} most={400} />
          </span>
        }
        about={
          <>
            <VerdictTag verdict={verdict} severity={severity} /> <Time at={at} /> <code>{incident}</code>
          </>
        }
      >
        <Actions explanation={explanation} />
      </ViewHead>
      <Allowing explanation={explanation} />
      <Facts explanation={explanation} />
    </>
  );
}

function Allowing({
  explanation: { rule, value, allow, mend },
}: {
  readonly explanation: Explanation;
}): VNode {
  return (
    <section class="panel">
      <h2>Why, and how to allow it</h2>
      <dl class="facts">
        <dt>Rule</dt>
        <dd>{rule === null ? "not one of the configuration" : <code>{rule}</code>}</dd>
        <dt>Found</dt>
        <dd>
          <InertText coded text={value === "" ? "–" : value} most={600} />
        </dd>
        <dt>To allow it</dt>
        <dd>
          <InertText coded most={600} text={mend} />
          {allow === null ? null : (
            <>
              <p class="hint">
                In the configuration, in <InertText coded most={600} text={allow.where} />:
              </p>
              <CopyLine text={allow.line} />
            </>
          )}
        </dd>
      </dl>
    </section>
  );
}

function Facts({ explanation }: { readonly explanation: Explanation }): VNode {
  const { guard, code, route, address, user, session, origin, done, references } = explanation;
  const facts: readonly (readonly [string, string | null, string | null])[] = [
    ["Guard", guard, hrefOf("attacks", [], { guard })],
    ["Code", code, null],
    ["Route", route, route === null ? null : hrefOf("policy", [route])],
    ["Address", address, hrefOf("attacks", [], { address: address ?? "" })],
    ["User", user, hrefOf("attacks", [], { user: user ?? "" })],
    ["Connection", session, hrefOf("connections", [session ?? ""])],
    ["Page", origin, null],
    ["Done about it", done, null],
    ["Read more", references.length === 0 ? null : references.join(", "), null],
  ];
  return (
    <section class="panel">
      <h2>Who and where</h2>
      <dl class="facts">
        {facts.map(([name, value, href]) =>
          value === null ? null : (
            <div key={name} class="fact">
              <dt>{name}</dt>
              <dd>
                {href === null ? (
                  <InertText text={value} most={400} />
                ) : (
                  <a href={href}>
                    <InertText text={value} line />
                  </a>
                )}
              </dd>
            </div>
          ),
        )}
      </dl>
    </section>
  );
}

function Actions({
  explanation: { address, incident, isUndoable, done },
}: {
  readonly explanation: Explanation;
}): VNode | null {
  const [asked, setAsked] = useState<"ban" | "undo" | null>(null);
  if (!mayAct("operator")) return null;
  const close = (): void => setAsked(null);
  return (
    <>
      {isUndoable ? (
        <button type="button" class="button" onClick={() => setAsked("undo")}>
          Take back what was done…
        </button>
      ) : null}
      {address === null ? null : (
        <button type="button" class="button button-bad" onClick={() => setAsked("ban")}>
          Ban the address…
        </button>
      )}
      {asked === "ban" && address !== null ? <BanDialog address={address} close={close} /> : null}
      {asked === "undo" ? (
        <FormDialog
          isDangerous
          title="Take back what was done?"
          action="Take it back"
          act={() => ask(`/findings/${encodeURIComponent(incident)}/undo`, { method: "POST", body: {} })}
          close={close}
        >
          <p>
            Done about this alert: <InertText text={done ?? "nothing"} />. It is lifted. Connections that were
            closed stay closed, and for an hour the same about the same subject is told, and nothing is done
            about it.
          </p>
        </FormDialog>
      ) : null}
    </>
  );
}
