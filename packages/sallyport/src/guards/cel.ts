import type { Environment, ParseResult } from "@marcbachmann/cel-js";
import {
  beginAnew,
  beginEvaluation,
  createCelEnvironment,
  matchedSoFar,
  mayGoThrough,
} from "./cel-environment.ts";
import type { CelEvent } from "./cel-event.ts";
import type { CelIdentity, CelRequest } from "./cel-facts.ts";
import { describeFailure, describeMistake, isFieldOf, positionIn } from "./cel-failure.ts";
import { CelGate, EVENT_VARIABLES, MESSAGE_VARIABLES } from "./cel-gate.ts";
import { findUnknownKinds, type UnknownKind } from "./cel-kinds.ts";
import { celShortcut, type CelShortcut } from "./cel-shortcut.ts";
import { resolvePath, type ListPath } from "./cel-tree.ts";
import { quoted } from "./quoted.ts";

/** Characters of one expression: as many as fit on a screen, and no stack overflows in the parser. */
const MAX_CHARACTERS = 4096;
/** Elements that a list macro may go through; a longer list is an error, which refuses. */
export const MAX_LIST_ELEMENTS = 1000;

/** What an expression is evaluated over. One object may serve a whole connection, with `message` changed in between. */
export interface CelVariables {
  readonly identity: CelIdentity;
  readonly request: CelRequest;
  /** A message as JSON, or a `CelMessage` where the expression was compiled for dialects; absent at the handshake. */
  message?: unknown;
}

/** All that an expression may be evaluated over; which of it there is depends on what the expression is about. */
export type CelScope = Partial<CelVariables> & { readonly event?: CelEvent };

/** What an expression says: a verdict, or why it has none. `why` holds nothing of the message. */
export type CelAnswer = boolean | { readonly why: string };

/** An expression that was accepted. */
export interface CelExpression {
  readonly readsMessage: boolean;
  /** Never throws; whatever is neither true nor false is a reason to refuse. */
  evaluate(variables: CelVariables): CelAnswer;
}

/** An expression, or everything that is wrong with it, each with its place as `line:column`. */
export type CelResult =
  | { readonly ok: true; readonly expression: CelExpression }
  | { readonly ok: false; readonly problems: readonly string[] };

/** What the messages are that an expression is about, where their route has a dialect. */
export interface CelDialects {
  /** Every kind that a part of a message may be of. */
  readonly kinds: ReadonlySet<string>;
}

/** A condition over events, or everything that is wrong with it, each with its place as `line:column`. */
export type CelEventResult =
  | { readonly ok: true; readonly evaluate: (event: CelEvent) => CelAnswer }
  | { readonly ok: false; readonly problems: readonly string[] };

const environments = {
  json: createCelEnvironment("json"),
  part: createCelEnvironment("part"),
  event: createCelEnvironment("event"),
};

/**
 * Compiles a condition written in CEL. Refuses what does not parse, what is not a condition, names and functions that do
 * not exist, and whatever could run long: list macros inside each other or over anything but a path, patterns outside RE2
 * or not in the rule, and what a macro would do to the whole message for every element.
 *
 * @param dialects of the route: then `message` is a part of a message, and only its fields and their kinds are known
 */
export function compileCel(text: string, dialects: CelDialects | null = null): CelResult {
  const about = dialects === null ? "json" : "part";
  const result = compile(text, about, dialects);
  if (!result.ok) return result;
  const { compiled, variables } = result;
  return {
    ok: true,
    expression: {
      readsMessage: variables.has("message"),
      evaluate: (given) => evaluate(compiled, given),
    },
  };
}

/** Compiles a condition over an `event`, by the same rules. Unknown fields are errors. */
export function compileEventCel(text: string): CelEventResult {
  const result = compile(text, "event", null);
  if (!result.ok) return result;
  const { compiled } = result;
  return { ok: true, evaluate: (event) => evaluate(compiled, { event }) };
}

type Compilation =
  | { readonly ok: true; readonly compiled: Compiled; readonly variables: ReadonlySet<string> }
  | { readonly ok: false; readonly problems: readonly string[] };

function compile(text: string, about: keyof typeof environments, dialects: CelDialects | null): Compilation {
  if (text.length > MAX_CHARACTERS)
    return refused([`it has ${text.length} characters: at most ${MAX_CHARACTERS} are accepted`]);
  const environment = environments[about];
  const parsed = parse(text, environment);
  if ("problem" in parsed) return refused([parsed.problem]);
  const strangers = dialects === null ? [] : findUnknownKinds(parsed.result.ast, dialects.kinds);
  if (dialects !== null && strangers.length > 0)
    return refused(strangers.map((stranger) => describeStranger(text, stranger, dialects)));
  const known = about === "event" ? EVENT_VARIABLES : MESSAGE_VARIABLES;
  const { refusals, variables, lists } = CelGate.inspect(parsed.result.ast, environment, known);
  if (refusals.length > 0)
    return refused(refusals.map(({ at, message }) => `at ${positionIn(text, at)}: ${message}`));
  const { valid, type, error } = parsed.result.check();
  if (!valid) {
    const inPart = dialects !== null && isFieldOf("message", text, error);
    return refused([describeMistake(text, error) + (inPart ? FIELDS_OF_PARTS : "")]);
  }
  if (type !== "bool" && type !== "dyn")
    return refused([`at 1:1: it is of the type ${type}: write a condition, which is true or false`]);
  const { result } = parsed;
  return { ok: true, compiled: { text, result, lists, shortcut: celShortcut(result.ast) }, variables };
}

function refused(problems: readonly string[]): { readonly ok: false; readonly problems: readonly string[] } {
  return { ok: false, problems };
}

/** The library says which field there is none of; this says which there are. */
const FIELDS_OF_PARTS = ": a message of the route has `kind`, `name`, `id` and `data`";

function describeStranger(text: string, { at, kind }: UnknownKind, { kinds }: CelDialects): string {
  return `at ${positionIn(text, at)}: no message of the route is of the kind ${quoted(kind)}: there are ${[...kinds].join(", ")}`;
}

function parse(
  text: string,
  environment: Environment,
): { readonly result: ParseResult } | { readonly problem: string } {
  try {
    return { result: environment.parse(text) };
  } catch (error) {
    return { problem: describeMistake(text, error) };
  }
}

interface Compiled {
  readonly text: string;
  readonly result: ParseResult;
  readonly lists: readonly ListPath[];
  readonly shortcut: CelShortcut | null;
}

function evaluate({ text, result, lists, shortcut }: Compiled, variables: CelScope): CelAnswer {
  for (const path of lists) {
    const elements = lengthOf(resolvePath(path, variables));
    if (elements > MAX_LIST_ELEMENTS)
      return { why: `\`${path.join(".")}\` has more than ${MAX_LIST_ELEMENTS} elements` };
    if (!mayGoThrough(elements))
      return { why: "all that is asked about it would go through too many elements of lists" };
  }
  beginEvaluation();
  const known = shortcut === null ? undefined : evaluateShort(shortcut, variables);
  if (known !== undefined) return known;
  try {
    const value: unknown = result(variables);
    return typeof value === "boolean" ? value : { why: "it is neither true nor false" };
  } catch (error) {
    return { why: describeFailure(text, error) };
  }
}

/** What the short way says; `undefined` where it does not know, and then it was never gone. */
function evaluateShort(shortcut: CelShortcut, variables: CelScope): boolean | undefined {
  const before = matchedSoFar();
  try {
    const value = shortcut(variables);
    if (typeof value === "boolean") return value;
  } catch {
    // Its patterns have looked at too much: the library will say where.
  }
  beginAnew(before);
  return undefined;
}

function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return typeof value === "object" && value !== null ? Object.keys(value).length : 0;
}
