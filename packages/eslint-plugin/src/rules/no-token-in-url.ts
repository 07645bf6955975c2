import {
  ancestors,
  argumentsOf,
  bare,
  child,
  children,
  field,
  isFunction,
  keyOf,
  methodCall,
  nameOf,
  objectOf,
  quasis,
  textOf,
  valueOf,
  type Node,
} from "../ast.ts";
import { pageOf, type Rule, type SourceCode } from "../rule.ts";
import { isServer, isSocketConstruction, isSocketIoSocket, listenerOf, listeningCalls } from "../sockets.ts";
import { importOf, resolve, variableOf } from "../variables.ts";

const SECRET =
  "(?:(?:access|auth|id|refresh|session|api|bearer|user)[_-]?)?token|jwt|api[_-]?key|session[_-]?id|password|passwd|secret|authorization";
const NAME = new RegExp(`^(?:${SECRET})$`, "i");
const IN_QUERY = new RegExp(`[?&](?:${SECRET})=`, "i");

/** A secret in a URL stands in the logs of every proxy and in the history (CWE-598; ASVS 4.0.3 13.1.3). */
export const noTokenInUrl: Rule = {
  meta: {
    type: "problem",
    docs: {
      description: "Keep tokens out of the URL of a socket.",
      recommended: true,
      url: pageOf("no-token-in-url"),
    },
    schema: [],
    messages: {
      url: "A URL stands in the logs of every proxy on the way, and this one has a secret in it. Send a single-use ticket, a cookie, or the token as the first message.",
      query: "Socket.IO writes `query` into the URL, which stands in logs. Use `auth`.",
      read: "A secret that is taken from the URL stands in the logs of every proxy on the way. Take a single-use ticket, a cookie or an `Authorization` header.",
    },
  },
  create: ({ sourceCode, report }) => {
    const client = (node: Node): void => {
      const isIo =
        node.type === "CallExpression" &&
        importOf(sourceCode, child(node, "callee"))?.[0] === "socket.io-client";
      if (!isIo && !isSocketConstruction(node)) return;
      const [url, options] = argumentsOf(node);
      if (url !== undefined && hasSecret(sourceCode, url)) report({ node: url, messageId: "url" });
      const query = isIo ? valueOf(resolve(sourceCode, options ?? url), "query") : undefined;
      const secret = children(resolve(sourceCode, query), "properties").find((property) =>
        NAME.test(keyOf(property) ?? ""),
      );
      if (secret !== undefined) report({ node: secret, messageId: "query" });
    };
    return {
      NewExpression: client,
      CallExpression: (node) => {
        client(node);
        if (readsSecret(node) && isInHandshake(sourceCode, node)) report({ node, messageId: "read" });
      },
    };
  },
};

/** Whether a URL has a secret in its query: written in it, added to it, or set in its parameters. */
function hasSecret(source: SourceCode, url: Node): boolean {
  const node = resolve(source, url);
  if (node === undefined) return false;
  if (node.type === "TemplateLiteral") return IN_QUERY.test(quasis(node).join("x"));
  if (node.type === "Literal") return IN_QUERY.test(textOf(node) ?? "");
  if (node.type === "BinaryExpression" && field(node, "operator") === "+")
    return (
      hasSecret(source, child(node, "left") ?? node) ||
      [child(node, "left"), child(node, "right")].some((side) => hasSecretPart(side))
    );
  const call = methodCall(node);
  if (call?.method === "toString") return hasSecret(source, call.object);
  if (node.type === "MemberExpression" && field(child(node, "property"), "name") === "href")
    return hasSecret(source, objectOf(node) ?? node);
  if (node.type !== "NewExpression" || nameOf(child(node, "callee")) !== "URL") return false;
  const [first] = argumentsOf(node);
  return (first !== undefined && first !== url && hasSecret(source, first)) || setsSecret(source, url);
}

function hasSecretPart(side: Node | undefined): boolean {
  return new RegExp(`[?&](?:${SECRET})=$`, "i").test(textOf(side) ?? "");
}

/** `url.searchParams.set("token", …)`. */
function setsSecret(source: SourceCode, url: Node): boolean {
  const call = methodCall(url);
  const name = call?.method === "toString" ? call.object : (objectOf(url) ?? bare(url));
  return (variableOf(source, name)?.references ?? []).some(({ identifier }) => {
    const set = methodCall(identifier.parent?.parent?.parent ?? undefined);
    return (set?.method === "set" || set?.method === "append") && NAME.test(textOf(set.args[0]) ?? "");
  });
}

/** `searchParams.get("token")`. */
function readsSecret(node: Node): boolean {
  const call = methodCall(node);
  return (
    call?.method === "get" &&
    NAME.test(textOf(call.args[0]) ?? "") &&
    /^(?:searchParams|query|params|urlParams|queryParams)$/.test(
      nameOf(child(call.object, "property")) ?? nameOf(call.object) ?? "",
    )
  );
}

/** Whether it is in a listener of `upgrade`, or of `connection` of a WebSocket server. */
function isInHandshake(source: SourceCode, node: Node): boolean {
  return [...ancestors(node)]
    .filter((outer) => isFunction(outer))
    .some((handler) =>
      listeningCalls(source, handler).some(({ call }) => {
        const listener = listenerOf(source, call);
        if (listener === undefined || isSocketIoSocket(source, listener.target)) return false;
        return (
          listener.event === "upgrade" ||
          (listener.event === "connection" && isServer(source, listener.target))
        );
      }),
    );
}
