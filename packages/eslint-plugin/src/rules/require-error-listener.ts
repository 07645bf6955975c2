import {
  argumentsOf,
  bare,
  child,
  isFunction,
  isWithin,
  methodCall,
  objectOf,
  propertyName,
  textOf,
  walk,
  type Node,
} from "../ast.ts";
import { pageOf, type Rule, type SourceCode } from "../rule.ts";
import { isServer, listenerOf } from "../sockets.ts";
import { isAsync, parameter, parametersOf, variableOf } from "../variables.ts";

const LISTEN = new Set(["on", "once", "addListener", "prependListener", "addEventListener"]);
/** Methods that take a socket and neither listen for its errors nor hand it to someone who may. */
const KEEPS = new Set([
  "add",
  "delete",
  "has",
  "push",
  "set",
  "get",
  "indexOf",
  "includes",
  "filter",
  "log",
  "emit",
]);

/** An `error` event without a listener ends the process: a client needs one malformed frame, or a reset at the right time, for it (CWE-248). */
export const requireErrorListener: Rule = {
  meta: {
    type: "problem",
    docs: {
      description: "Listen for `error` on sockets of a server.",
      recommended: true,
      url: pageOf("require-error-listener"),
    },
    schema: [],
    messages: {
      connection:
        'A malformed frame makes this socket emit `error`, which ends the process where nobody listens. Add `{{name}}.on("error", …)`.',
      upgrade:
        'A client that resets the connection now makes this socket emit `error`, which ends the process where nobody listens. Add `{{name}}.on("error", …)` first.',
    },
  },
  create: ({ sourceCode, report }) => ({
    CallExpression: (node) => {
      const listener = listenerOf(sourceCode, node);
      const { handler } = listener ?? {};
      if (listener === undefined || handler === undefined) return;
      const [first, second] = parametersOf(handler);
      if (listener.event === "connection" && isServer(sourceCode, listener.target)) {
        const name = parameter(first);
        if (name?.type === "Identifier" && isUnheard(sourceCode, name, node))
          report({
            node: name,
            messageId: "connection",
            data: { name: sourceCode.getText(name).split(":", 1)[0] ?? "" },
          });
      }
      if (listener.event === "upgrade") {
        const name = parameter(second);
        if (
          name?.type === "Identifier" &&
          staysOpen(sourceCode, handler, name) &&
          isUnheard(sourceCode, name, node)
        )
          report({
            node: name,
            messageId: "upgrade",
            data: { name: sourceCode.getText(name).split(":", 1)[0] ?? "" },
          });
      }
    },
  }),
};

/** Whether nothing in the handler listens for errors of a socket, and nobody else gets to see it. */
function isUnheard(source: SourceCode, name: Node, registration: Node): boolean {
  const uses = (variableOf(source, name)?.references ?? []).map(({ identifier }) => identifier);
  return (
    uses.every((use) => use === name || (!listens(use) && !escapes(use))) && !others(source, registration)
  );
}

/** `socket.on("error", …)`, also at the end of a chain, and `socket.onerror = …`. */
function listens(use: Node): boolean {
  for (
    let inner = use, outer = use.parent;
    outer?.type === "MemberExpression" && objectOf(outer) === inner;
  ) {
    const property = propertyName(outer);
    if (property === "onerror") return true;
    const call = outer.parent;
    if (call?.type !== "CallExpression" || !LISTEN.has(property ?? "")) return false;
    const event = argumentsOf(call)[0];
    if (textOf(event) === "error" || textOf(event) === undefined) return true;
    inner = call;
    outer = call.parent;
  }
  return false;
}

/** Whether a socket is handed to something that may listen itself. */
function escapes(use: Node): boolean {
  const parent = use.parent;
  if (parent === null || parent === undefined) return false;
  if (parent.type === "CallExpression" || parent.type === "NewExpression") {
    if (bare(child(parent, "callee")) === use) return false;
    const call = methodCall(parent);
    return call === undefined || !(KEEPS.has(call.method) || call.method === "handleUpgrade");
  }
  if (parent.type === "AssignmentExpression") return child(parent, "right") === use;
  return [
    "ArrayExpression",
    "Property",
    "ReturnStatement",
    "VariableDeclarator",
    "SpreadElement",
    "YieldExpression",
  ].includes(parent.type);
}

/** Whether the same server has another listener of connections, which may be the one that hears. */
function others(source: SourceCode, registration: Node): boolean {
  const own = listenerOf(source, registration);
  const target = source.getText(own?.target);
  return [...walk(source.ast)].some(
    (node) =>
      node !== registration &&
      methodCall(node) !== undefined &&
      !isWithin(node, registration) &&
      listenerOf(source, node)?.event === own?.event &&
      source.getText(listenerOf(source, node)?.target) === target,
  );
}

/** Whether a raw socket is written to, or kept while something else is awaited. `handleUpgrade` at once is safe: it listens itself. */
function staysOpen(source: SourceCode, handler: Node, name: Node): boolean {
  const uses = (variableOf(source, name)?.references ?? [])
    .map(({ identifier }) => identifier)
    .filter((use) => use !== name);
  const written = uses.some(
    (use) =>
      use.parent?.type === "MemberExpression" && /^(?:write|end)$/.test(propertyName(use.parent) ?? ""),
  );
  const later = uses.some((use) =>
    [...walk(handler)].some((inner) => inner !== handler && isFunction(inner) && isWithin(use, inner)),
  );
  const awaited = isAsync(handler) && [...walk(handler, true)].some(({ type }) => type === "AwaitExpression");
  return written || later || awaited;
}
