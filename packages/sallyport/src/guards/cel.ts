import type { ParseResult } from "@marcbachmann/cel-js";
import { beginEvaluation, createCelEnvironment } from "./cel-environment.ts";
import type { CelIdentity, CelRequest } from "./cel-facts.ts";
import { describeFailure, describeMistake, positionIn } from "./cel-failure.ts";
import { CelGate } from "./cel-gate.ts";
import { resolvePath, type ListPath } from "./cel-tree.ts";

/** Characters of one expression: as many as fit on a screen, and no stack overflows in the parser. */
const MAX_CHARACTERS = 4096;
/** Elements that a list macro may go through; a longer list is an error, which refuses. */
export const MAX_LIST_ELEMENTS = 1000;

/** What an expression is evaluated over. One object may serve a whole connection, with `message` changed in between. */
export interface CelVariables {
  readonly identity: CelIdentity;
  readonly request: CelRequest;
  /** A message as JSON; absent at the handshake. */
  message?: unknown;
}

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

const environment = createCelEnvironment();

/**
 * Compiles a condition written in CEL. Refuses what does not parse, what is not a condition, names and functions that do
 * not exist, and whatever could run long: list macros inside each other or over anything but a path, patterns outside RE2
 * or not in the rule, and what a macro would do to the whole message for every element.
 */
export function compileCel(text: string): CelResult {
  if (text.length > MAX_CHARACTERS)
    return refused([`it has ${text.length} characters: at most ${MAX_CHARACTERS} are accepted`]);
  const parsed = parse(text);
  if ("problem" in parsed) return refused([parsed.problem]);
  const { refusals, variables, lists } = CelGate.inspect(parsed.result.ast, environment);
  if (refusals.length > 0)
    return refused(refusals.map(({ at, message }) => `at ${positionIn(text, at)}: ${message}`));
  const { valid, type, error } = parsed.result.check();
  if (!valid) return refused([describeMistake(text, error)]);
  if (type !== "bool" && type !== "dyn")
    return refused([`at 1:1: it is of the type ${type}: write a condition, which is true or false`]);
  const { result } = parsed;
  return {
    ok: true,
    expression: {
      readsMessage: variables.has("message"),
      evaluate: (given) => evaluate({ text, result, lists }, given),
    },
  };
}

function refused(problems: readonly string[]): CelResult {
  return { ok: false, problems };
}

function parse(text: string): { readonly result: ParseResult } | { readonly problem: string } {
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
}

function evaluate({ text, result, lists }: Compiled, variables: CelVariables): CelAnswer {
  for (const path of lists)
    if (isTooLong(resolvePath(path, variables)))
      return { why: `\`${path.join(".")}\` has more than ${MAX_LIST_ELEMENTS} elements` };
  beginEvaluation();
  try {
    const value: unknown = result(variables);
    return typeof value === "boolean" ? value : { why: "it is neither true nor false" };
  } catch (error) {
    return { why: describeFailure(text, error) };
  }
}

function isTooLong(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > MAX_LIST_ELEMENTS;
  return typeof value === "object" && value !== null && Object.keys(value).length > MAX_LIST_ELEMENTS;
}
