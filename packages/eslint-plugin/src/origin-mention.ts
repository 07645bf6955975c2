import { child, children, field, isWithin, keyOf, walk, type Node } from "./ast.ts";
import type { SourceCode } from "./rule.ts";

/** Names and texts that an origin check does not do without; and Sallyport's, which checks it itself. */
const WORD = /origin|verifyClient|allowRequest|^sallyport$/i;

/**
 * Whether a file looks at origins anywhere: in a name, a property or a text. It may do so in the wrong way, which the scanner finds out; a file
 * that does is left alone. `cors` options of Socket.IO are no such look, nor are types and headers that are only set.
 */
export function looksAtOrigin(source: SourceCode): boolean {
  const cors = [...walk(source.ast)].filter((node) => node.type === "Property" && keyOf(node) === "cors");
  return [...walk(source.ast)].some(
    (node) => mentions(node) && !cors.some((option) => isWithin(node, option)) && !isCorsCall(node),
  );
}

function mentions(node: Node): boolean {
  const text =
    node.type === "Literal"
      ? field(node, "value")
      : node.type === "Identifier"
        ? field(node, "name")
        : undefined;
  return (
    typeof text === "string" && !/^Access-Control-/i.test(text) && WORD.test(text) && !/^original/i.test(text)
  );
}

/** `cors({ origin: … })`: what other pages may read by HTTP says nothing of sockets. */
function isCorsCall(node: Node): boolean {
  const object = node.parent?.parent;
  const call = object?.parent;
  return (
    object?.type === "ObjectExpression" &&
    call?.type === "CallExpression" &&
    field(child(call, "callee"), "name") === "cors" &&
    children(call, "arguments").includes(object)
  );
}
