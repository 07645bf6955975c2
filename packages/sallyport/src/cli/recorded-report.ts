import { inertJson } from "../journal/export-records.ts";
import { printable } from "./printable.ts";
import type { RecordedChange, RecordedCounts, RecordedTally } from "./recorded-changes.ts";
import type { TrafficFindings } from "./recorded-traffic.ts";
import { renderTable } from "./table.ts";
import { paint, type Style, type Terminal } from "./terminal.ts";

/** Everything that came of playing recorded traffic. */
export interface RecordedResult {
  readonly tally: Pick<RecordedTally, "routes">;
  readonly findings: Readonly<TrafficFindings>;
  /** What the policy could not be judged by. */
  readonly notes: Iterable<string>;
}

const WORDS: Readonly<Record<RecordedChange["change"], readonly [Style, string]>> = {
  refused: ["red", "refused now"],
  "no-longer-refused": ["green", "no longer refused"],
  replaced: ["yellow", "changed now"],
};
const WIDTH = Math.max(...Object.values(WORDS).map(([, word]) => word.length));
const MOST_DETAIL = 300;

/** A change in one line. */
export function changeLine(change: RecordedChange, terminal: Pick<Terminal, "colour">): string {
  const [style, word] = WORDS[change.change];
  const { what, session, sequence, time, direction, user, address, code, detail } = change;
  const who = `${user ?? "nobody known"} at ${address}`;
  const subject =
    what === "message"
      ? `message ${sequence}, ${direction}`
      : what === "handshake"
        ? "handshake"
        : "connection";
  const where = [...(session === null ? [] : [`session ${session}`]), subject].join(" ");
  const why = detail === "" ? (code ?? "") : `${code}: ${detail.split("\n", 1)[0]}`;
  const at = paint(terminal, "dim", new Date(time).toISOString());
  const text = printable(`${where}, ${who}  ${why}`, { most: MOST_DETAIL });
  return `${paint(terminal, style, word.padEnd(WIDTH))}  ${at}  ${text}\n`;
}

/** A change as a line of JSON. */
export function changeJson({ time, ...change }: RecordedChange): string {
  return `${inertJson({ type: "change", time: new Date(time).toISOString(), ...change })}\n`;
}

/** What was counted, as a line of JSON: the last one. */
export function resultJson({ tally, findings, notes }: RecordedResult): string {
  const routes = Object.fromEntries(tally.routes);
  const ok = sumOf(tally, "refused") === 0;
  return `${inertJson({ type: "summary", ok, routes, journal: findings, notes: [...notes] })}\n`;
}

/** What was counted, in words. */
export function resultText({ tally, findings, notes }: RecordedResult, terminal: Terminal): string {
  const heads = [
    "route",
    "sessions",
    "handshakes",
    "messages",
    "refused now",
    "still refused",
    "no longer refused",
    "changed now",
  ];
  const rows = [...tally.routes].map(([route, counts]) => [
    route,
    counts.sessions,
    counts.handshakes,
    counts.messages,
    counts.refused,
    counts.stillRefused,
    counts.noLongerRefused,
    counts.replaced,
  ]);
  const told = [...unjudged(tally, findings), ...notes].map(
    (note) => `${paint(terminal, "dim", "·")} ${printable(note)}\n`,
  );
  const refused = sumOf(tally, "refused");
  const last =
    refused === 0
      ? paint(terminal, "green", "nothing that passed then is refused now")
      : paint(terminal, "red", `${refused} refused now that passed then`);
  return `${renderTable(heads, rows, terminal)}\n${told.join("")}${last}\n`;
}

/** How much of one thing there was on all routes. */
export function sumOf({ routes }: Pick<RecordedTally, "routes">, what: keyof RecordedCounts): number {
  return [...routes.values()].reduce((sum, counts) => sum + counts[what], 0);
}

/** What could not be judged, how much of it there was, and why. */
export function unjudged(tally: Pick<RecordedTally, "routes">, findings: TrafficFindings): readonly string[] {
  const counted: readonly (readonly [what: string, count: number, why: string])[] = [
    [
      "messages that come after their connection would have been refused or ended",
      sumOf(tally, "cutOff"),
      "",
    ],
    [
      "messages judged by size and rate alone",
      sumOf(tally, "notOnContent"),
      "their content, or that of what was said before, was not kept, is erased, or your key does not open it",
    ],
    ["messages judged as `leak` had cut them", sumOf(tally, "redacted"), "and not by `leak`"],
    [
      "connections that began before what was read",
      sumOf(tally, "partial"),
      "their handshakes were not judged; nor, where those are not in the journal, their messages by who sent them",
    ],
    [
      "connections not judged by rules that read claims",
      sumOf(tally, "withoutClaims"),
      "those of their users are not in --claims",
    ],
    [
      "handshakes not judged",
      sumOf(tally, "handshakesNotJudged"),
      "their record does not tell enough, such as who asked",
    ],
    [
      "messages not judged",
      sumOf(tally, "notJudged"),
      "no route of the policy is called as theirs, or they are too long to make up",
    ],
    ["messages missing", sumOf(tally, "shed"), "the journal shed them, and nobody knows what was in them"],
    ["records shed by the journal's own count", findings.shed, ""],
    [
      "connections not seen to end",
      findings.unended,
      "the gate was not there any more, or there were too many at once",
    ],
    ["connections open when the record ends", findings.open, ""],
  ];
  return counted
    .filter(([, count]) => count > 0)
    .map(([what, count, why]) => `${what}: ${count}${why === "" ? "" : ` (${why})`}`);
}
