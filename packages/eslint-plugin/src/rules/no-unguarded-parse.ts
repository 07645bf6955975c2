import { ancestors, argumentsOf, child, dotted, isFunction, isWithin, type Node } from "../ast.ts";
import { handlerKind, messageData } from "../message-data.ts";
import { pageOf, type Rule, type SourceCode } from "../rule.ts";

/**
 * `JSON.parse` of a message outside `try`, in a listener of an emitter of Node: one message that is no JSON ends the process (CWE-248). Listeners
 * of a browser's socket are left alone, where it ends nothing.
 */
export const noUnguardedParse: Rule = {
  meta: {
    type: "problem",
    docs: {
      description: "Parse messages within `try`.",
      recommended: true,
      url: pageOf("no-unguarded-parse"),
    },
    schema: [],
    messages: {
      unguarded:
        "A message that is no JSON throws here, which ends the process. Parse it within `try`, and close the connection where it fails.",
    },
  },
  create: ({ sourceCode, report }) => {
    const data = messageData(sourceCode);
    return {
      CallExpression: (node) => {
        if (dotted(child(node, "callee")) !== "JSON.parse" || !isInListener(sourceCode, node)) return;
        if (data.has(argumentsOf(node)[0])) report({ node, messageId: "unguarded" });
      },
    };
  },
};

/** Whether what is thrown at a node leaves a listener of `message` by itself: no `try`, no promise and no other function in between. */
function isInListener(source: SourceCode, node: Node): boolean {
  for (const outer of ancestors(node)) {
    if (
      outer.type === "TryStatement" &&
      isWithin(node, child(outer, "block") ?? outer) &&
      child(outer, "handler") !== undefined
    )
      return false;
    if (isFunction(outer)) {
      const kind = handlerKind(source, outer);
      return kind === "data" || kind === "socket.io";
    }
  }
  return false;
}
