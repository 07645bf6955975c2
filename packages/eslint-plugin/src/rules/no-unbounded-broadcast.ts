import {
  argumentsOf,
  bare,
  child,
  isFunction,
  lastName,
  methodCall,
  nameOf,
  propertyName,
  walk,
  type Node,
} from "../ast.ts";
import { pageOf, type Rule } from "../rule.ts";
import { isServer } from "../sockets.ts";
import { parameter, parametersOf } from "../variables.ts";

/** A message to all clients whatever each still has to read: what slow ones have not read is kept in memory (CWE-770). */
export const noUnboundedBroadcast: Rule = {
  meta: {
    type: "problem",
    docs: {
      description: "Look at each client before a broadcast.",
      recommended: true,
      url: pageOf("no-unbounded-broadcast"),
    },
    schema: [
      {
        type: "object",
        properties: { readyState: { enum: ["suffices", "does-not-suffice"] } },
        additionalProperties: false,
      },
    ],
    messages: {
      unbounded:
        "What a slow client has not read is kept in memory, without a bound. Skip or close clients whose `bufferedAmount` is over a limit{{also}}.",
    },
  },
  create: ({ sourceCode, report, options }) => {
    const [option] = options;
    const strict =
      typeof option === "object" &&
      option !== null &&
      "readyState" in option &&
      option.readyState === "does-not-suffice";
    const looks = strict
      ? /bufferedAmount|terminate\(/
      : /bufferedAmount|readyState|terminate\(|isOpen|\.OPEN\b/;
    const check = (node: Node, client: Node | undefined, body: Node | undefined): void => {
      const name = nameOf(client);
      if (name === undefined || body === undefined || looks.test(sourceCode.getText(node))) return;
      const sent = [...walk(body)].find((inner) => {
        const call = methodCall(inner);
        return (
          call?.method === "send" &&
          nameOf(call.object) === name &&
          !argumentsOf(inner)
            .slice(1)
            .some((argument) => isFunction(bare(argument)))
        );
      });
      if (sent !== undefined)
        report({
          node: sent,
          messageId: "unbounded",
          data: { also: strict ? "" : ", and those that are not open" },
        });
    };
    const isClients = (node: Node | undefined): boolean =>
      propertyName(node) === "clients" && isServer(sourceCode, child(bare(node), "object"));
    return {
      CallExpression: (node) => {
        const call = methodCall(node);
        const handler = bare(call?.args[0]);
        if (call?.method === "forEach" && isFunction(handler) && isClients(call.object))
          check(node, parameter(parametersOf(handler)[0]), child(handler, "body"));
      },
      ForOfStatement: (node) => {
        const iterated = child(node, "right");
        const declared = bare(child(node, "left"));
        if (!isClients(iterated) && lastName(iterated) !== "clients") return;
        if (!isClients(iterated)) return;
        check(node, child(declarator(declared), "id"), child(node, "body"));
      },
    };
  },
};

function declarator(node: Node | undefined): Node | undefined {
  return node === undefined ? undefined : [...walk(node)].find(({ type }) => type === "VariableDeclarator");
}
