import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";

import { Icon } from "../../parts/icon.tsx";
import { InertText } from "../../parts/inert-text.tsx";
import { Empty } from "../../parts/notice.tsx";
import { ViewHead } from "../../parts/view-head.tsx";
import { MOST_BYTES, readReport, type ShownReport } from "./read-report.ts";
import { ReportView } from "./report-view.tsx";

/** The view "Scans": a report of `sallyport-scan`, read in this page and sent nowhere. */
export function Scans(): VNode {
  const [report, setReport] = useState<ShownReport | null>(null);
  const [problem, setProblem] = useState("");
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    if (file.size > MOST_BYTES) return setProblem("A report has at most 32 MiB.");
    const read = readReport(await file.text());
    setProblem(read.ok ? "" : read.problem);
    if (read.ok) setReport(read.report);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer?.files[0]);
  };
  return (
    <div
      class="scans"
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <ViewHead
        title="Scans"
        about={
          report === null ? (
            "A report of sallyport-scan, read in this page and sent nowhere."
          ) : (
            <InertText text={report.target} most={160} />
          )
        }
      >
        <label class="button">
          {report === null ? "Choose a report…" : "Choose another…"}
          <input
            ref={input}
            type="file"
            class="unseen"
            accept=".json,application/json"
            onChange={({ currentTarget }) => {
              void take(currentTarget.files?.[0]);
              // The same file, written anew, can be chosen again.
              currentTarget.value = "";
            }}
          />
        </label>
      </ViewHead>
      {problem === "" ? null : (
        <div class="notice notice-bad" role="alert">
          <Icon name="warning" />
          <div>
            <p class="notice-title">This file could not be read as a report.</p>
            <p>{problem}</p>
          </div>
        </div>
      )}
      {report === null ? (
        <div class="drop-zone">
          <Empty icon="scans" title="Drop a report here">
            Write one with <code>sallyport-scan URL --format json --output report.json</code>. It stays in
            this page.
          </Empty>
        </div>
      ) : (
        <ReportView report={report} />
      )}
    </div>
  );
}
