import type { ASTNode } from "@marcbachmann/cel-js";

/** A list that an expression goes through: a variable, and the fields that lead to it. */
export type ListPath = readonly [variable: string, ...fields: (string | number)[]];

/** The nodes right below a node, in the order in which they are written. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  if (node.op === "value" || node.op === "id") return [];
  if (node.op === "." || node.op === ".?") return [node.args[0]];
  if (node.op === "!_" || node.op === "-_") return [node.args];
  if (node.op === "call") return node.args[1];
  if (node.op === "rcall") return [node.args[1], ...node.args[2]];
  if (node.op === "map") return node.args.flat();
  return node.args;
}

/** Whether a name that `accepts` stands anywhere in an expression. */
export function mentions(node: ASTNode, accepts: (name: string) => boolean): boolean {
  if (node.op === "id") return accepts(node.args);
  return childrenOf(node).some((child) => mentions(child, accepts));
}

/** The path that an expression is: `message.rooms`, `identity.claims["rooms"]`; `null` when it is anything else. */
export function pathOf(node: ASTNode): ListPath | null {
  if (node.op === "id") return [node.args];
  if (node.op !== "." && node.op !== "[]") return null;
  const before = pathOf(node.args[0]);
  const field = node.op === "." ? node.args[1] : literalOf(node.args[1]);
  if (before === null || (typeof field !== "string" && typeof field !== "bigint")) return null;
  return [...before, typeof field === "bigint" ? Number(field) : field];
}

/** What a literal stands for; `undefined` when an expression is no literal. */
export function literalOf(node: ASTNode): unknown {
  return node.op === "value" ? node.args : undefined;
}

/** The value that a path leads to in the variables; `undefined` when there is none. Own fields only. */
export function resolvePath(path: ListPath, variables: object): unknown {
  let value: unknown = variables;
  for (const field of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, field)) return undefined;
    value = Reflect.get(value, field);
  }
  return value;
}
