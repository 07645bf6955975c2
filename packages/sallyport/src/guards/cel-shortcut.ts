import type { ASTNode } from "@marcbachmann/cel-js";
import type { CelScope } from "./cel.ts";
import { internalNames, isCheapPattern, matchesPattern } from "./cel-environment.ts";
import { CelEvent, CelLane } from "./cel-event.ts";
import { CelIdentity, CelRequest } from "./cel-facts.ts";
import { CelMessage } from "./cel-message.ts";
import { literalOf, pathOf, type ListPath } from "./cel-tree.ts";

/**
 * A short way to the value of an expression, for what nearly every message is like; `undefined`: this way does not know, and the
 * library is to be asked. It never says anything else than the library would.
 */
export type CelShortcut = (variables: CelScope) => unknown;

/**
 * The short way through an expression that was accepted: paths, literals, comparisons of plain values of one type, membership in
 * lists of texts, searches in texts, and what joins these. `null`: something else is in it. Of what it goes through only own members
 * of plain objects count, so that the library decides about everything that is missing, odd, or of another type.
 */
export function celShortcut(ast: ASTNode): CelShortcut | null {
  switch (ast.op) {
    case "id":
    case ".":
    case "[]":
      return alongPath(pathOf(ast));
    case "value":
      return constant(ast.args);
    case "list":
      return listOf(ast.args);
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return both(ast.args, COMPARISONS[ast.op]);
    case "in":
      return both(ast.args, isIn);
    case "&&":
      return joined(ast.args, false);
    case "||":
      return joined(ast.args, true);
    case "!_":
      return negated(ast.args);
    case "call":
      return ofCall(ast.args);
    case "rcall":
      return ofMethod(ast.args);
    case ".?":
    case "[?]":
    case "?:":
    case "map":
    case "+":
    case "-":
    case "-_":
    case "*":
    case "/":
    case "%":
  }
  return null;
}

const constant = (value: unknown): CelShortcut => {
  return () => value;
};

const VARIABLE_CLASSES = [CelMessage, CelIdentity, CelRequest, CelEvent, CelLane];

/** Classes of the variables themselves, whose fields are checked when an expression is loaded. */
function isVariable(value: object): boolean {
  return VARIABLE_CLASSES.some((variable) => value instanceof variable);
}

// The library takes a value by its `constructor`, which a peer may have written: then it is no plain object.
function isPlain(value: object): boolean {
  return value.constructor === Object;
}

function memberOf(value: unknown, field: string | number): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return typeof field === "number" && field >= 0 ? value[field] : undefined;
  if (typeof field === "number" || !(isPlain(value) || isVariable(value))) return undefined;
  return Object.hasOwn(value, field) ? Reflect.get(value, field) : undefined;
}

function alongPath(path: ListPath | null): CelShortcut | null {
  const [variable = "", ...fields] = path ?? [];
  const root = ROOTS.get(variable);
  if (root === undefined) return null;
  const [first, second, ...rest] = fields;
  if (first === undefined) return root;
  if (second === undefined) return (variables) => memberOf(root(variables), first);
  return (variables) => {
    let value = memberOf(memberOf(root(variables), first), second);
    for (const field of rest) value = memberOf(value, field);
    return value;
  };
}

const ROOTS: ReadonlyMap<string, CelShortcut> = new Map<string, CelShortcut>([
  ["message", ({ message }) => message],
  ["identity", ({ identity }) => identity],
  ["request", ({ request }) => request],
  ["event", ({ event }) => event],
]);

/** A list that stands in the rule, of texts alone. */
function listOf(nodes: readonly ASTNode[]): CelShortcut | null {
  const texts = nodes.map(literalOf);
  return texts.every((text) => typeof text === "string") ? constant(texts) : null;
}

type Pair = (left: unknown, right: unknown) => unknown;

function both([left, right]: readonly [ASTNode, ASTNode], judge: Pair): CelShortcut | null {
  const one = celShortcut(left);
  const other = celShortcut(right);
  if (one === null || other === null) return null;
  return (variables) => judge(one(variables), other(variables));
}

type Plain = string | number | boolean | bigint | null;

function isPlainValue(value: unknown): value is Plain {
  return value === null || (typeof value !== "object" && typeof value !== "undefined");
}

/** Whole numbers of a rule are `bigint`, and those of JSON never: JavaScript compares the two by what they are worth, exactly. */
function isMixed(left: unknown, right: unknown): boolean {
  return (
    (typeof left === "number" && typeof right === "bigint") ||
    (typeof left === "bigint" && typeof right === "number")
  );
}

// Plain values of different types are not equal; beside lists and maps the library has more to say.
function areEqual(left: unknown, right: unknown): boolean | undefined {
  if (!isPlainValue(left) || !isPlainValue(right)) return undefined;
  if (typeof left === "number" && typeof right === "bigint") return isWorth(left, right);
  if (typeof left === "bigint" && typeof right === "number") return isWorth(right, left);
  return left === right;
}

function isWorth(number: number, whole: bigint): boolean {
  return Number.isInteger(number) && BigInt(number) === whole;
}

function areUnequal(left: unknown, right: unknown): boolean | undefined {
  const equal = areEqual(left, right);
  return equal === undefined ? undefined : !equal;
}

// Values of different types have no order, which is an error.
const ordered =
  (judge: (left: NonNullable<Plain>, right: NonNullable<Plain>) => boolean): Pair =>
  (left, right) => {
    if (!isPlainValue(left) || !isPlainValue(right) || left === null || right === null) return undefined;
    return typeof left === typeof right || isMixed(left, right) ? judge(left, right) : undefined;
  };

const COMPARISONS: Readonly<Record<"==" | "!=" | "<" | "<=" | ">" | ">=", Pair>> = {
  "==": areEqual,
  "!=": areUnequal,
  "<": ordered((left, right) => left < right),
  "<=": ordered((left, right) => left <= right),
  ">": ordered((left, right) => left > right),
  ">=": ordered((left, right) => left >= right),
};

// What a list is of, the library tells by its first element.
function isIn(value: unknown, list: unknown): unknown {
  if (typeof value !== "string" || !Array.isArray(list) || typeof list[0] !== "string") return undefined;
  return list.includes(value);
}

/** @param decisive what one side alone decides with. What a side that is not known says may still be decided by the other. */
function joined([left, right]: readonly [ASTNode, ASTNode], decisive: boolean): CelShortcut | null {
  const one = celShortcut(left);
  const other = celShortcut(right);
  if (one === null || other === null) return null;
  return (variables) => {
    const first = one(variables);
    if (first === decisive) return first;
    if (typeof first !== "boolean") return undefined;
    const second = other(variables);
    return typeof second === "boolean" ? second : undefined;
  };
}

function negated(node: ASTNode): CelShortcut | null {
  const inner = celShortcut(node);
  if (inner === null) return null;
  return (variables) => {
    const value = inner(variables);
    return typeof value === "boolean" ? !value : undefined;
  };
}

// What looks at an operand first lets every plain value and list of texts through, and nothing else is judged here.
function ofCall([name, [node]]: readonly [string, readonly ASTNode[]]): CelShortcut | null {
  if (node === undefined || (name !== internalNames.operand && name !== internalNames.scalar)) return null;
  return celShortcut(node);
}

const SEARCHES: ReadonlyMap<string, (text: string, wanted: string) => boolean> = new Map([
  ["startsWith", (text: string, wanted: string) => text.startsWith(wanted)],
  ["endsWith", (text: string, wanted: string) => text.endsWith(wanted)],
  ["contains", (text: string, wanted: string) => text.includes(wanted)],
  [internalNames.matches, matchesPattern],
]);

function ofMethod([name, receiver, [wanted]]: readonly [
  string,
  ASTNode,
  readonly ASTNode[],
]): CelShortcut | null {
  const search = SEARCHES.get(name);
  if (search === undefined || wanted === undefined) return null;
  // What is not known after a pattern was tried is done again: that must be cheap.
  if (search === matchesPattern && !isCheapPattern(literalOf(wanted))) return null;
  return both([receiver, wanted], (text, given) =>
    typeof text === "string" && typeof given === "string" ? search(text, given) : undefined,
  );
}
