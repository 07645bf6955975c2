import { argumentsOf, child, lastName, nameOf, objectOf, type Node } from "../ast.ts";
import { messageData } from "../message-data.ts";
import { pageOf, type Rule } from "../rule.ts";
import { importOf } from "../variables.ts";

/** Functions of `node:vm` that run their first argument. */
const VM = new Set(["runInContext", "runInNewContext", "runInThisContext", "Script", "compileFunction"]);
const TIMERS = new Set(["setTimeout", "setInterval"]);

/** What a peer sent, run as a program (CWE-95). */
export const noCodeFromMessage: Rule = {
  meta: {
    type: "problem",
    docs: { description: "Run no message as code.", recommended: true, url: pageOf("no-code-from-message") },
    schema: [],
    messages: {
      code: "What a peer sent runs here as a program. Choose among functions of your own by a name that you compare.",
    },
  },
  create: ({ sourceCode, report }) => {
    const data = messageData(sourceCode);
    const codeOf = (node: Node): readonly Node[] => {
      const callee = child(node, "callee");
      const args = argumentsOf(node);
      const name = lastName(callee) ?? "";
      const isGlobal =
        nameOf(callee) !== undefined ||
        /^(?:window|globalThis|self|global)$/.test(nameOf(objectOf(callee)) ?? "");
      if (name === "Function" && isGlobal) return args;
      if ((name === "eval" || TIMERS.has(name)) && isGlobal && node.type === "CallExpression")
        return args.slice(0, 1);
      const module = importOf(sourceCode, nameOf(callee) === undefined ? objectOf(callee) : callee)?.[0];
      return VM.has(name) && (module === "node:vm" || module === "vm") ? args.slice(0, 1) : [];
    };
    const check = (node: Node): void => {
      if (codeOf(node).some((code) => data.has(code))) report({ node, messageId: "code" });
    };
    return {
      CallExpression: check,
      NewExpression: check,
      ImportExpression: (node) => {
        if (data.has(child(node, "source"))) report({ node, messageId: "code" });
      },
    };
  },
};
