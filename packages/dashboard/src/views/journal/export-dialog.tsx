import type { VNode } from "preact";
import { useState } from "preact/hooks";

import type { Answer } from "../../api/answer.ts";
import { download } from "../../api/download.ts";
import { mayAct } from "../../api/viewer.ts";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { InertText } from "../../parts/inert-text.tsx";
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
  const [format, setFormat] = useState<Format>("jsonl");
  const [reason, setReason] = useState("");
  const act = (): Promise<Answer<null>> =>
    download(
      `/journal/export?${searchParams(filter, { format, reason: reason.trim() })}`,
      `journal.${format}`,
    );
  const given = filterFields.filter((field) => filter[field] !== "");
  return (
    <FormDialog title="Export records" action="Export" doing="Exporting" act={act} close={close}>
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
    </FormDialog>
  );
}
