import type { VNode } from "preact";
import { useState } from "preact/hooks";

import type {
  ConversationEntry,
  ConversationPage,
  JournalContent,
} from "../../../../sallyport/src/hosts/dashboard/journal-message.ts";
import { ask, READING_MS } from "../../api/ask.ts";
import { useLandmark } from "../../parts/at-head.ts";
import { formatBytes, formatCount, inOne } from "../../parts/format-number.ts";
import { InertText } from "../../parts/inert-text.tsx";
import { Time } from "../../parts/time.tsx";
import { contentLines } from "./content-lines.ts";
import { RecordVerdict, Way } from "./journal-columns.tsx";

/** What {@link ConversationEntryView} shows. */
export interface ConversationEntryProps {
  readonly entry: ConversationEntry;
  /** As it was asked for, and why. */
  readonly subject: string;
  readonly reason: string;
  /** It is what somebody followed a link to. */
  readonly isAsked: boolean;
}

const WITHHELD = {
  role: "kept, and not opened by your role",
  reason: "kept, and shown with a reason",
  erased: "erased",
} as const;

/** One record of a conversation: a message on the side that it came from, or an event between. */
export function ConversationEntryView(props: ConversationEntryProps): VNode {
  const { entry, isAsked } = props;
  const turn = useLandmark<HTMLLIElement>(isAsked);
  const side =
    entry.type !== "message" ? "turn-event" : entry.direction === "inbound" ? "turn-in" : "turn-out";
  return (
    <>
      {entry.missing === 0 ? null : (
        <li class="turn turn-event muted">
          {entry.missing === 1 ? "One message is" : `${formatCount(entry.missing)} messages are`} not here:
          the journal shed {entry.missing === 1 ? "it" : "them"}.
        </li>
      )}
      <li
        ref={turn}
        class={`turn ${side}`}
        aria-current={isAsked ? "true" : undefined}
        tabIndex={isAsked ? -1 : undefined}
      >
        {entry.type === "message" ? <Message {...props} /> : <Event entry={entry} />}
      </li>
    </>
  );
}

function Event({ entry }: { readonly entry: ConversationEntry }): VNode {
  const { verdict, text, at, meaning } = entry;
  return (
    <>
      <p class="turn-head">
        <RecordVerdict verdict={verdict} /> <Time at={at} />
      </p>
      <p>
        <InertText coded text={text} most={600} />
      </p>
      {meaning === null ? null : (
        <p class="turn-meaning">
          <InertText coded most={600} text={meaning.message} />{" "}
          <span class="muted">
            To allow it: <InertText coded most={600} text={meaning.mend} />
          </span>
        </p>
      )}
    </>
  );
}

function Message({ entry, subject, reason }: ConversationEntryProps): VNode {
  const { verdict, direction, sequence, size, name, at, parts, content, withheld, code, incident } = entry;
  const [whole, setWhole] = useState<JournalContent | null>(null);
  const shown = whole ?? content;
  return (
    <>
      <p class="turn-head">
        <Way direction={direction} />
        {verdict === "pass" ? null : <RecordVerdict verdict={verdict} />}
        <span>#{sequence}</span>
        <span>{inOne(formatBytes(size ?? 0))}</span>
        {name === null ? null : <InertText text={name} most={80} />}
        <Time at={at} />
      </p>
      {parts.length === 0 ? null : (
        <p class="turn-parts">
          {parts.map((part, index) => (
            <span key={index} class="tag">
              <InertText text={part} most={80} />
            </span>
          ))}
        </p>
      )}
      {shown === null ? null : <Content content={shown} />}
      {whole === null && content !== null && content.left > 0 ? (
        <button
          type="button"
          class="more"
          onClick={() => void readWhole({ entry, subject, reason }, setWhole)}
        >
          {content.form === "text"
            ? `Read ${formatCount(content.left)} more characters`
            : `Read ${inOne(formatBytes(content.left))} more`}
        </button>
      ) : null}
      {withheld === null ? null : <p class="muted">Content: {WITHHELD[withheld]}</p>}
      {shown === null && withheld === null ? <p class="muted">No content was kept.</p> : null}
      {code === null ? null : (
        <p class="turn-meaning">
          <code>{code}</code>
          {incident === null ? null : (
            <>
              {" "}
              incident <InertText text={incident} most={80} />
            </>
          )}
        </p>
      )}
    </>
  );
}

function Content({ content: { form, text, left, truncated } }: { readonly content: JournalContent }): VNode {
  if (form === "digest")
    return (
      <p class="turn-content">
        Only a digest was kept: <code>{text}</code>
      </p>
    );
  const notes = truncated ? <p class="muted">It was longer than the journal keeps.</p> : null;
  if (form === "bytes")
    return (
      <>
        <pre class="turn-content turn-bytes" tabIndex={0}>
          {text}
        </pre>
        {notes}
      </>
    );
  return (
    <>
      <div class="turn-content" tabIndex={0} role="group" aria-label="What was said">
        <Lines lines={contentLines(text, left === 0)} />
      </div>
      {notes}
    </>
  );
}

const MOST_LINES = 60;

function Lines({ lines }: { readonly lines: readonly string[] }): VNode {
  const [most, setMost] = useState(MOST_LINES);
  return (
    <>
      {lines.slice(0, most).map((line, at) => (
        <div key={at} class="turn-line">
          <InertText text={line} most={600} />
        </div>
      ))}
      {lines.length > most ? (
        <button type="button" class="more" onClick={() => setMost(most + 500)}>
          {formatCount(lines.length - most)} more lines
        </button>
      ) : null}
    </>
  );
}

/** The most that the gate gives of one content. */
const ALL = 1024 * 1024;

async function readWhole(
  { entry, subject, reason }: Pick<ConversationEntryProps, "entry" | "subject" | "reason">,
  set: (content: JournalContent) => void,
): Promise<void> {
  const query = new URLSearchParams({
    limit: "1",
    content: String(ALL),
    cursor: cursorBefore(entry),
    ...(reason && { reason }),
  });
  const path = `/journal/sessions/${encodeURIComponent(subject)}?${query.toString()}`;
  const answer = await ask<ConversationPage>(path, { withinMs: READING_MS });
  const found = answer.ok ? answer.body.entries.find(({ id }) => id === entry.id) : undefined;
  if (found?.content != null) set(found.content);
}

/** Behind which the record comes next. */
function cursorBefore({ id, at }: ConversationEntry): string {
  const [frame = "0", position = "0"] = id.split(":");
  const time = Date.parse(at);
  return Number(position) > 0
    ? `${frame}.${Number(position) - 1}.${time}`
    : `${Number(frame) - 1}.999999999.${time}`;
}
