import type { EventRecord, JournalNote, JournalRecord, MessageRecord } from "../../journal/journal-record.ts";
import type { FoundRecord } from "../../journal/search-journal.ts";
import { printable } from "../printable.ts";
import { paint, type Style, type Terminal } from "../terminal.ts";

/** How a line of a record is written. */
export type LineTerminal = Pick<Terminal, "colour">;

/** A field that a peer could write without end is no longer than this in a line, characters. */
const MOST_FIELD = 200;

/** The name of a record for ever: its frame, and its place there. */
export function recordId({ frame, position }: Pick<FoundRecord, "frame" | "position">): string {
  return `${frame}:${position}`;
}

/** A record as one line: when, which, what came of it, what it was, and whose. */
export function recordLine(found: FoundRecord, terminal: LineTerminal): string {
  const { record } = found;
  const time = new Date(record.time).toISOString();
  const what = record.type === "message" ? messageLine(record, terminal) : eventLine(record, terminal);
  return (
    `${paint(terminal, "dim", `${time} ${recordId(found).padEnd(8)}`)} ${what} ${paint(terminal, "dim", whose(record))}`.trimEnd() +
    "\n"
  );
}

/** A message, without when and whose: which way, what came of it, its size and name, and why it did not pass. */
export function messageLine(record: MessageRecord, terminal: LineTerminal): string {
  const { direction, verdict, opcode, size, name, code, incident, payload, truncated } = record;
  const parts = [
    direction === "inbound" ? "→" : "←",
    paint(terminal, STYLES[verdict] ?? "dim", verdict.padEnd(8)),
    `#${record.sequence} ${opcode} ${size} B`,
    ...(name === null ? [] : [field(name)]),
    ...(payload === "none" ? [] : [`[${payload}${truncated ? ", cut" : ""}]`]),
    ...(code === null ? [] : [field(code)]),
    ...(incident === null ? [] : [`incident ${field(incident)}`]),
  ];
  return parts.join(" ");
}

/** An event, without when and whose: what happened, and what is known of it. */
export function eventLine(record: EventRecord, terminal: LineTerminal): string {
  const [word, style, text] = describe(record);
  return `· ${paint(terminal, style, word.padEnd(8))} ${text}`;
}

/** An event in a word and a sentence, in which nothing acts. */
export function eventWords(event: EventRecord): { readonly word: string; readonly text: string } {
  const [word, , text] = describe(event);
  return { word, text };
}

/** Session, user, address and route, as far as a record has them. */
function whose(record: JournalRecord): string {
  // What the journal tells of itself has its own fields in it.
  if (record.type === "journal") return "";
  const of = (key: string): string | null => {
    const value: unknown = Reflect.get(record, key);
    return typeof value === "string" ? field(value) : null;
  };
  const [session, user, address, route] = [of("session"), of("user"), of("address"), of("route")];
  return [session === null ? null : `[${session}]`, user, address, route]
    .filter((part) => part !== null)
    .join(" ");
}

function field(text: string): string {
  return printable(text, { most: MOST_FIELD });
}

const STYLES: Readonly<Record<string, Style>> = {
  pass: "green",
  report: "yellow",
  observe: "yellow",
  replace: "yellow",
  drop: "red",
  close: "red",
  refuse: "red",
};

type Described = readonly [word: string, style: Style, text: string];

function describe(event: EventRecord): Described {
  switch (event.type) {
    case "handshake":
      return [
        event.verdict,
        STYLES[event.verdict] ?? "red",
        `${event.code} (${event.status}) ${field(event.path)}${pageOf(event.origin)}: ${field(event.detail)} incident ${field(event.incident)}`,
      ];
    case "open":
      return [
        "opened",
        "green",
        `${field(event.path)}${pageOf(event.origin)}${event.subprotocol === null ? "" : ` subprotocol ${field(event.subprotocol)}`}`,
      ];
    case "refresh":
      return ["renewed", "green", event.until === null ? "" : `until ${field(event.until)}`];
    case "decision":
      return [
        event.verdict,
        STYLES[event.verdict] ?? "red",
        `${event.direction === null ? "" : `${event.direction} `}${event.code}: ${field(event.detail)} incident ${field(event.incident)}`,
      ];
    case "closed":
      return [
        "closed",
        "bold",
        `${event.closeCode} by the ${event.closedBy}, ${event.inbound.messages} messages in, ${event.outbound.messages} out, ${(event.durationMs / 1000).toFixed(1)} s`,
      ];
    case "admin":
      return [
        "admin",
        event.status < 400 ? "bold" : "red",
        `${field(event.method)} ${field(event.path)} by ${event.name === null ? "nobody known" : `${field(event.name)} (${event.role})`}: ${event.status}, ${field(event.detail)}`,
      ];
    case "finding":
      return [
        "noticed",
        event.severity === "low" ? "yellow" : "red",
        `${field(event.detector)} (${event.severity}): ${field(event.sentence)}${event.detail === "" ? "" : `; ${field(event.detail)}`} incident ${field(event.incident)}`,
      ];
    case "gate":
      return [
        "gate",
        event.level === "info" ? "dim" : event.level === "warn" ? "yellow" : "red",
        `${field(event.message)}${event.detail === undefined ? "" : `: ${field(event.detail)}`}`,
      ];
    case "journal":
      return ["journal", "bold", noteText(event)];
    default:
      return ["unknown", "yellow", field(JSON.stringify(event satisfies never))];
  }
}

function pageOf(origin: string | null): string {
  return origin === null ? "" : ` from page ${field(origin)}`;
}

/** What the journal tells of itself. Its fields say it: another version may know others. */
function noteText({ type: _type, what, ...rest }: JournalNote & { readonly time: number }): string {
  const { time: _time, ...fields } = rest;
  const known = Object.entries(fields).filter(([, value]) => value !== null);
  const facts = known.map(([key, value]) => `${key} ${timeOrText(key, value)}`);
  return [what, ...facts].join(", ");
}

function timeOrText(key: string, value: unknown): string {
  const isTime = (key === "from" || key === "to") && typeof value === "number";
  return isTime
    ? new Date(value).toISOString()
    : field(typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
}
