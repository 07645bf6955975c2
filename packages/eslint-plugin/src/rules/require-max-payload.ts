import { argumentsOf, child, field, isLiteral, nameOf, propertyOf, valueOf, type Node } from "../ast.ts";
import { pageOf, type Rule } from "../rule.ts";
import { addOption, optionOf, optionsOf } from "../server-options.ts";
import { isServerConstruction, isSocketIoServer } from "../sockets.ts";

/** A server of `ws` without a `maxPayload` of its own keeps messages of 100 MiB, of every client (CWE-770; RFC 6455 10.4). */
export const requireMaxPayload: Rule = {
  meta: {
    type: "problem",
    docs: {
      description: "Bound the size of messages.",
      recommended: true,
      url: pageOf("require-max-payload"),
    },
    hasSuggestions: true,
    schema: [],
    messages: {
      missing:
        "Each client may send messages of 100 MiB. Set `maxPayload` a little above the largest that you have.",
      unbounded:
        "Messages have no limit in size with this. Set one a little above the largest that you have.",
      add: "Add `maxPayload: 64 * 1024`.",
    },
  },
  create: ({ sourceCode, report }) => {
    const check = (node: Node): void => {
      if (isServerConstruction(sourceCode, node)) {
        const options = optionsOf(sourceCode, node);
        if (options === undefined) return;
        const limit = valueOf(options, "maxPayload");
        if (propertyOf(options, "maxPayload") === undefined) {
          const written = argumentsOf(node)[0] === options;
          report({
            node,
            messageId: "missing",
            suggest: written
              ? [{ messageId: "add", fix: addOption(sourceCode, options, "maxPayload: 64 * 1024") }]
              : [],
          });
        } else if (limit !== undefined && isUnbounded(limit)) report({ node: limit, messageId: "unbounded" });
      } else if (isSocketIoServer(sourceCode, node)) {
        const options = optionsOf(sourceCode, node, Math.max(argumentsOf(node).length - 1, 0));
        const limit = optionOf(sourceCode, options, "maxHttpBufferSize");
        if (limit !== undefined && isUnbounded(limit)) report({ node: limit, messageId: "unbounded" });
      }
    };
    return { NewExpression: check, CallExpression: check };
  },
};

/** `0`, `Infinity` and `Number.MAX_SAFE_INTEGER` bound nothing. */
function isUnbounded(limit: Node): boolean {
  return (
    isLiteral(limit, 0) ||
    nameOf(limit) === "Infinity" ||
    (limit.type === "MemberExpression" &&
      /^(?:POSITIVE_INFINITY|MAX_SAFE_INTEGER|MAX_VALUE)$/.test(
        String(field(child(limit, "property"), "name")),
      ))
  );
}
