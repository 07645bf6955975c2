import { child, lastName, methodCall, textOf, type Node } from "../ast.ts";
import { pageOf, type Rule } from "../rule.ts";
import { isSocket } from "../sockets.ts";
import { resolve } from "../variables.ts";

/** A reason that is no text: browsers send `[object Object]` or digits, and some releases of `ws` sent memory that was not theirs (CWE-908). */
export const noObjectCloseReason: Rule = {
  meta: {
    type: "problem",
    docs: {
      description: "Give `close()` a short text as reason.",
      recommended: true,
      url: pageOf("no-object-close-reason"),
    },
    schema: [],
    messages: {
      object: "A reason is text: this one arrives as something else. Pass a string of at most 123 bytes.",
      long: "A reason has at most 123 bytes of UTF-8, and this one has {{bytes}}: `close` throws. Shorten it.",
    },
  },
  create: ({ sourceCode, report }) => ({
    CallExpression: (node) => {
      const call = methodCall(node);
      const [, reason] = call?.args ?? [];
      if (call?.method !== "close" || reason === undefined || !isSocket(sourceCode, call.object)) return;
      const value = resolve(sourceCode, reason);
      if (isObject(value)) report({ node: reason, messageId: "object" });
      const bytes = new TextEncoder().encode(textOf(value) ?? "").length;
      if (bytes > 123) report({ node: reason, messageId: "long", data: { bytes: String(bytes) } });
    },
  }),
};

/** An object, an array, or a typed array of whichever kind. */
function isObject(value: Node | undefined): boolean {
  if (value?.type === "ObjectExpression" || value?.type === "ArrayExpression") return true;
  if (value?.type === "NewExpression")
    return /Array$|^ArrayBuffer$|^DataView$|Error$/.test(lastName(child(value, "callee")) ?? "");
  const call = methodCall(value);
  return (
    (call?.method === "encode" &&
      /encoder/i.test(lastName(call.object) ?? lastName(child(call.object, "callee")) ?? "")) ||
    (/Array$/.test(lastName(call?.object) ?? "") && /^(?:from|of)$/.test(call?.method ?? ""))
  );
}
