import type { KeyPath, Position } from "../guards/located-document.ts";

export type { KeyPath, Position } from "../guards/located-document.ts";

/** One mistake in a configuration, with everything that is needed to mend it. Never holds a secret. */
export interface Problem extends Position {
  /** The file it stands in; `null` for the command line. */
  readonly file: string | null;
  /** Such as `routes[0].origin.allow`; on the command line the flag, such as `--origin`. */
  readonly path: string;
  /** What stands there; the whole sentence when `expected` is empty. */
  readonly found: string;
  readonly expected: string;
  /** What to write instead; empty where nothing better than `expected` is known. */
  readonly mend: string;
  /** The problem is that something could not be reached, not that it is wrong: exit code 3. */
  readonly unreachable?: boolean;
}

/** A key path as an operator writes it: `routes[0].origin.allow`. */
export function formatPath(path: KeyPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

/** A key path without list positions, as the reference writes it: `routes[].origin.allow`. */
export function formatPattern(path: KeyPath): string {
  return formatPath(path).replaceAll(/\[\d+\]/g, "[]");
}

const MAX_SHOWN = 80;

/** What a value is, in words short enough for one line: `the string "https://x"`, `a list`, `nothing`. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "string") return `the string ${shorten(JSON.stringify(value))}`;
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a mapping";
  return `the ${typeof value} ${shorten(JSON.stringify(value) ?? "")}`;
}

function shorten(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
}

/**
 * One problem in one line:
 * `sallyport.yaml:12:5 routes[0].origin.allow: expected a list of origins, found the string "https://x". Write: …`.
 */
export function renderProblem(problem: Problem): string {
  const position = problem.line === 0 ? "" : `:${problem.line}:${problem.column}`;
  const after = position === "" && problem.path === "" ? ":" : "";
  const place = problem.file === null ? "" : `${problem.file}${position}${after} `;
  const path = problem.path === "" ? "" : `${problem.path}: `;
  const what =
    problem.expected === "" ? problem.found : `expected ${problem.expected}, found ${problem.found}`;
  const mend = problem.mend === "" ? "" : `${what.endsWith(".") ? "" : "."} ${problem.mend}`;
  // A value may hold any character: a problem stays one line and moves no cursor.
  // eslint-disable-next-line no-control-regex
  return `${place}${path}${what}${mend}`.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}
