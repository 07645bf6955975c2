import type { ComponentChildren, VNode } from "preact";

import type { JournalRow } from "../../../../sallyport/src/hosts/dashboard/journal-message.ts";
import type { Column } from "../../parts/data-table.tsx";
import { formatBytes, inOne } from "../../parts/format-number.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { Time } from "../../parts/time.tsx";

/** Words that say that something did not pass as it came. */
const BAD: ReadonlySet<string> = new Set(["refuse", "close", "drop"]);
const CHANGED: ReadonlySet<string> = new Set(["replace", "report", "observe"]);

/** What became of a record, in a word. */
export function RecordVerdict({ verdict }: Pick<JournalRow, "verdict">): VNode {
  const kind = BAD.has(verdict) ? " tag-bad" : CHANGED.has(verdict) ? " tag-warn" : "";
  return <span class={`tag${kind}`}>{WORDS[verdict] ?? verdict}</span>;
}

const WORDS: Readonly<Record<string, string>> = {
  pass: "passed",
  refuse: "refused",
  close: "closed it",
  drop: "dropped",
  replace: "changed",
  report: "reported",
  observe: "observed",
};

/** Which way a message went, for the eye and for who does not see it. */
export function Way({ direction }: Pick<JournalRow, "direction">): VNode | null {
  if (direction === null) return null;
  const isIn = direction === "inbound";
  return (
    <span class={isIn ? "way way-in" : "way way-out"}>
      <span aria-hidden="true">{isIn ? "→" : "←"}</span>
      <span class="unseen">{isIn ? "from the client" : "from the application"}</span>
    </span>
  );
}

/** What a record is, in a line. */
export function whatOf({ type, name, size, text, sequence, opcode, code }: JournalRow): string {
  if (type !== "message") return text;
  const parts = [`#${sequence ?? 0}`, opcode ?? "", inOne(formatBytes(size ?? 0)), name ?? "", code ?? ""];
  return parts.filter((part) => part !== "").join(" · ");
}

const inert = (text: string | null): ComponentChildren =>
  text === null ? <span class="muted">–</span> : <InertText text={text} line />;

/** The columns of what is found. */
export const columns: readonly Column<JournalRow>[] = [
  {
    key: "at",
    title: "Time",
    width: "9.5rem",
    narrow: "6.5rem",
    cell: ({ at }) => <Time at={at} />,
  },
  {
    key: "verdict",
    title: "Verdict",
    width: "6.5rem",
    narrow: "5.5rem",
    cell: ({ verdict }) => <RecordVerdict verdict={verdict} />,
  },
  {
    key: "what",
    title: "Record",
    width: "minmax(14rem, 4fr)",
    narrow: "minmax(6rem, 1fr)",
    cell: (row) => (
      <span class="record-what">
        <Way direction={row.direction} />
        <InertText coded={row.type !== "message"} text={whatOf(row)} line />
      </span>
    ),
  },
  { key: "user", title: "User", width: "minmax(5rem, 1fr)", cell: ({ user }) => inert(user) },
  { key: "session", title: "Session", width: "minmax(7rem, 1fr)", cell: ({ session }) => inert(session) },
  { key: "address", title: "Address", width: "minmax(6rem, 1fr)", cell: ({ address }) => inert(address) },
  { key: "route", title: "Route", width: "minmax(4rem, 1fr)", cell: ({ route }) => inert(route) },
];
