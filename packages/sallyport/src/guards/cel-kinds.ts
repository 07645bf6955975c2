import type { ASTNode } from "@marcbachmann/cel-js";
import { childrenOf, literalOf, pathOf } from "./cel-tree.ts";

/** A kind that an expression names and no dialect of its route knows. */
export interface UnknownKind {
  /** The position in the expression, from 0. */
  readonly at: number;
  readonly kind: string;
}

/** Every text that an expression compares `message.kind` with, and that is none of these kinds: most likely misspelt. */
export function findUnknownKinds(ast: ASTNode, kinds: ReadonlySet<string>): readonly UnknownKind[] {
  const found = namedKinds(ast).flatMap((literal): UnknownKind[] => {
    const kind = literalOf(literal);
    return typeof kind !== "string" || kinds.has(kind) ? [] : [{ at: literal.pos, kind }];
  });
  return [...found, ...childrenOf(ast).flatMap((child) => findUnknownKinds(child, kinds))];
}

/** The nodes that a comparison holds `message.kind` against. */
function namedKinds(node: ASTNode): readonly ASTNode[] {
  if (node.op === "==" || node.op === "!=") {
    const [left, right] = node.args;
    return [...(isKind(left) ? [right] : []), ...(isKind(right) ? [left] : [])];
  }
  if (node.op !== "in" || !isKind(node.args[0]) || node.args[1].op !== "list") return [];
  return node.args[1].args;
}

function isKind(node: ASTNode): boolean {
  return pathOf(node)?.join(".") === "message.kind";
}
