import type { VNode } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import type { Failure } from "../../api/answer.ts";
import { download } from "../../api/download.ts";
import { mayAct } from "../../api/viewer.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { FailureNotice } from "../../parts/notice.tsx";
import { Segments } from "../../parts/segments.tsx";
import { filterFields, searchParams, type JournalFilter } from "./journal-filter.ts";

/** What {@link ExportDialog} exports. */
export interface ExportDialogProps {
  readonly filter: JournalFilter;
  readonly close: () => void;
}

type Format = "jsonl" | "csv" | "har";

const FORMATS: readonly { readonly id: Format; readonly title: string }[] = [
  { id: "jsonl", title: "JSON Lines" },
  { id: "csv", title: "CSV" },
  { id: "har", title: "HAR" },
];

const ABOUT: Readonly<Record<Format, string>> = {
  jsonl: "Exact: one JSON object a line.",
  csv: "For a spreadsheet. Cells never act, so that contents are not exact.",
  har: "What browsers’ developer tools import. It holds one session, or one user.",
};

/** Asks in what form, and gives the browser a file. */
export function ExportDialog({ filter, close }: ExportDialogProps): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [format, setFormat] = useState<Format>("jsonl");
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    const path = `/journal/export?${searchParams(filter, { format, reason: reason.trim() })}`;
    const answer = await download(path, `journal.${format}`);
    setBusy(false);
    if (answer.ok) close();
    else setFailure(answer);
  };
  const given = filterFields.filter((field) => filter[field] !== "");
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={close}>
      <form onSubmit={(event) => void submit(event)}>
        <h2 id={id}>Export records</h2>
        <div class="dialog-body">
          <p>
            {given.length === 0 ? "All records. " : "Records with "}
            {given.map((field, at) => (
              <span key={field}>
                {at > 0 ? ", " : ""}
                {field} <InertText text={filter[field]} most={60} />
              </span>
            ))}
            {given.length === 0 ? null : ". "}
            The file is protected by nothing that protects the journal. That you export it is recorded.
          </p>
          <Segments label="Format" choices={FORMATS} chosen={format} choose={setFormat} />
          <p class="hint">{ABOUT[format]}</p>
          {mayAct("investigator") ? (
            <label class="field">
              <span>Reason: without one, whole contents are left out</span>
              <input
                maxLength={500}
                value={reason}
                onInput={({ currentTarget }) => setReason(currentTarget.value)}
              />
            </label>
          ) : (
            <p class="hint">Your role exports no contents.</p>
          )}
        </div>
        {failure === null ? null : <FailureNotice failure={failure} />}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="button button-main" disabled={busy}>
            {busy ? "Exporting" : "Export"}
          </button>
        </div>
      </form>
    </dialog>
  );
}
