import { existsSync } from "node:fs";
import { join } from "node:path";
import { errors, type ErrorCode } from "../errors.ts";
import { builtInGuards } from "../policy/built-in-guards.ts";
import { nearest } from "../policy/nearest.ts";
import { createReference, unitExamples, type ReferenceEntry } from "../policy/reference.ts";
import { DEFAULT_CONFIG } from "../policy/run-flags.ts";
import { askAdmin, reportAdminFailure, type AdminAccess } from "./admin-client.ts";
import { shown } from "./table.ts";
import { exitCodes, paint, type Terminal } from "./terminal.ts";

/** Where `explain` asks for an incident. */
export type ExplainOptions = AdminAccess;

/**
 * `sallyport explain KEY|CODE|INCIDENT`: what a key of the configuration does, what an error code means and how to
 * allow it, or why a running gate refused something. Exit code 2 for what is none of these, 3 when the gate cannot
 * be reached.
 */
export async function explain(subject: string, options: ExplainOptions, terminal: Terminal): Promise<number> {
  const entries = createReference(builtInGuards);
  const found = findEntries(subject, entries);
  if (found.length > 0) {
    terminal.out(found.map((entry) => describeEntry(entry, entries, terminal)).join("\n"));
    return exitCodes.done;
  }
  if (isErrorCode(subject)) {
    terminal.out(describeCode(subject, terminal));
    return exitCodes.done;
  }
  const meant = nearest(subject, [...entries.map(shortKey), ...Object.keys(errors)]);
  const namesGate = options.admin !== undefined || options.config !== undefined;
  if (namesGate || (meant === null && INCIDENT.test(subject) && hasConfig(options)))
    return await explainIncident(subject, options, terminal);
  return explainNothing(subject, meant, terminal);
}

/** What the gate makes; a mistyped key is not sent to it. */
const INCIDENT = /^[A-Za-z0-9_-]{12}$/;

function hasConfig({ directory = process.cwd() }: ExplainOptions): boolean {
  return existsSync(join(directory, DEFAULT_CONFIG));
}

/** A key as it is written on a route, or at the top. */
function shortKey({ key }: ReferenceEntry): string {
  return plain(key).replace(/^routes\./, "");
}

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errors, text);
}

/** The entries of a key: its full pattern, or any ending of it (`origin.allow`); list positions do not matter. */
export function findEntries(subject: string, entries: readonly ReferenceEntry[]): readonly ReferenceEntry[] {
  const wanted = subject.replaceAll(/\[\d*\]/g, "").replace(/^defaults\./, "routes.");
  const exact = entries.filter(({ key }) => plain(key) === wanted || plain(key) === `routes.${wanted}`);
  return exact.length > 0 ? exact : entries.filter(({ key }) => plain(key).endsWith(`.${wanted}`));
}

function plain(key: string): string {
  return key.replaceAll("[]", "");
}

function describeEntry(
  entry: ReferenceEntry,
  entries: readonly ReferenceEntry[],
  terminal: Terminal,
): string {
  const below = optionsOf(entry.key, entries);
  const unit = entry.unit === null ? null : (unitExamples[entry.unit] ?? entry.unit);
  const absent = entry.required ? "none: it must be written" : "none";
  const rows: readonly (readonly [string, string | null])[] = [
    ["type", entry.type],
    ["default", entry.default ?? (below.length > 0 && !entry.required ? null : absent)],
    ["unit", unit],
    ["options", below.length === 0 ? null : below.join(", ")],
  ];
  const lines = rows.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(8)} ${value}`]));
  return `${paint(terminal, "bold", entry.key)}\n${entry.description}\n${lines.join("\n")}\n${mendsOf(entry.key)}`;
}

/** The names right below a key. A name may hold dots itself: what stands below another one is that one's. */
function optionsOf(parent: string, entries: readonly ReferenceEntry[]): readonly string[] {
  const below = entries.flatMap(({ key }) => {
    const rest = key.startsWith(parent) ? /^(?:\[\])?\.(.+)$/.exec(key.slice(parent.length)) : null;
    return rest?.[1] === undefined ? [] : [rest[1]];
  });
  return below.filter(
    (name) => !below.some((other) => name.startsWith(`${other}.`) || name.startsWith(`${other}[]`)),
  );
}

// What the gate says when this key is the one that stood in the way.
function mendsOf(key: string): string {
  const name = key.replace(/^routes\[\]\./, "");
  const mends = Object.entries(errors).filter(([, { mend }]) => mend.includes(`\`${name}`));
  const lines = mends.map(([code, { message, mend }]) => `  ${code}: ${message} ${mend}\n`);
  return lines.length === 0 ? "" : `  errors\n${lines.map((line) => `  ${line}`).join("")}`;
}

function describeCode(code: ErrorCode, terminal: Terminal): string {
  const { kind, message, mend, status, close, retry } = errors[code];
  const answers = [status === null ? null : `HTTP ${status}`, close === null ? null : `close ${close}`];
  const lines = [
    `  kind     ${kind}`,
    `  answer   ${answers.filter((answer) => answer !== null).join(" or ")}`,
    `  retry    ${retry ? "the peer may come back" : "the peer should not come back as it is"}`,
    `  mend     ${mend}`,
  ];
  return `${paint(terminal, "bold", code)}\n${message}\n${lines.join("\n")}\n`;
}

function explainNothing(subject: string, meant: string | null, terminal: Terminal): number {
  const hint = meant === null ? "" : ` Did you mean \`${meant}\`?`;
  terminal.err(`${JSON.stringify(subject)} is no key of the configuration and no error code.${hint}\n`);
  terminal.err(
    "To look up an incident of a running gate: sallyport explain INCIDENT --config FILE, or --admin HOST:PORT\n",
  );
  return exitCodes.usage;
}

async function explainIncident(
  incident: string,
  options: ExplainOptions,
  terminal: Terminal,
): Promise<number> {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(incident)) {
    terminal.err("expected an incident id, a key or an error code\n");
    return exitCodes.usage;
  }
  const answer = await askAdmin(options, { method: "GET", path: `/incidents/${incident}` });
  if (!answer.ok) return reportAdminFailure(answer, terminal);
  terminal.out(describeIncident(answer.body, terminal));
  return exitCodes.done;
}

const EVENT_FIELDS = [
  "guard",
  "verdict",
  "detail",
  "route",
  "path",
  "origin",
  "address",
  "user",
  "session",
  "direction",
];

function describeIncident(event: Readonly<Record<string, unknown>>, terminal: Terminal): string {
  if (event["type"] === "finding") return describeFinding(event, terminal);
  const code = String(event["code"]);
  const row = isErrorCode(code) ? errors[code] : null;
  const fields = EVENT_FIELDS.filter((field) => typeof event[field] === "string");
  const lines = fields.map((field) => `  ${field.padEnd(9)} ${shown(event[field])}`);
  const allow = row === null ? "" : `  ${"to allow".padEnd(9)} ${row.mend}\n`;
  return `${paint(terminal, "bold", shown(code))}\n${row?.message ?? ""}\n${lines.join("\n")}\n${allow}`;
}

const FINDING_FIELDS = [
  "severity",
  "answer",
  "outcome",
  "detail",
  "route",
  "address",
  "user",
  "session",
  "undoneAt",
];

function describeFinding(event: Readonly<Record<string, unknown>>, terminal: Terminal): string {
  const fields = FINDING_FIELDS.filter((field) => typeof event[field] === "string" && event[field] !== "");
  const lines = fields.map((field) => `  ${field.padEnd(9)} ${shown(event[field])}`);
  const undo = `  ${"to undo".padEnd(9)} sallyport watch undo ${shown(event["incident"])}\n`;
  return `${paint(terminal, "bold", shown(event["detector"]))}\n${shown(event["sentence"])}\n${lines.join("\n")}\n${undo}`;
}
