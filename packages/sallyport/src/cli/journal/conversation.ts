import type { JournalRecord, MessageRecord } from "../../journal/journal-record.ts";
import type { FoundRecord } from "../../journal/search-journal.ts";
import { errors, type ErrorCode } from "../../errors.ts";
import { printable } from "../printable.ts";
import { paint, type Terminal } from "../terminal.ts";
import { contentLines } from "./content-lines.ts";
import { contentFor, howToSee, type Reading, type Withheld } from "./reading.ts";
import { eventLine, messageLine, recordId } from "./record-line.ts";
import { type DialectChoice, SessionDialect } from "./session-dialect.ts";

/** How a session is shown. */
export interface ConversationOptions {
  readonly reading: Reading;
  readonly terminal: Pick<Terminal, "colour">;
  readonly dialect: (route: string) => DialectChoice;
  /** All of every message. */
  readonly full: boolean;
  /** The incident that was asked for, which is pointed at. */
  readonly incident: string | null;
}

const INDENT = " ".repeat(14);

/**
 * A session as a conversation, record by record in their order: whose it is, how it began, what either side said and what became of
 * it, what was shed between, and how it ended.
 */
export class Conversation {
  readonly #options: ConversationOptions;
  #head = "";
  #day = "";
  #sequence = 0;
  #dialect: SessionDialect | null = null;
  readonly #withheld: Record<Withheld, number> = { role: 0, reason: 0, erased: 0 };

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  /** How many contents were kept and not shown, and why. */
  get withheld(): Readonly<Record<Withheld, number>> {
    return this.#withheld;
  }

  /** The lines of its next record. */
  next(found: FoundRecord): string {
    const { record } = found;
    return [...this.#headLines(record), ...this.#gapLines(record), ...this.#lines(found)]
      .map((line) => `${line}\n`)
      .join("");
  }

  /** Whose it is, where that is told first or has changed, and the day. */
  #headLines(record: JournalRecord): string[] {
    const { terminal } = this.#options;
    const lines: string[] = [];
    const head = headOf(record);
    if (head !== null && head !== this.#head) lines.push(paint(terminal, "bold", head));
    this.#head = head ?? this.#head;
    const day = new Date(record.time).toISOString().slice(0, 10);
    if (day !== this.#day) lines.push(paint(terminal, "dim", day));
    this.#day = day;
    return lines;
  }

  /** Messages have numbers without a gap: what is missing was shed. */
  #gapLines(record: JournalRecord): string[] {
    if (record.type !== "message") return [];
    const missing = record.sequence - this.#sequence - 1;
    this.#sequence = record.sequence;
    if (missing <= 0) return [];
    return [
      `${INDENT}… ${missing} ${missing === 1 ? "message is" : "messages are"} not here: the journal shed them`,
    ];
  }

  #lines(found: FoundRecord): string[] {
    const { record } = found;
    const { terminal, incident } = this.#options;
    if (record.type === "open") this.#speak(record.route).opened(record.subprotocol);
    const time = paint(terminal, "dim", new Date(record.time).toISOString().slice(11, 23));
    const isAsked = incident !== null && Reflect.get(record, "incident") === incident;
    const mark = isAsked ? ` ${paint(terminal, "bold", "◀ this incident")}` : "";
    const what = record.type === "message" ? messageLine(record, terminal) : eventLine(record, terminal);
    const id = record.type === "message" ? ` ${paint(terminal, "dim", recordId(found))}` : "";
    const line = `${time}  ${what}${id}${mark}`;
    const more = record.type === "message" ? this.#content(found, record) : mendLines(record);
    return [line, ...more.map((text) => `${INDENT}${text}`)];
  }

  #content(found: FoundRecord, record: MessageRecord): readonly string[] {
    const { reading, full } = this.#options;
    const { payload, withheld } = contentFor(found, reading);
    const isWhole = payload !== null && record.payload !== "digest";
    const read = this.#speak(record.route).read(record, isWhole ? payload : null);
    if (withheld !== null) {
      this.#withheld[withheld] += 1;
      return [`(kept: ${howToSee(withheld, reading)})`];
    }
    return payload === null ? [] : contentLines({ record, payload, reading: isWhole ? read : null, full });
  }

  #speak(route: string): SessionDialect {
    this.#dialect ??= new SessionDialect(this.#options.dialect(route));
    return this.#dialect;
  }
}

function headOf(record: JournalRecord): string | null {
  if (!("session" in record) || typeof record.session !== "string") return null;
  const { session, route, address, user } = record;
  const parts = [
    `session ${session}`,
    `route ${route}`,
    user === null ? "nobody known" : `user ${user}`,
    `from ${address}`,
  ];
  return parts.map((part) => printable(part, { most: 300 })).join("  ");
}

/** What a code means, and how what it refused is allowed; `null` where it says nothing of the kind. */
export function meaningOf(record: JournalRecord): { readonly message: string; readonly mend: string } | null {
  if (record.type !== "handshake" && record.type !== "decision") return null;
  return isCode(record.code) ? errors[record.code] : null;
}

function mendLines(record: JournalRecord): string[] {
  const meaning = meaningOf(record);
  return meaning === null ? [] : [meaning.message, `to allow: ${meaning.mend}`];
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(errors, code);
}
