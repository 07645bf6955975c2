import { isUtf8 } from "node:buffer";
import { inertJson } from "../../journal/export-records.ts";
import { printable } from "../printable.ts";
import { paint, type Style, type Terminal } from "../terminal.ts";
import type { ReplayEnd } from "./replay-client.ts";
import type { ComparedMessage, HeldMessage, ReplayComparison } from "./replay-comparison.ts";
import type { ReplayPlan } from "./replay-plan.ts";

/** What came of a replay. */
export interface ReplayResult {
  readonly plan: ReplayPlan;
  readonly end: ReplayEnd;
  /** Messages of the client. */
  readonly sent: number;
  /** Replies that came then did not come in time, so that nothing waited for them any more. */
  readonly hurried: boolean;
  readonly counts: ReplayComparison["counts"];
}

const WORDS: Readonly<Record<ComparedMessage["result"], readonly [Style, string]>> = {
  same: ["dim", "same"],
  alike: ["dim", "as long"],
  differs: ["yellow", "differs"],
  missing: ["red", "missing"],
  more: ["yellow", "more"],
};
const MOST_SHOWN = 200;
const MOST_BYTES = 48;

/** A reply in a line, and in two more where it is not the one of then. */
export function replyLines(
  { nth, result, where, recorded, received }: ComparedMessage,
  terminal: Pick<Terminal, "colour">,
): string {
  const [style, word] = WORDS[result];
  const held = received ?? recorded;
  const what = held === null ? "" : `${held.binary ? "binary" : "text"}, ${held.size} bytes`;
  const places = where.length === 0 ? "" : `  at ${printable(where.join(" "), { most: MOST_SHOWN })}`;
  const head = `#${nth} ${paint(terminal, style, word)}  ${what}${places}\n`;
  if (result === "same" || result === "alike") return head;
  return `${head}${side("then", recorded)}${side("now ", received)}`;
}

function side(name: string, message: HeldMessage | null): string {
  return message === null ? "" : `    ${name}  ${content(message)}\n`;
}

function content({ binary, bytes, size, digest }: HeldMessage): string {
  if (bytes === null)
    return digest === null ? `(${size} bytes, not kept)` : `(${size} bytes, SHA-256 ${digest})`;
  if (!binary && isUtf8(bytes)) return printable(bytes.toString(), { most: MOST_SHOWN });
  const more = bytes.length > MOST_BYTES ? `… (${bytes.length - MOST_BYTES} bytes more)` : "";
  return `${bytes.subarray(0, MOST_BYTES).toString("hex")}${more}`;
}

/** A reply as a line of JSON. */
export function replyJson({ recorded, received, ...compared }: ComparedMessage): string {
  return `${inertJson({ type: "reply", ...compared, recorded: exported(recorded), received: exported(received) })}\n`;
}

function exported(message: HeldMessage | null): object | null {
  if (message === null) return null;
  const { binary, bytes, size, digest } = message;
  const isText = bytes !== null && !binary && isUtf8(bytes);
  const shown =
    bytes === null ? {} : isText ? { text: bytes.toString() } : { base64: bytes.toString("base64") };
  return { opcode: binary ? "binary" : "text", size, sha256: digest, ...shown };
}

/** What came of it, as a line of JSON: the last one. */
export function resultJson({ plan, end, sent, hurried, counts }: ReplayResult): string {
  const { messages, whole, refused, replies, missing, closed } = plan;
  const recorded = { messages, whole, refused, replies, closeCode: closed?.closeCode ?? null };
  return `${inertJson({ type: "summary", sent, replies: counts, hurried, closeCode: end.code, problem: end.problem, recorded, missing })}\n`;
}

/** What came of it, in words. */
export function resultLines(
  { plan, end, sent, hurried, counts }: ReplayResult,
  terminal: Pick<Terminal, "colour">,
): string {
  const { same, alike, differs, missing, more } = counts;
  const compared = [
    `${same} the same`,
    ...(alike > 0 ? [`${alike} as long as then, of which no more was kept`] : []),
    ...(differs > 0 ? [paint(terminal, "yellow", `${differs} otherwise`)] : []),
    ...(missing > 0 ? [paint(terminal, "red", `${missing} missing`)] : []),
    ...(more > 0 ? [paint(terminal, "yellow", `${more} more than then`)] : []),
  ].join(", ");
  const lines = [
    `${sent} of ${plan.messages} messages sent${plan.refused > 0 ? `, ${plan.refused} of which were refused then` : ""}; of the replies ${compared}`,
    ...plan.missing,
    ...(hurried
      ? ["the server did not say in time what it said then: from there on nothing waited for it (--patience)"]
      : []),
    `closed with ${end.code}${end.problem === null ? "" : `: ${printable(end.problem)}`}${plan.closed === null ? "" : `, then with ${plan.closed.closeCode} by the ${plan.closed.closedBy}`}`,
  ];
  return `${lines.join("\n")}\n`;
}
