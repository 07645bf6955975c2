import type { VNode } from "preact";

import { formatCount, formatDuration } from "../../parts/format-number.ts";
import { Icon } from "../../parts/icon.tsx";
import { InertText } from "../../parts/inert-text.tsx";
import { Time } from "../../parts/time.tsx";
import { FindingView } from "./finding-view.tsx";
import { severities, type ShownFinding, type ShownRemark, type ShownReport } from "./read-report.ts";

/** How a severity is marked. */
export const severityTags: Readonly<Record<ShownFinding["severity"], string>> = {
  critical: "tag-bad",
  high: "tag-bad",
  medium: "tag-warn",
  low: "",
  info: "",
};

/** A report: the worst first, and never without what was not tested. */
export function ReportView({ report }: { readonly report: ShownReport }): VNode {
  const { findings, passed, notTested, startedAt, durationMs, connections, endedEarly, scanner } = report;
  return (
    <>
      <p class="scan-facts muted">
        <span>
          <Time at={startedAt} />, in {formatDuration(durationMs)}, by {formatCount(connections)} connections
        </span>
        {scanner === "" ? null : (
          <span>
            sallyport-scan <InertText text={scanner} most={40} />
          </span>
        )}
      </p>
      <ul class="scan-summary" aria-label="Findings by severity">
        {severities.map((severity) => {
          const count = findings.filter((finding) => finding.severity === severity).length;
          return (
            <li key={severity}>
              <span class="scan-count">{formatCount(count)}</span>
              <span class={`tag ${count === 0 ? "" : severityTags[severity]}`}>{severity}</span>
            </li>
          );
        })}
        <li>
          <span class="scan-count">{formatCount(notTested.length)}</span>
          <span class={`tag ${notTested.length === 0 ? "" : "tag-warn"}`}>not tested</span>
        </li>
        <li>
          <span class="scan-count">{formatCount(passed.length)}</span>
          <span class="tag tag-good">passed</span>
        </li>
      </ul>
      {endedEarly === null ? null : (
        <div class="notice notice-bad">
          <Icon name="warning" />
          <p>
            The scan ended early: <InertText text={endedEarly} most={300} />
          </p>
        </div>
      )}
      {findings.length === 0 ? (
        <p>Nothing was found. What was not tested stands below: it is not to be taken for safe.</p>
      ) : (
        <Groups findings={findings} />
      )}
      <Remarks title="Not tested" remarks={notTested} isOpen />
      <Remarks title="Passed" remarks={passed} />
    </>
  );
}

/** Findings of a check at several endpoints stand together. */
function Groups({ findings }: { readonly findings: readonly ShownFinding[] }): VNode {
  return (
    <>
      {severities.map((severity) => {
        const of = findings.filter((finding) => finding.severity === severity);
        if (of.length === 0) return null;
        return (
          <section key={severity} class="scan-group" aria-label={`Findings of severity ${severity}`}>
            <h2>
              <span class={`tag ${severityTags[severity]}`}>{severity}</span>
            </h2>
            {of.map((finding, at) => (
              <FindingView key={at} finding={finding} />
            ))}
          </section>
        );
      })}
    </>
  );
}

function Remarks({
  title,
  remarks,
  isOpen = false,
}: {
  readonly title: string;
  readonly remarks: readonly ShownRemark[];
  readonly isOpen?: boolean;
}): VNode | null {
  if (remarks.length === 0) return null;
  return (
    <details class="panel scan-remarks" open={isOpen}>
      <summary>
        {title}: {formatCount(remarks.length)}
      </summary>
      <ul>
        {remarks.map(({ check, title: what, reason }, at) => (
          <li key={at}>
            <InertText text={what === "" ? check : what} most={200} />{" "}
            {reason === "" ? null : (
              <span class="muted">
                <InertText text={reason} most={300} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
