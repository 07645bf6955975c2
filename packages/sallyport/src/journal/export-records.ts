import { type Buffer, isUtf8 } from "node:buffer";
import type { JournalRecord, MessageRecord } from "./journal-record.ts";
import type { FoundRecord } from "./search-journal.ts";

/** Where a payload stands in an export. */
interface ExportedPayload {
  /** The content, where it is text. */
  readonly text?: string;
  /** The content, where it is not. */
  readonly base64?: string;
}

/**
 * One record as a line of JSON. Nothing in it acts on what reads it: whatever moves a cursor, turns the direction of text, ends a
 * line, or begins a tag is escaped (CWE-150, CWE-79), and the line is the same JSON all the same.
 */
export function toJsonLine({ record, frame, position, payload }: FoundRecord): string {
  const content = payload === null ? {} : { content: exportedPayload(record, payload) };
  return `${inertJson({ frame, position, ...record, ...content })}\n`;
}

/** What acts on a page or a terminal, or hides there. */
const ACTS = /[<>&\u007f]|(?!\n)[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** JSON in ASCII, but for letters and signs of other scripts that do nothing: it may stand in a terminal and in a page. */
export function inertJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(ACTS, escaped);
}

function escaped(text: string): string {
  return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
    .join("");
}

function exportedPayload(record: JournalRecord, payload: Buffer): ExportedPayload {
  const isText = record.type === "message" && record.opcode === "text" && record.payload !== "digest";
  // A payload that was cut may end inside a character.
  return isText && isUtf8(payload) ? { text: payload.toString() } : { base64: payload.toString("base64") };
}

/** One message of a WebSocket as the developer tools of browsers write it. */
interface HarMessage {
  readonly type: "send" | "receive";
  /** Seconds since 1970. */
  readonly time: number;
  readonly opcode: 1 | 2;
  /** Base64 where the opcode is 2. */
  readonly data: string;
}

/** What an archive says of one session. */
interface HarSession {
  readonly facts: Pick<MessageRecord, "session" | "route" | "address">;
  readonly messages: HarMessage[];
}

/** Sessions of an archive are in memory: it holds at most so many bytes of content. */
const MAX_HAR_BYTES = 256 * 1024 * 1024;

/** An archive, or why there is none. */
export type HarMade =
  | { readonly ok: true; readonly har: string }
  | { readonly ok: false; readonly problem: string };

/**
 * Sessions as an HTTP archive (HAR 1.2) with `_webSocketMessages`, which the developer tools of browsers show. What a client sent is
 * `send`. Messages whose content was not kept have none there. It refuses more than 256 MiB of content: ask for fewer.
 *
 * @param found the newest first, as a search finds them
 * @param creator name and version of what makes it
 */
export async function toHar(
  found: AsyncIterable<FoundRecord>,
  creator: { readonly name: string; readonly version: string },
): Promise<HarMade> {
  const sessions = new Map<string, HarSession>();
  let bytes = 0;
  for await (const { record, payload } of found) {
    if (record.type !== "message") continue;
    bytes += 100 + (payload?.length ?? 0);
    if (bytes > MAX_HAR_BYTES)
      return { ok: false, problem: "more than an archive can hold: ask for fewer records" };
    const known = sessions.get(record.session) ?? { facts: record, messages: [] };
    sessions.set(record.session, known);
    known.messages.push(harMessage(record, payload));
  }
  const firstTime = ({ messages }: HarSession): number => messages.at(-1)?.time ?? 0;
  const entries = [...sessions.values()].sort((a, b) => firstTime(a) - firstTime(b)).map(harEntry);
  return { ok: true, har: `${inertJson({ log: { version: "1.2", creator, pages: [], entries } }, 2)}\n` };
}

function harMessage(record: MessageRecord, payload: Buffer | null): HarMessage {
  const isText = record.opcode === "text" && record.payload !== "digest";
  return {
    type: record.direction === "inbound" ? "send" : "receive",
    time: record.time / 1000,
    opcode: isText ? 1 : 2,
    data: payload?.toString(isText ? "utf8" : "base64") ?? "",
  };
}

function harEntry({ facts, messages }: HarSession): object {
  const inOrder = messages.toReversed();
  const first = inOrder[0]?.time ?? 0;
  const last = inOrder.at(-1)?.time ?? first;
  const nothing = { httpVersion: "HTTP/1.1", cookies: [], headers: [], headersSize: -1, bodySize: -1 };
  return {
    startedDateTime: new Date(first * 1000).toISOString(),
    time: Math.round((last - first) * 1000),
    request: { method: "GET", url: `wss://sallyport.invalid${facts.route}`, queryString: [], ...nothing },
    response: {
      status: 101,
      statusText: "Switching Protocols",
      redirectURL: "",
      content: { size: 0, mimeType: "x-unknown" },
      ...nothing,
    },
    cache: {},
    timings: { send: 0, wait: 0, receive: 0 },
    comment: `session ${facts.session} from ${facts.address}`,
    _resourceType: "websocket",
    _webSocketMessages: inOrder,
  };
}
