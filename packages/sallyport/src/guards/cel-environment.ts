import { Environment, EvaluationError, type ASTNode } from "@marcbachmann/cel-js";
import { RE2JS } from "re2js";
import { CelEvent, CelLane } from "./cel-event.ts";
import { CelIdentity, CelRequest } from "./cel-facts.ts";
import { CelMessage } from "./cel-message.ts";
import { linearPattern } from "./linear-pattern.ts";

/**
 * Lists and maps inside each other that a value may be before the library is asked what its type is: at five there are some
 * 300 shapes, and it keeps a type for each.
 */
const MAX_OPERAND_DEPTH = 5;
/**
 * Characters that the patterns of one evaluation may look at, together: RE2 in JavaScript takes about 0.4 µs for each, so
 * this is some 7 ms.
 */
export const MAX_MATCHED_CHARACTERS = 16_384;

/** Names that the gate puts in place of the author's; no author may write them. */
export const internalNames = {
  /** Passes a value whose type is cheap to tell; anything deeper is an error. */
  operand: "sallyportOperand",
  /** Passes a string, number, boolean or null; a list or a map is an error. */
  scalar: "sallyportScalar",
  matches: "sallyportMatches",
  lowerAscii: "sallyportLowerAscii",
} as const;

/** What a macro is given, of which only this is used. */
interface MacroCall {
  readonly args: readonly ASTNode[];
}
interface Checker {
  check(node: ASTNode | undefined, context: unknown): unknown;
}
interface Runner {
  run(node: ASTNode | undefined, context: unknown): unknown;
}

/** The same for all evaluations about one message: a message may have a thousand parts, and a route a hundred rules. */
export const MAX_MATCHED_TOGETHER = 131_072;
/** List elements that all evaluations about one message may go through, together: some 0.4 µs each, so this is some 40 ms. */
export const MAX_ELEMENTS_TOGETHER = 100_000;

const patterns = new Map<string, { test(text: string): boolean }>();
let matchedCharacters = 0;
// Nothing is too much before a judgement has begun.
let matchedTogether = Number.NEGATIVE_INFINITY;
let elementsTogether = Number.NEGATIVE_INFINITY;

/** Begins what is asked about one message, or one handshake: what all its evaluations do together is counted from here. */
export function beginJudgement(): void {
  matchedTogether = 0;
  elementsTogether = 0;
}

/** Counts elements that an evaluation is about to go through. Whether it may. */
export function mayGoThrough(elements: number): boolean {
  elementsTogether += elements;
  return elementsTogether <= MAX_ELEMENTS_TOGETHER;
}

/** Begins an evaluation: what its patterns may look at is counted from here. */
export function beginEvaluation(): void {
  matchedCharacters = 0;
}

/** What patterns have looked at so far about this message, for an evaluation that may have to begin anew. */
export function matchedSoFar(): number {
  return matchedTogether;
}

/** Begins an evaluation anew: what its patterns have looked at is not counted. @param before what `matchedSoFar` said then */
export function beginAnew(before: number): void {
  matchedCharacters = 0;
  matchedTogether = before;
}

/** Compiles a pattern for `matches`. Throws what the library says when it is no RE2. */
export function preparePattern(pattern: string): void {
  if (patterns.has(pattern)) return;
  const compiled = RE2JS.compile(pattern);
  patterns.set(pattern, linearPattern(pattern) ?? compiled);
}

/** Whether a pattern that was prepared costs next to nothing. */
export function isCheapPattern(pattern: unknown): boolean {
  return typeof pattern === "string" && patterns.get(pattern) instanceof RegExp;
}

/** Whether a text matches a pattern that was prepared. @throws EvaluationError where patterns have looked at too much */
export function matchesPattern(text: string, pattern: string): boolean {
  matchedCharacters += text.length;
  matchedTogether += text.length;
  if (matchedCharacters > MAX_MATCHED_CHARACTERS || matchedTogether > MAX_MATCHED_TOGETHER)
    throw tooMuch("a pattern is asked about too many characters");
  const compiled = patterns.get(pattern);
  if (compiled === undefined) throw new TypeError("a pattern that was not prepared");
  return compiled.test(text);
}

function tooMuch(message: string, node?: ASTNode): EvaluationError {
  return new EvaluationError({ code: "limit_exceeded", message, ...(node === undefined ? {} : { node }) });
}

/** How deep a value is along its first elements, which is what the library makes a type of, and keeps for ever. */
function isShallow(value: unknown): boolean {
  let current = value;
  for (let depth = 0; depth <= MAX_OPERAND_DEPTH; depth++) {
    if (typeof current !== "object" || current === null) return true;
    current = firstOf(current);
  }
  return false;
}

function firstOf(container: object): unknown {
  if (Array.isArray(container)) return container[0];
  for (const key in container) return Reflect.get(container, key);
  return undefined;
}

function isScalar(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

// A macro that passes its one argument on when it is what it must be. The arguments are read when it runs: the gate puts
// the author's expression there after this was made.
const passing =
  (accepts: (value: unknown) => boolean, complaint: string) =>
  ({ args }: MacroCall): object => ({
    async: false,
    typeCheck: (checker: Checker, _macro: unknown, context: unknown) => checker.check(args[0], context),
    evaluate(runner: Runner, _macro: unknown, context: unknown): unknown {
      const value = runner.run(args[0], context);
      if (accepts(value)) return value;
      throw tooMuch(complaint, args[0]);
    },
  });

const ARITHMETIC: readonly (readonly [string, (left: number, right: number) => number])[] = [
  ["+", (left, right) => left + right],
  ["-", (left, right) => left - right],
  ["*", (left, right) => left * right],
  ["/", (left, right) => left / right],
];

/**
 * The language that rules are written in: CEL as the library speaks it, with `matches` by RE2, `lowerAscii` for ASCII
 * alone, and arithmetic between JSON's numbers (doubles) and whole literals (ints).
 *
 * @param about what rules are about: a `message` that is any JSON value, or a part of a message in a dialect, whose fields are
 * known; or an `event`
 */
export function createCelEnvironment(about: "json" | "part" | "event" = "json"): Environment {
  const environment = new Environment({
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 500, maxDepth: 50, maxListElements: 500, maxMapEntries: 500, maxCallArguments: 4 },
  });
  if (about === "event") registerEvent(environment);
  else registerMessage(environment, about);
  const { operand, scalar, matches, lowerAscii } = internalNames;
  const sync = { async: false };
  environment.registerFunction(`${operand}(ast): dyn`, passing(isShallow, "a value is nested too deep"));
  environment.registerFunction(
    `${scalar}(ast): dyn`,
    passing(isScalar, "a list or a map, where a plain value is needed"),
  );
  environment.registerFunction(`string.${matches}(string): bool`, matchesPattern, sync);
  environment.registerFunction(`string.${lowerAscii}(): string`, asciiLower, sync);
  for (const [sign, apply] of ARITHMETIC) {
    const mixed = (left: number | bigint, right: number | bigint): number =>
      apply(Number(left), Number(right));
    environment.registerOperator(`double ${sign} int: double`, mixed);
    environment.registerOperator(`int ${sign} double: double`, mixed);
  }
  return environment;
}

function registerMessage(environment: Environment, message: "json" | "part"): void {
  environment.registerType("Identity", { ctor: CelIdentity, fields: { ...CelIdentity.fields } });
  environment.registerType("Request", { ctor: CelRequest, fields: { ...CelRequest.fields } });
  environment.registerVariable("identity", "Identity");
  environment.registerVariable("request", "Request");
  if (message === "part")
    environment.registerType("Message", { ctor: CelMessage, fields: { ...CelMessage.fields } });
  environment.registerVariable("message", message === "part" ? "Message" : "dyn");
}

function registerEvent(environment: Environment): void {
  environment.registerType("Lane", { ctor: CelLane, fields: { ...CelLane.fields } });
  environment.registerType("Event", { ctor: CelEvent, fields: { ...CelEvent.fields } });
  environment.registerVariable("event", "Event");
}

function asciiLower(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
