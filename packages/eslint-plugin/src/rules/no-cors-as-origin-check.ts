import { argumentsOf, isLiteral, propertyOf, valueOf, type Node } from "../ast.ts";
import { pageOf, type Rule } from "../rule.ts";
import { optionOf, optionsOf } from "../server-options.ts";
import { isSocketIoServer } from "../sockets.ts";

/** Socket.IO's `cors` says what pages may read by HTTP. Browsers do not ask it for WebSockets (CWE-1385). */
export const noCorsAsOriginCheck: Rule = {
  meta: {
    type: "problem",
    docs: {
      description: "Do not take Socket.IO's `cors` for an origin check.",
      recommended: true,
      url: pageOf("no-cors-as-origin-check"),
    },
    schema: [],
    messages: {
      cors: "`cors` does not hold for the WebSocket transport: pages of other sites connect all the same. Refuse them in `allowRequest`.",
    },
  },
  create: ({ sourceCode, report }) => {
    const check = (node: Node): void => {
      const args = argumentsOf(node);
      if (args.length === 0 || !isSocketIoServer(sourceCode, node)) return;
      const options = optionsOf(sourceCode, node, args.length - 1);
      const property = propertyOf(options, "cors");
      const origin = valueOf(optionOf(sourceCode, options, "cors"), "origin");
      if (property === undefined || origin === undefined || propertyOf(options, "allowRequest") !== undefined)
        return;
      if (!isLiteral(origin, "*") && !isLiteral(origin, true)) report({ node: property, messageId: "cors" });
    };
    return { NewExpression: check, CallExpression: check };
  },
};
