import {
  argumentsOf,
  bare,
  child,
  children,
  dotted,
  field,
  keyOf,
  lastName,
  quasis,
  textOf,
  type Node,
} from "../ast.ts";
import { pageOf, type Rule } from "../rule.ts";
import { isSocketConstruction } from "../sockets.ts";
import { resolve } from "../variables.ts";

/** Names of what hosts are of this machine or of an inner network; and names without a dot, which only such a network knows. */
const INNER =
  /^(?:localhost|.*\.(?:localhost|local|internal|lan|home|test|invalid)|[^.:]*|\[(?:::1|f[cd]|fe80).*|0\.0\.0\.0|127\..*|10\..*|192\.168\..*|169\.254\..*|172\.(?:1[6-9]|2\d|3[01])\..*)$/i;
/** Names under which an address is kept to be connected to. */
const ADDRESS = /(?:ur[il]|endpoint|address|server|host|href|base)$/i;
/** Functions that connect to their first argument. */
const CONNECT = new Set(["io", "connect", "createWebSocket", "connectWebSocket", "useWebSocket"]);

/** `ws:` to a host that is not of this machine or an inner network: everybody on the way reads and writes along (CWE-319; RFC 6455 10.6). */
export const noInsecureUrl: Rule = {
  meta: {
    type: "problem",
    docs: {
      description: "Connect with `wss:`, not `ws:`.",
      recommended: true,
      url: pageOf("no-insecure-url"),
    },
    hasSuggestions: true,
    schema: [],
    messages: {
      insecure: "Whoever is on the way to {{host}} reads and changes what is said over `ws:`. Use `wss:`.",
      page: "A page that came over https: may not connect to `ws:`, and one over http: is read along. Take the scheme from the page's own, or use `wss:`.",
      replace: "Write `wss:`. The server has to speak TLS.",
    },
  },
  create: ({ sourceCode, report }) => {
    const check = (node: Node): void => {
      const text = textOf(node) ?? (node.type === "TemplateLiteral" ? quasis(node)[0] : undefined);
      if (text === undefined || !/^ws:\/\//i.test(text) || !isAddress(node)) return;
      const start = node.range?.[0] ?? 0;
      const suggest = [
        {
          messageId: "replace",
          fix: (fixer: { replaceTextRange(range: readonly [number, number], text: string): unknown }) =>
            fixer.replaceTextRange([start + 1, start + 3], "wss"),
        },
      ];
      const host = hostOf(text.slice(5));
      if (host !== "" && !INNER.test(host)) report({ node, messageId: "insecure", data: { host }, suggest });
      if (host === "" && isPageHost(children(node, "expressions")[0]))
        report({ node, messageId: "page", suggest });
    };
    const isConnected = (node: Node): boolean => {
      const call = node.parent;
      if (call === null || call === undefined || argumentsOf(call)[0] !== node) return false;
      return (
        isSocketConstruction(call) ||
        (call.type === "CallExpression" && CONNECT.has(lastName(child(call, "callee")) ?? ""))
      );
    };
    const isAddress = (literal: Node): boolean => {
      let node = literal;
      while (node.parent !== null && node.parent !== undefined && bare(node.parent) === literal)
        node = node.parent;
      const parent = node.parent;
      if (isConnected(node)) return true;
      if (parent?.type === "VariableDeclarator")
        return ADDRESS.test(lastName(child(parent, "id")) ?? "") || isPassedOn(child(parent, "id"));
      if (parent?.type === "AssignmentExpression" && child(parent, "right") === node)
        return ADDRESS.test(lastName(child(parent, "left")) ?? "");
      return (
        (parent?.type === "Property" || parent?.type === "PropertyDefinition") &&
        child(parent, "value") === node &&
        ADDRESS.test(keyOf(parent) ?? "")
      );
    };
    const isPassedOn = (name: Node | undefined): boolean =>
      name !== undefined &&
      connected.some(
        (argument) => resolve(sourceCode, argument) === bare(child(name.parent ?? undefined, "init")),
      );
    const connected: Node[] = [];
    const texts: Node[] = [];
    return {
      NewExpression: (node) => {
        if (isSocketConstruction(node)) connected.push(...argumentsOf(node).slice(0, 1));
      },
      Literal: (node) => void texts.push(node),
      TemplateLiteral: (node) => void texts.push(node),
      "Program:exit": () => texts.forEach(check),
    };
  },
};

/** The host of what follows `ws://`, without user, port and path. */
function hostOf(rest: string): string {
  const [authority = ""] = rest.split(/[/?#]/, 1);
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  return host.startsWith("[") ? (host.split("]", 1)[0] ?? "") : host.replace(/:\d*$/, "");
}

/** `location.host`, of whichever window. */
function isPageHost(node: Node | undefined): boolean {
  return (
    /^(?:(?:window|self|globalThis|document)\.)?location\.(?:host|hostname)$/.test(dotted(node) ?? "") &&
    field(node, "type") !== undefined
  );
}
