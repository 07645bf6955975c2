import type { VNode } from "preact";

import { CopyLine } from "../../parts/copy-line.tsx";
import { InertText } from "../../parts/inert-text.tsx";
import type { ShownFinding } from "./read-report.ts";

const REMEDIES = [
  ["sallyport", "In sallyport.yaml"],
  ["ws", "With ws"],
  ["socketIo", "With Socket.IO"],
  ["nginx", "In nginx"],
  ["project", "In the project"],
] as const;

/** A finding: what it is, what was seen, how it is shown again and how it is mended. */
export function FindingView({ finding }: { readonly finding: ShownFinding }): VNode {
  const { title, detail, check, group, endpoint, confidence, accepted, place, references } = finding;
  return (
    <article class="panel finding">
      <h3>
        <InertText text={title} most={240} />
      </h3>
      <p>
        <InertText text={detail} most={600} />
      </p>
      <p class="finding-facts muted">
        <code>
          <InertText text={check} most={80} />
        </code>
        {[group, confidence, endpoint, place].map((fact, at) =>
          fact === null || fact === "" ? null : (
            <span key={at}>
              <InertText text={fact} most={120} />
            </span>
          ),
        )}
        {references.map((reference, at) => (
          <span key={at}>
            <InertText text={reference} most={60} />
          </span>
        ))}
      </p>
      {accepted === null ? null : (
        <p>
          <span class="tag">accepted</span> <InertText text={accepted} most={300} />
        </p>
      )}
      <Remedy finding={finding} />
      <Evidence finding={finding} />
    </article>
  );
}

function Remedy({ finding: { remedy } }: { readonly finding: ShownFinding }): VNode {
  return (
    <div class="finding-remedy">
      <p>
        <b>Remedy.</b> <InertText text={remedy.summary} most={400} />
      </p>
      {REMEDIES.map(([key, title]) => {
        const lines = remedy[key];
        if (lines === undefined) return null;
        return (
          <div key={key}>
            <p class="muted">{title}</p>
            <pre class="finding-code" tabIndex={0}>
              {lines.split("\n").map((line, at) => (
                <div key={at}>
                  <InertText text={line} most={400} />
                </div>
              ))}
            </pre>
          </div>
        );
      })}
    </div>
  );
}

function Evidence({ finding: { evidence, reproduce } }: { readonly finding: ShownFinding }): VNode {
  return (
    <details>
      <summary>Evidence, and how to see it again</summary>
      {evidence.map(({ about, lines }, at) => (
        <div key={at}>
          <p class="muted">
            <InertText text={about} most={200} />
          </p>
          <pre class="finding-code" tabIndex={0}>
            {lines.map((line, number) => (
              <div key={number}>
                <InertText text={line} most={300} />
              </div>
            ))}
          </pre>
        </div>
      ))}
      {reproduce === "" ? null : <CopyLine text={reproduce} />}
    </details>
  );
}
