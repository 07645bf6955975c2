import {
  argumentsOf,
  bare,
  child,
  field,
  isFunction,
  isWithin,
  methodCall,
  nameOf,
  walk,
  type Node,
} from "../ast.ts";
import { pageOf, type Rule, type SourceCode } from "../rule.ts";
import { isSocket, listenerOf } from "../sockets.ts";

/** What shows that somebody looks how much is waiting. */
const LOOKS = /bufferedAmount|\bpause\(|\bdrain\b|writableNeedDrain|createWebSocketStream|\bawait\b/;

/** A stream that is sent on as fast as it comes: what the client has not read is kept in memory (CWE-770). */
export const requireBackPressure: Rule = {
  meta: {
    type: "problem",
    docs: {
      description: "Send a stream no faster than it is read.",
      recommended: true,
      url: pageOf("require-back-pressure"),
    },
    schema: [],
    messages: {
      stream:
        "This sends as fast as the stream comes, and what the client has not read is kept in memory. Pause it while `bufferedAmount` is over a limit, or use `createWebSocketStream` and `pipeline`.",
    },
  },
  create: ({ sourceCode, report }) => ({
    CallExpression: (node) => {
      const listener = listenerOf(sourceCode, node);
      const { handler } = listener ?? {};
      if (listener?.event !== "data" || handler === undefined || isSocket(sourceCode, listener.target))
        return;
      const sent = sentIn(sourceCode, handler);
      if (sent !== undefined && !LOOKS.test(sourceCode.getText(handler)))
        report({ node: sent, messageId: "stream" });
    },
    ForOfStatement: (node) => {
      const body = child(node, "body");
      if (field(node, "await") !== true || body === undefined) return;
      const sent = sentIn(sourceCode, body);
      if (sent !== undefined && !LOOKS.test(sourceCode.getText(body)))
        report({ node: sent, messageId: "stream" });
    },
  }),
};

/** A `send` on a socket from outside, without a callback. */
function sentIn(source: SourceCode, body: Node): Node | undefined {
  return [...walk(body)].find((inner) => {
    const call = methodCall(inner);
    if (call?.method !== "send" || !isSocket(source, call.object)) return false;
    if (
      argumentsOf(inner)
        .slice(1)
        .some((argument) => isFunction(bare(argument)) || nameOf(argument) !== undefined)
    )
      return false;
    return isWithin(inner, body);
  });
}
