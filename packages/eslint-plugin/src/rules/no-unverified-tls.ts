import {
  bare,
  child,
  children,
  dotted,
  isFunction,
  isLiteral,
  keyOf,
  nameOf,
  propertyOf,
  textOf,
  walk,
  type Node,
} from "../ast.ts";
import { pageOf, type Rule } from "../rule.ts";

/** TLS to whoever answers: anybody on the way can (CWE-295). */
export const noUnverifiedTls: Rule = {
  meta: {
    type: "problem",
    docs: { description: "Verify certificates.", recommended: true, url: pageOf("no-unverified-tls") },
    schema: [],
    messages: {
      unverified:
        "With this any certificate is good, and anybody on the way can answer. Give the authority's certificate as `ca`.",
      identity:
        "With this a certificate of any host is good. Leave `checkServerIdentity` out, or return an error where the name differs.",
      process:
        "With this no TLS connection of the whole process is verified. Give the authority's certificate in `NODE_EXTRA_CA_CERTS`.",
    },
  },
  create: ({ report }) => ({
    Property: (node) => {
      const key = keyOf(node);
      const value = bare(child(node, "value"));
      // A server that asks for a certificate and judges it itself is no client.
      if (
        key === "rejectUnauthorized" &&
        isLiteral(value, false) &&
        propertyOf(node.parent ?? undefined, "requestCert") === undefined
      )
        report({ node, messageId: "unverified" });
      if (key === "checkServerIdentity" && isFunction(value) && isNoCheck(value))
        report({ node, messageId: "identity" });
      if (key === "NODE_TLS_REJECT_UNAUTHORIZED" && isOff(value)) report({ node, messageId: "process" });
    },
    AssignmentExpression: (node) => {
      const target = child(node, "left");
      const value = child(node, "right");
      const name = dotted(target) ?? "";
      if (name.endsWith("process.env.NODE_TLS_REJECT_UNAUTHORIZED") && isOff(value))
        report({ node, messageId: "process" });
      if (name.endsWith(".rejectUnauthorized") && isLiteral(value, false))
        report({ node, messageId: "unverified" });
    },
  }),
};

function isOff(value: Node | undefined): boolean {
  return textOf(value) === "0" || isLiteral(value, 0);
}

/** A function that returns `undefined` on every way, and throws nothing. */
function isNoCheck(value: Node): boolean {
  const body = child(value, "body");
  if (body === undefined) return false;
  if (body.type !== "BlockStatement")
    return nameOf(body) === "undefined" || isLiteral(body, true) || body.type === "UnaryExpression";
  if (children(body, "body").length === 0) return true;
  return [...walk(body, false)].every((node) => {
    const result = node.type === "ReturnStatement" ? child(node, "argument") : undefined;
    return (
      !["ThrowStatement", "CallExpression"].includes(node.type) &&
      (result === undefined || nameOf(result) === "undefined" || isLiteral(result, true))
    );
  });
}
