import { isFunction, methodCall, propertyOf, walk, type Node } from "../ast.ts";
import { pageOf, type Rule, type SourceCode } from "../rule.ts";
import { isServer, isSocketIo, listenerOf, isServerConstruction, isSocketIoServer } from "../sockets.ts";
import { optionsOf } from "../server-options.ts";
import { parametersOf } from "../variables.ts";

/** A listener of `connection` that cannot know who is there: nothing of the request is looked at, here or before (CWE-306; ASVS v5.0.0-8.2.1). */
export const requireAuthorization: Rule = {
  meta: {
    type: "suggestion",
    docs: { description: "Know who connects.", recommended: false, url: pageOf("require-authorization") },
    schema: [],
    messages: {
      anybody:
        "Nothing looks at the request of this connection: anybody is served. Find out who it is in the handshake, and refuse who is nobody.",
    },
  },
  create: ({ sourceCode, report }) => ({
    CallExpression: (node) => {
      const listener = listenerOf(sourceCode, node);
      const { handler } = listener ?? {};
      if (listener?.event !== "connection" || !isFunction(handler)) return;
      const server = isServer(sourceCode, listener.target);
      if ((!server && !isSocketIo(sourceCode, listener.target)) || knowsBefore(sourceCode)) return;
      if (server && parametersOf(handler).length > 1) return;
      if (!server && /\bhandshake\b|\.request\b/.test(sourceCode.getText(handler))) return;
      if ([...walk(handler)].some((inner) => isMessageListener(sourceCode, inner)))
        report({ node: listener.target, messageId: "anybody" });
    },
  }),
};

function isMessageListener(source: SourceCode, node: Node): boolean {
  const listener = node.type === "CallExpression" ? listenerOf(source, node) : undefined;
  return listener !== undefined && !/^(?:close|error|disconnect|disconnecting)$/.test(listener.event);
}

/** Whether something in the file may refuse before: `verifyClient`, `allowRequest`, a middleware, or a handshake of its own. */
function knowsBefore(source: SourceCode): boolean {
  return [...walk(source.ast)].some((node) => {
    const call = methodCall(node);
    if (call?.method === "handleUpgrade" || (call?.method === "use" && isSocketIo(source, call.object)))
      return true;
    if (isServerConstruction(source, node))
      return propertyOf(optionsOf(source, node), "verifyClient") !== undefined;
    if (isSocketIoServer(source, node))
      return propertyOf(optionsOf(source, node, 1) ?? optionsOf(source, node), "allowRequest") !== undefined;
    return false;
  });
}
