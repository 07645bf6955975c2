import { argumentsOf, children, isLiteral, isWhole, keyOf, propertyOf, type Node } from "../ast.ts";
import { pageOf, type Rule } from "../rule.ts";
import { optionOf, optionsOf } from "../server-options.ts";
import { isServerConstruction, isSocketIoServer } from "../sockets.ts";

/** Options that bound what compression takes of memory. */
const LIMITS = new Set([
  "serverNoContextTakeover",
  "serverMaxWindowBits",
  "concurrencyLimit",
  "threshold",
  "zlibDeflateOptions",
]);

/** Compression as it comes keeps a window for each connection, and inflates what is sent small to something large (CWE-409). */
export const noUnlimitedCompression: Rule = {
  meta: {
    type: "problem",
    docs: {
      description: "Bound what compression takes.",
      recommended: true,
      url: pageOf("no-unlimited-compression"),
    },
    schema: [],
    messages: {
      unlimited:
        "Each connection keeps its compression windows, for as long as it is open. Leave compression off, or set `serverNoContextTakeover`, `threshold` and a window.",
      inflated:
        "A small message may inflate to 100 MiB. Set `maxPayload`, which holds for inflated messages.",
    },
  },
  create: ({ sourceCode, report }) => {
    const check = (node: Node): void => {
      const isWs = isServerConstruction(sourceCode, node);
      if (!isWs && !isSocketIoServer(sourceCode, node)) return;
      const options = optionsOf(sourceCode, node, isWs ? 0 : Math.max(argumentsOf(node).length - 1, 0));
      const property = propertyOf(options, "perMessageDeflate");
      const value = optionOf(sourceCode, options, "perMessageDeflate");
      if (property === undefined || value === undefined) return;
      const on = isLiteral(value, true) || isWhole(value);
      const limited = children(value, "properties").some((one) => LIMITS.has(keyOf(one) ?? ""));
      if (on && !limited) report({ node: property, messageId: "unlimited" });
      else if (on && isWs && propertyOf(options, "maxPayload") === undefined)
        report({ node: property, messageId: "inflated" });
    };
    return { NewExpression: check, CallExpression: check };
  },
};
