import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type {
  ConversationEntry,
  ConversationPage,
} from "../../../../sallyport/src/hosts/dashboard/journal-message.ts";
import type { Failure } from "../../api/answer.ts";
import { ask, READING_MS } from "../../api/ask.ts";
import { mayAct } from "../../api/viewer.ts";
import { BusyButton } from "../../parts/busy-button.tsx";
import { formatCount } from "../../parts/format-number.ts";
import { Icon } from "../../parts/icon.tsx";
import { InertText } from "../../parts/inert-text.tsx";
import { FailureNotice, Loading } from "../../parts/notice.tsx";
import { ViewHead } from "../../parts/view-head.tsx";
import { hrefOf, place } from "../../shell/place.ts";
import { ConversationEntryView } from "./conversation-entry-view.tsx";
import { ReasonDialog } from "./reason-dialog.tsx";

const PAGE = 100;

/** A session as a conversation: both sides in their order, and what became of each message. */
export function ConversationPageView({ subject }: { readonly subject: string }): VNode {
  const [pages, setPages] = useState<readonly ConversationPage[]>([]);
  const [reason, setReason] = useState("");
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const turn = useRef(0);
  const load = async (why: string, before: readonly ConversationPage[]): Promise<void> => {
    const mine = ++turn.current;
    setBusy(true);
    setFailure(null);
    const cursor = before.at(-1)?.next ?? "";
    const query = new URLSearchParams({
      limit: String(PAGE),
      ...(cursor && { cursor }),
      ...(why && { reason: why }),
    });
    const answer = await ask<ConversationPage>(
      `/journal/sessions/${encodeURIComponent(subject)}?${query.toString()}`,
      { withinMs: READING_MS },
    );
    if (mine !== turn.current) return;
    setBusy(false);
    if (answer.ok) setPages([...before, answer.body]);
    else setFailure(answer);
  };
  useEffect(() => void load("", []), [subject]);
  const last = pages.at(-1);
  const entries = pages.flatMap((page) => page.entries);
  return (
    <>
      <p class="crumbs">
        <a href={hrefOf("journal", [], { session: last?.session ?? "" })}>
          <Icon name="back" />
          The journal
        </a>
      </p>
      <ViewHead title="Conversation" about={<About entries={entries} page={last} subject={subject} />}>
        {mayAct("investigator") && reason === "" ? (
          <button type="button" class="button button-main" onClick={() => setAsking(true)}>
            Read what was said…
          </button>
        ) : null}
      </ViewHead>
      {failure === null ? null : <FailureNotice failure={failure} again={() => void load(reason, pages)} />}
      <Withheld pages={pages} />
      {pages.length === 0 && busy ? <Loading what="Reading the conversation" /> : null}
      <ol class="conversation" aria-label="Records of the session, in their order">
        {entries.map((entry) => (
          <ConversationEntryView
            key={entry.id}
            entry={entry}
            subject={subject}
            reason={reason}
            isAsked={entry.id === place.value.query["record"] || isIncident(entry, last)}
          />
        ))}
      </ol>
      {last?.next == null ? null : (
        <p class="more-records">
          <BusyButton isBusy={busy} press={() => void load(reason, pages)}>
            What came then
          </BusyButton>
        </p>
      )}
      {isAsking ? (
        <ReasonDialog
          close={() => setAsking(false)}
          give={(why) => {
            setReason(why);
            void load(why, []);
          }}
        />
      ) : null}
    </>
  );
}

function isIncident(entry: ConversationEntry, page: ConversationPage | undefined): boolean {
  return page?.incident != null && entry.incident === page.incident;
}

function About({
  entries: [first],
  page,
  subject,
}: {
  readonly entries: readonly ConversationEntry[];
  readonly page: ConversationPage | undefined;
  readonly subject: string;
}): VNode {
  const id = page?.session ?? subject;
  return (
    <>
      <code>
        <InertText text={id} most={80} />
      </code>
      {first === undefined ? null : (
        <>
          {" "}
          {first.user === null ? "nobody known" : <InertText text={first.user} most={80} />} from{" "}
          {first.address === null ? "somewhere" : <InertText text={first.address} most={80} />}
          {first.route === null ? null : (
            <>
              {" "}
              on <InertText text={first.route} most={80} />
            </>
          )}
        </>
      )}
    </>
  );
}

function Withheld({ pages }: { readonly pages: readonly ConversationPage[] }): VNode | null {
  const count = (why: "role" | "reason" | "erased"): number =>
    pages.reduce((sum, { withheld }) => sum + withheld[why], 0);
  const lines = [
    [count("role"), "your role does not open: sign in as an investigator"] as const,
    [count("reason"), "shown only with a reason"] as const,
    [count("erased"), "erased: their keys are gone"] as const,
  ].filter(([number]) => number > 0);
  if (lines.length === 0) return null;
  return (
    <div class="notice" role="status">
      <div>
        {lines.map(([number, why]) => (
          <p key={why}>
            {formatCount(number)} {number === 1 ? "content is" : "contents are"} {why}.
          </p>
        ))}
      </div>
    </div>
  );
}
