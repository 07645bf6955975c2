import { argumentsOf, bare, child, dotted, field, isFunction, lastName, type Node } from "../ast.ts";
import { messageData } from "../message-data.ts";
import { pageOf, type Rule, type SourceCode } from "../rule.ts";
import { variableOf } from "../variables.ts";

/** Functions that judge a value, by their names. */
const JUDGES =
  /valid|parse|schema|assert|check|decode|guard|sanit|cast|coerce|create|is[A-Z_]|ensure|expect|verify/;

/** A parsed message whose fields are used before anything judged their form (ASVS v5.0.0-2.2.1; CWE-20). */
export const requireMessageSchema: Rule = {
  meta: {
    type: "suggestion",
    docs: {
      description: "Judge the form of a message before its fields are used.",
      recommended: false,
      url: pageOf("require-message-schema"),
    },
    schema: [],
    messages: {
      unjudged:
        "What a peer sent is used as it came. Pass it to a schema first; a type says nothing of what arrives.",
    },
  },
  create: ({ sourceCode, report }) => {
    const data = messageData(sourceCode);
    return {
      CallExpression: (node) => {
        if (dotted(child(node, "callee")) !== "JSON.parse" || !data.has(argumentsOf(node)[0])) return;
        if (isUsedAsItCame(sourceCode, node)) report({ node, messageId: "unjudged" });
      },
    };
  },
};

/** Whether fields of the value are read and nothing that is called judges it, nor `typeof` or `instanceof`. */
function isUsedAsItCame(source: SourceCode, node: Node): boolean {
  let value: Node = node;
  while (value.parent !== null && value.parent !== undefined && bare(value.parent) === bare(value))
    value = value.parent;
  const parent = value.parent;
  if (parent?.type === "MemberExpression") return true;
  if (parent?.type !== "VariableDeclarator") return false;
  const pattern = child(parent, "id");
  if (pattern?.type === "ObjectPattern") return true;
  const uses = (variableOf(source, pattern)?.references ?? [])
    .map(({ identifier }) => identifier)
    .filter((use) => use !== pattern);
  return (
    uses.some(({ parent: outer }) => outer?.type === "MemberExpression") && !uses.some((use) => isJudged(use))
  );
}

function isJudged(use: Node): boolean {
  for (
    let outer = use.parent;
    outer !== null && outer !== undefined && !isFunction(outer);
    outer = outer.parent
  ) {
    if (
      outer.type === "CallExpression" &&
      (JUDGES.test(lastName(child(outer, "callee")) ?? "") ||
        JUDGES.test(dotted(child(outer, "callee")) ?? ""))
    )
      return true;
    if (outer.type === "UnaryExpression" && field(outer, "operator") === "typeof") return true;
    if (outer.type === "BinaryExpression" && /^(?:instanceof|in)$/.test(String(field(outer, "operator"))))
      return true;
    // A value that goes whole to another function may be judged there.
    if (outer.type === "CallExpression" && argumentsOf(outer).includes(use)) return true;
  }
  return false;
}
