import { child, keyOf, nameOf, valueOf, type Node } from "../ast.ts";
import { messageData } from "../message-data.ts";
import { pageOf, type Rule } from "../rule.ts";
import { resolve } from "../variables.ts";

/** `dangerouslySetInnerHTML` of what a peer sent: it runs in the page as the user (CWE-79). */
export const noJsxHtmlFromMessage: Rule = {
  meta: {
    type: "problem",
    docs: {
      description: "Render no message with `dangerouslySetInnerHTML`.",
      recommended: true,
      url: pageOf("no-jsx-html-from-message"),
    },
    schema: [],
    messages: {
      html: "What a peer sent becomes markup of this page, and its scripts run as the user. Render it as text, or sanitize it.",
    },
  },
  create: ({ sourceCode, report }) => {
    const data = messageData(sourceCode);
    const check = (node: Node, value: Node | undefined): void => {
      if (data.has(valueOf(resolve(sourceCode, value), "__html"))) report({ node, messageId: "html" });
    };
    return {
      JSXAttribute: (node) => {
        if (nameOf(child(node, "name")) === "dangerouslySetInnerHTML")
          check(node, child(child(node, "value"), "expression"));
      },
      Property: (node) => {
        if (keyOf(node) === "dangerouslySetInnerHTML") check(node, child(node, "value"));
      },
    };
  },
};
