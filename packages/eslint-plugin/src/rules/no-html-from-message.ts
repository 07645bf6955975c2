import { child, lastName, methodCall, objectOf, propertyName, nameOf, type Node } from "../ast.ts";
import { messageData } from "../message-data.ts";
import { pageOf, type Rule } from "../rule.ts";

const ASSIGNED = new Set(["innerHTML", "outerHTML", "srcdoc"]);

/** What a peer sent, as markup of the page: it runs there as the user (CWE-79). */
export const noHtmlFromMessage: Rule = {
  meta: {
    type: "problem",
    docs: {
      description: "Write no message into a page as HTML.",
      recommended: true,
      url: pageOf("no-html-from-message"),
    },
    schema: [],
    messages: {
      html: "What a peer sent becomes markup of this page, and its scripts run as the user. Use `textContent`, or a sanitizer.",
    },
  },
  create: ({ sourceCode, report }) => {
    const data = messageData(sourceCode);
    const check = (node: Node, value: Node | undefined): void => {
      if (data.has(value)) report({ node, messageId: "html" });
    };
    return {
      AssignmentExpression: (node) => {
        if (ASSIGNED.has(propertyName(child(node, "left")) ?? "")) check(node, child(node, "right"));
      },
      CallExpression: (node) => {
        const call = methodCall(node);
        if (call?.method === "insertAdjacentHTML") check(node, call.args[1]);
        if (call?.method === "createContextualFragment" || call?.method === "setHTMLUnsafe")
          check(node, call.args[0]);
        if ((call?.method === "write" || call?.method === "writeln") && lastName(call.object) === "document")
          check(node, call.args[0]);
        if (call?.method === "html" && isQuery(call.object)) check(node, call.args[0]);
      },
    };
  },
};

/** `$(…)` and `jQuery(…)`, and names that begin with `$`. */
function isQuery(node: Node): boolean {
  const callee = node.type === "CallExpression" ? nameOf(child(node, "callee")) : undefined;
  return (
    callee === "$" || callee === "jQuery" || (nameOf(node) ?? nameOf(objectOf(node)) ?? "").startsWith("$")
  );
}
