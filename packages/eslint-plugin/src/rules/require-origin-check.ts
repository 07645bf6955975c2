import {
  argumentsOf,
  bare,
  child,
  isLiteral,
  lastName,
  methodCall,
  nameOf,
  propertyOf,
  valueOf,
  walk,
  type Node,
} from "../ast.ts";
import { looksAtOrigin } from "../origin-mention.ts";
import { pageOf, type Context, type Rule, type SourceCode } from "../rule.ts";
import { optionOf, optionsOf } from "../server-options.ts";
import { isServerConstruction, isSocketIoServer } from "../sockets.ts";
import { importOf, modulesOf } from "../variables.ts";

/** A server that admits pages of any site: whoever's page the user visits talks with the user's cookies (CWE-1385; ASVS v5.0.0-4.4.2). */
export const requireOriginCheck: Rule = {
  meta: {
    type: "problem",
    docs: {
      description: "Check the `Origin` of a handshake.",
      recommended: true,
      url: pageOf("require-origin-check"),
    },
    schema: [],
    messages: {
      unchecked:
        "Nothing in this file looks at the `Origin` of a handshake: pages of any site can use this socket. {{remedy}}",
    },
  },
  create: (context) => {
    const { sourceCode } = context;
    const found: { readonly node: Node; readonly remedy: string }[] = [];
    const construction = (node: Node): void => {
      const remedy = remedyFor(sourceCode, node);
      if (remedy !== undefined) found.push({ node, remedy });
    };
    return {
      NewExpression: construction,
      CallExpression: construction,
      "Program:exit": () => {
        if (found.length > 0 && !looksAtOrigin(sourceCode)) tell(context, found);
      },
    };
  },
};

function tell(context: Context, found: readonly { readonly node: Node; readonly remedy: string }[]): void {
  for (const { node, remedy } of found) context.report({ node, messageId: "unchecked", data: { remedy } });
}

/** What would check the origin at this place, where handshakes are admitted at it. */
function remedyFor(source: SourceCode, node: Node): string | undefined {
  if (isServerConstruction(source, node)) return forWs(source, node);
  if (isSocketIoServer(source, node)) return forSocketIo(source, node);
  if (node.type === "CallExpression") return forFrameworks(source, node);
  return undefined;
}

function forWs(source: SourceCode, node: Node): string | undefined {
  const options = optionsOf(source, node);
  if (options === undefined) return undefined;
  if (isLiteral(valueOf(options, "noServer"), true)) {
    const upgrades = [...walk(source.ast)].some((one) => methodCall(one)?.method === "handleUpgrade");
    return upgrades
      ? "Compare `request.headers.origin` with those you serve before `handleUpgrade`."
      : undefined;
  }
  const verify = propertyOf(options, "verifyClient");
  return verify === undefined ? "Give `verifyClient`, or upgrade with `noServer` after a check." : undefined;
}

function forSocketIo(source: SourceCode, node: Node): string | undefined {
  const args = argumentsOf(node);
  const last = args.length === 0 ? undefined : optionsOf(source, node, args.length - 1);
  if (last === undefined && args.length > 1) return undefined;
  if (propertyOf(last, "allowRequest") !== undefined || restrictsCors(source, last)) return undefined;
  return "Give `allowRequest`.";
}

/** That one is `no-cors-as-origin-check`'s to report. */
function restrictsCors(source: SourceCode, options: Node | undefined): boolean {
  const origin = valueOf(optionOf(source, options, "cors"), "origin");
  return propertyOf(options, "cors") !== undefined && !isLiteral(origin, "*") && !isLiteral(origin, true);
}

function forFrameworks(source: SourceCode, node: Node): string | undefined {
  const callee = bare(child(node, "callee"));
  const args = argumentsOf(node);
  if (methodCall(node)?.method === "register" && importOf(source, args[0])?.[0] === "@fastify/websocket") {
    const given = args[1] === undefined || optionsOf(source, node, 1) !== undefined;
    return given
      ? "Give `options: { verifyClient }`, or check in an `onRequest` or `preValidation` hook."
      : undefined;
  }
  if (nameOf(callee) === "upgradeWebSocket") {
    const [from = ""] = importOf(source, callee) ?? [];
    const made = [...modulesOf(source)].some((name) => /^(?:hono|@hono\/)/.test(name));
    return made && (from === "" || /^(?:hono|@hono\/)/.test(from))
      ? "Put a middleware before it that compares the header."
      : undefined;
  }
  if (methodCall(node)?.method === "ws" && modulesOf(source).has("uWebSockets.js")) {
    const options = optionsOf(source, node, 1);
    return options !== undefined && propertyOf(options, "message") !== undefined
      ? 'Compare `req.getHeader("origin")` in `upgrade`.'
      : undefined;
  }
  if (lastName(callee) === "expressWs" && importOf(source, callee)?.[0] === "express-ws")
    return "Put a middleware before the route that compares the header.";
  if (methodCall(node)?.method === "upgradeWebSocket" && nameOf(methodCall(node)?.object) === "Deno")
    return "Compare the header before `Deno.upgradeWebSocket`.";
  return undefined;
}
