import type { MessageFacts, SessionFacts } from "../journal/journal-record.ts";
import type { JournalSession } from "../journal/journal-session.ts";
import type { Guard } from "../guards/guard.ts";
import type { Route } from "../policy/policy.ts";
import { opcode as opcodes } from "../protocol/opcode.ts";
import type { MessageSink, RecordedMessage } from "../session/message-record.ts";
import { PAYLOAD_BYTES } from "../journal/ring-layout.ts";
import type { GateJournal } from "./gate-journal.ts";

/** Characters of a message's name that are kept. A dialect has bounds of its own, but `json` takes what stands at a pointer. */
const MAX_NAME = 256;

/** What the messages of a connection are recorded with. */
export interface SessionJournalOptions {
  readonly journal: Pick<GateJournal, "room" | "count" | "wait">;
  readonly route: Route;
  /** Wall clock, milliseconds since 1970. */
  readonly wallNow: () => number;
}

/** What is kept of contents, under one route. */
interface Keeping {
  readonly payloads: "none" | "digest" | "redacted" | "full";
  readonly sample: number;
  readonly conceal: NonNullable<Guard["conceal"]> | null;
  /** `null`: messages carry no credentials of their own. */
  readonly hideCredential: NonNullable<Guard["hideCredential"]> | null;
}

/** The message that is told, always the same object: a journal keeps none of what it is given. */
const told: { -readonly [Field in keyof MessageFacts]: MessageFacts[Field] } = {
  time: 0,
  direction: "inbound",
  opcode: "text",
  size: 0,
  verdict: "pass",
};

/** Records the messages of one connection, with what its route says of their contents. */
export class SessionJournal implements MessageSink {
  readonly #session: JournalSession;
  readonly #options: SessionJournalOptions;
  #keeping: Keeping;

  constructor(session: JournalSession, options: SessionJournalOptions) {
    this.#session = session;
    this.#options = options;
    this.#keeping = keepingOf(options.route);
  }

  /** From now on it is recorded as another policy says. */
  follow(facts: SessionFacts, route: Route): void {
    this.#keeping = keepingOf(route);
    this.#inOrder(() => {
      this.#session.follow(facts);
    });
  }

  keepsNext(): boolean {
    const { payloads, sample } = this.#keeping;
    return payloads !== "none" && (sample >= 1 || Math.random() < sample);
  }

  take(message: RecordedMessage): Promise<void> | null {
    const { journal } = this.#options;
    const facts = this.#factsOf(message);
    if (journal.room === null && journal.count(this.#session.message(facts)) !== "full") return null;
    const kept = withOwnContent(facts);
    return journal.wait(() => this.#session.message(kept));
  }

  /** The connection is over. */
  end(): void {
    this.#inOrder(() => {
      this.#session.end();
    });
  }

  /** Behind what waits, if anything does. */
  #inOrder(act: () => void): void {
    const { journal } = this.#options;
    if (journal.room === null) return act();
    void journal.wait(() => {
      act();
      return "done";
    });
  }

  #factsOf({
    direction,
    opcode,
    size,
    verdict,
    name,
    code,
    incident,
    content,
  }: RecordedMessage): MessageFacts {
    const isText = opcode === opcodes.text;
    told.time = this.#options.wallNow();
    told.direction = direction;
    told.opcode = isText ? "text" : "binary";
    told.size = size;
    told.verdict = verdict;
    told.name = name === null || name.length <= MAX_NAME ? name : name.slice(0, MAX_NAME);
    told.code = code ?? undefined;
    told.incident = incident ?? undefined;
    told.payload = content === null ? undefined : this.#payloadOf(content, told);
    return told;
  }

  #payloadOf(
    came: Uint8Array,
    { direction, opcode }: Pick<MessageFacts, "direction" | "opcode">,
  ): MessageFacts["payload"] {
    const { payloads, conceal, hideCredential } = this.#keeping;
    if (payloads === "none") return undefined;
    // Of a digest nobody makes the content.
    if (payloads === "digest") return { kind: payloads, bytes: came };
    const isText = opcode === "text";
    // Whatever may be read of contents, credentials are none of it.
    const content = hideCredential === null || direction !== "inbound" ? came : hideCredential(came, isText);
    if (content === null) return undefined;
    if (payloads === "full") return { kind: payloads, bytes: content };
    const bytes = conceal?.(content, isText) ?? null;
    return bytes === null ? undefined : { kind: "redacted", bytes };
  }
}

function keepingOf({ journal, guards }: Route): Keeping {
  const { payloads, sample } = journal ?? { payloads: "none", sample: 1 };
  const guard = payloads === "redacted" ? guards.find((one) => "conceal" in one) : undefined;
  const conceal: Keeping["conceal"] =
    guard === undefined ? null : (content, isText) => guard.conceal?.(content, isText) ?? null;
  const asked = guards.find((one) => "hideCredential" in one);
  const hideCredential: Keeping["hideCredential"] =
    asked === undefined ? null : (content, isText) => asked.hideCredential?.(content, isText) ?? null;
  // Without anything that hides values, no content is kept.
  const kept = payloads === "redacted" && conceal === null ? "none" : payloads;
  return { payloads: kept, sample, conceal, hideCredential };
}

/** By the byte beyond what is kept the record says that it was cut. */
const MAX_WAITING_CONTENT = PAYLOAD_BYTES + 1;

/** What waits outlives the call, and with it the memory of the lane. */
function withOwnContent(facts: MessageFacts): MessageFacts {
  const { payload } = facts;
  if (payload === undefined) return { ...facts };
  return {
    ...facts,
    payload: { kind: payload.kind, bytes: new Uint8Array(payload.bytes.subarray(0, MAX_WAITING_CONTENT)) },
  };
}
