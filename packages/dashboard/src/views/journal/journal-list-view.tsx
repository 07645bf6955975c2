import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { JournalPage, JournalRow } from "../../../../sallyport/src/hosts/dashboard/journal-message.ts";
import type { Failure } from "../../api/answer.ts";
import { ask, READING_MS } from "../../api/ask.ts";
import { BusyButton } from "../../parts/busy-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { formatCount } from "../../parts/format-number.ts";
import { Empty, FailureNotice, Loading } from "../../parts/notice.tsx";
import { ViewHead } from "../../parts/view-head.tsx";
import { goTo, hrefOf, place, placeBefore } from "../../shell/place.ts";
import { ExportDialog } from "./export-dialog.tsx";
import { asksAtOnce, journalFilterOf, searchParams, type JournalFilter } from "./journal-filter.ts";
import { columns } from "./journal-columns.tsx";
import { JournalStatusPanel } from "./journal-status-panel.tsx";
import { SearchForm } from "./search-form.tsx";

/** What was found so far. */
interface Found {
  readonly rows: readonly JournalRow[];
  readonly next: string | null;
  readonly notes: readonly string[];
  readonly cut: boolean;
}

interface Asked {
  readonly filter: JournalFilter;
  readonly reason: string;
}

const PAGE = "100";

/** The journal: its state, a search, and what it finds. */
export function JournalListView(): VNode {
  const { query } = place.value;
  const [asked, setAsked] = useState<Asked | null>(null);
  const [found, setFound] = useState<Found | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const [isExporting, setExporting] = useState(false);
  const turn = useRef(0);

  const load = async (search: Asked, before: Found | null): Promise<void> => {
    const mine = ++turn.current;
    setBusy(true);
    setFailure(null);
    const more = { reason: search.reason, limit: PAGE, cursor: before?.next ?? "" };
    const answer = await ask<JournalPage>(`/journal/search?${searchParams(search.filter, more)}`, {
      withinMs: READING_MS,
    });
    // Somebody has asked for something else meanwhile.
    if (mine !== turn.current) return;
    setBusy(false);
    if (!answer.ok) return setFailure(answer);
    const { rows, next, notes, cut } = answer.body;
    setFound({ rows: [...(before?.rows ?? []), ...rows], next, notes, cut });
  };
  const search = (filter: JournalFilter, reason: string): void => {
    setFound(null);
    setAsked({ filter, reason });
    void load({ filter, reason }, null);
  };
  // A link from another view says what is looked for.
  useEffect(() => {
    if (asksAtOnce(query)) search(journalFilterOf(query), "");
  }, []);

  return (
    <>
      <ViewHead
        title="Journal"
        about="What was recorded. Every search, and everything that is shown, is itself a record."
      >
        <button type="button" class="button" onClick={() => setExporting(true)}>
          Export…
        </button>
      </ViewHead>
      <JournalStatusPanel />
      <SearchForm filter={journalFilterOf(query)} busy={busy} search={search} />
      {failure === null ? null : (
        <FailureNotice
          failure={failure}
          {...(asked === null ? {} : { again: () => void load(asked, found) })}
        />
      )}
      {found === null ? null : <Notes found={found} />}
      <DataTable<JournalRow>
        label="Records of the journal"
        columns={columns}
        rows={found?.rows ?? []}
        idOf={({ id }) => nameOf(id)}
        from={nameOf(placeBefore.value?.query["record"] ?? "")}
        open={(row) => {
          const subject = row.session ?? row.incident;
          if (subject !== null) goTo(hrefOf("journal", [subject], { record: row.id }));
        }}
      >
        <NoRecords asked={asked} busy={busy} failed={failure !== null} />
      </DataTable>
      {found?.next == null || asked === null ? null : (
        <p class="more-records">
          <BusyButton isBusy={busy} press={() => void load(asked, found)}>
            Older records
          </BusyButton>
        </p>
      )}
      {isExporting ? (
        <ExportDialog filter={asked?.filter ?? journalFilterOf(query)} close={() => setExporting(false)} />
      ) : null}
    </>
  );
}

/** A record's id, as elements can be called. */
function nameOf(id: string): string {
  return id.replace(":", "-");
}

function Notes({ found: { rows, next, notes, cut } }: { readonly found: Found }): VNode {
  const count = `${formatCount(rows.length)} ${rows.length === 1 ? "record" : "records"}${next === null ? "" : " so far"}`;
  return (
    <div class="journal-notes" role="status">
      <span>{count}, the newest first</span>
      {cut ? (
        <span class="tag tag-warn">Not all was looked through in time: choose a shorter time</span>
      ) : null}
      {notes.map((note) => (
        <span key={note}>{note}</span>
      ))}
    </div>
  );
}

function NoRecords({
  asked,
  busy,
  failed,
}: {
  readonly asked: Asked | null;
  readonly busy: boolean;
  readonly failed: boolean;
}): VNode {
  if (busy) return <Loading what="Looking through the journal" />;
  if (failed)
    return (
      <Empty icon="warning" title="Nothing could be shown">
        What stands above says why.
      </Empty>
    );
  if (asked === null)
    return (
      <Empty icon="journal" title="Say what you look for">
        Choose a time, a user, a session, or a text, and search. Open a record to read its session as a
        conversation.
      </Empty>
    );
  return (
    <Empty icon="journal" title="No record is like that">
      Choose a longer time, or fewer conditions.
    </Empty>
  );
}
