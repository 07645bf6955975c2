import type { z } from "zod";
import { nearest } from "./nearest.ts";
import { OWN_KEYS } from "./raw-config.ts";
import { describeValue, formatPattern, type KeyPath } from "./problem.ts";

/** A finding about a configuration, before its file position is known. */
export interface Finding {
  readonly path: KeyPath;
  readonly found: string;
  readonly expected: string;
  readonly mend: string;
  /** Points at the key rather than at its value. */
  readonly atKey?: boolean;
  readonly unreachable?: boolean;
}

/** What is needed to word a schema's issues for an operator. */
export interface IssueContext {
  /** What stands in the file at a path, before anything was substituted: no secret. */
  readonly valueAt: (path: KeyPath) => unknown;
  /** The keys that may stand in the mapping at a pattern such as `routes[].origin`. */
  readonly keysAt: (pattern: string) => readonly string[];
}

type Issue = z.core.$ZodIssue;

/** The message of an issue to which the schema gave no words of its own; passed as the parse's error map. */
export const UNWORDED = "\u0000";

const IDENTITY_MEND =
  "Write `identity: anonymous` if nobody needs to be known, or `identity: { jwt: { issuer: …, audience: …, jwks: … } }`";

const MISSING_MENDS: Readonly<Record<string, string>> = {
  version: "Write: version: 1",
  listen: "Write: listen: [{ address: 127.0.0.1:8443, tls: development }]",
  routes: "Write: routes: [{ path: /, upstream: ws://127.0.0.1:3000, identity: anonymous }]",
  "listen[].address": "Write: address: 127.0.0.1:8443",
  "routes[].path": "Write: path: /",
  "routes[].upstream": "Write: upstream: ws://127.0.0.1:3000",
  "routes[].identity": IDENTITY_MEND,
  "listen[].tls.certificate":
    "Write: tls: { certificate: cert.pem, key: key.pem }, or: tls: { acme: { domains: [chat.example.com] } }",
  "listen[].tls.acme.domains": "Write: domains: [chat.example.com]",
  "journal.directory": "Write: directory: ./journal",
  "routes[].messageToken.pointer": "Write: pointer: /token",
  "routes[].messageSchema.asyncapi.document": "Write: document: asyncapi.yaml",
  "routes[].permission.otherwise": "Write: otherwise: deny",
  "routes[].permission.rules": "Write: rules: [{ allow: 'message.room in identity.claims.rooms' }]",
};

const ALWAYS_ON: Readonly<Record<string, string>> = {
  origin:
    "It cannot be switched off: list the origins in `origin: { allow: […] }`, or write `origin: { mode: observe }` to record only",
  identity: IDENTITY_MEND,
  messageSize:
    "It cannot be switched off: raise its limits, or write `messageSize: { mode: observe }` to record only",
  subprotocol:
    "It cannot be switched off: leave it out, or write `subprotocol: { mode: observe }` to record only",
};

/** Words the issues of a schema: every one, with what stands there, what was expected and how to mend it. */
export function describeIssues(issues: readonly Issue[], context: IssueContext): readonly Finding[] {
  return issues.flatMap((issue) => describe(issue, [], context));
}

function describe(issue: Issue, prefix: KeyPath, context: IssueContext): readonly Finding[] {
  const path = [...prefix, ...issue.path.map((part) => (typeof part === "symbol" ? String(part) : part))];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey([...path, key], context));
  const value = context.valueAt(path);
  if (issue.code === "invalid_union" && value !== undefined) return describeUnion(issue, path, context);
  return [describeValueIssue(issue, path, value)];
}

function unknownKey(path: KeyPath, context: IssueContext): Finding {
  const key = String(path.at(-1));
  const known = knownKeys(formatPattern(path.slice(0, -1)), context);
  const meant = nearest(key, known);
  return {
    path,
    found: "an unknown key",
    expected: known.length === 0 ? "no key here" : `one of ${known.join(", ")}`,
    mend: meant === null ? "" : `Did you mean \`${meant}\`?`,
    atKey: true,
  };
}

// `defaults` takes what a route takes, but for what makes it a route.
function knownKeys(parent: string, { keysAt }: IssueContext): readonly string[] {
  const keys = keysAt(parent.replace(/^defaults(?=\.|$)/, "routes[]"));
  return parent === "defaults" ? keys.filter((key) => !OWN_KEYS.has(key)) : keys;
}

function describeUnion(
  issue: Extract<Issue, { code: "invalid_union" }>,
  path: KeyPath,
  context: IssueContext,
): readonly Finding[] {
  const branches = issue.errors.filter((branch) => branch.length > 0);
  const fitting = branches.filter((branch) => !branch.some(isWrongFromTheStart));
  const best = fitting.toSorted((left, right) => left.length - right.length)[0];
  if (best !== undefined) return best.flatMap((inner) => describe(inner, path, context));
  const value = context.valueAt(path);
  if (issue.message !== UNWORDED) return [describeValueIssue(issue, path, value)];
  const expected = [...new Set(branches.flatMap((branch) => branch.map(expectedOf)))];
  return [
    { path, found: describeValue(value), expected: expected.join(" or "), mend: mendOf(issue, path, value) },
  ];
}

function isWrongFromTheStart(issue: Issue): boolean {
  const typed =
    issue.code === "invalid_type" || issue.code === "invalid_value" || issue.code === "invalid_union";
  return issue.path.length === 0 && typed;
}

function describeValueIssue(issue: Issue, path: KeyPath, value: unknown): Finding {
  const expected = expectedOf(issue);
  const mend = mendOf(issue, path, value);
  if (expected === "") return { path, found: issue.message, expected, mend };
  return { path, found: describeValue(value), expected, mend };
}

const TYPES: Readonly<Record<string, string>> = {
  array: "a list",
  object: "a mapping",
  record: "a mapping",
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

// Empty when the schema's own words are a whole sentence rather than `expected …`.
function expectedOf(issue: Issue): string {
  if (issue.message !== UNWORDED)
    return issue.message.startsWith("expected ") ? issue.message.slice("expected ".length) : "";
  switch (issue.code) {
    case "invalid_type":
      return TYPES[issue.expected] ?? issue.expected;
    case "invalid_value":
      return [
        ...new Set(issue.values.map((value) => (value === false ? "`off`" : `\`${String(value)}\``))),
      ].join(" or ");
    case "too_small":
      return bound(issue.origin, "at least", Number(issue.minimum));
    case "too_big":
      return bound(issue.origin, "at most", Number(issue.maximum));
    case "invalid_format":
      return issue.format === "url" ? "a URL" : `a string in the form ${issue.format}`;
    case "invalid_union":
      return [...new Set(issue.errors.flatMap((branch) => branch.map(expectedOf)))].join(" or ");
    case "invalid_element":
    case "invalid_key":
    case "not_multiple_of":
    case "unrecognized_keys":
    case "custom":
      return "another value";
    default:
      return unworded(issue);
  }
}

// Reached when the library learns a new kind of issue: still a problem, in few words.
function unworded(_issue: never): string {
  return "another value";
}

function bound(origin: string, words: string, limit: number): string {
  if (origin === "array" || origin === "set")
    return `a list of ${words} ${limit} ${limit === 1 ? "entry" : "entries"}`;
  if (origin === "string") return `a string of ${words} ${limit} ${limit === 1 ? "character" : "characters"}`;
  return `a number of ${words} ${limit}`;
}

function mendOf(issue: Issue, path: KeyPath, value: unknown): string {
  const key = path.findLast((part) => typeof part === "string") ?? "";
  const pattern = formatPattern(path).replace(/^defaults\./, "routes[].");
  if (value === undefined) return MISSING_MENDS[pattern] ?? `Write it: ${key}: …`;
  if (isGuard(pattern) && (value === false || value === "off") && ALWAYS_ON[key] !== undefined)
    return ALWAYS_ON[key];
  if (issue.code === "invalid_type" && issue.expected === "array" && typeof value === "string")
    return `Write: ${key}: [${value.slice(0, 80)}]`;
  if (issue.message === UNWORDED && issue.code === "too_small" && issue.origin === "array")
    return MISSING_MENDS[pattern] ?? `Leave \`${key}\` out, or list what it should hold`;
  return nearestValue(issue, value);
}

function isGuard(pattern: string): boolean {
  return /^routes\[\]\.[A-Za-z]+$/.test(pattern);
}

function nearestValue(issue: Issue, value: unknown): string {
  if (typeof value !== "string") return "";
  const issues = issue.code === "invalid_union" ? issue.errors.flat() : [issue];
  const values = issues.flatMap((inner) => (inner.code === "invalid_value" ? inner.values.map(String) : []));
  const meant = nearest(
    value,
    values.filter((candidate) => candidate !== "false"),
  );
  return meant === null ? "" : `Did you mean \`${meant}\`?`;
}
