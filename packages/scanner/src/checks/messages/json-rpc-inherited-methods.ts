import { type Check, found, notApplicable, passed } from "../../check.ts";
import { callMethod, NO_JSON_RPC, speaksJsonRpc } from "./json-rpc.ts";

/** What every object of JavaScript has. */
const INHERITED = ["constructor", "toString", "hasOwnProperty", "__proto__"];
/** Method not found (JSON-RPC 2.0, section 5.1). */
const NOT_FOUND = -32_601;

/** Methods are looked up in an object, with everything that objects have. */
export const jsonRpcInheritedMethods: Check = {
  id: "json-rpc-inherited-methods",
  group: "messages",
  title: "JSON-RPC calls reach what every object has, such as constructor",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:L",
  about:
    "A server that looks for methods by methods[name] finds those that objects inherit. A client calls functions that nobody offered, past whatever each offered method checks first.",
  decides:
    "By whether calls of constructor, toString, hasOwnProperty or __proto__ are answered otherwise than that of a method that does not exist.",
  sends: "where JSON-RPC is spoken: five calls without parameters, on one connection",
  remedy: {
    summary: "Keep methods in a Map, or in an object without a prototype.",
    ws: 'const methods = new Map([["join", join]]); methods.get(call.method)',
    sallyport: "dialect: json-rpc",
  },
  references: { cwe: [470, 1321] },
  async run(context) {
    if (!(await speaksJsonRpc(context))) return notApplicable(NO_JSON_RPC);
    const probe = await context.ready();
    const unknown = await callMethod(context, probe, "sallyportScan.unknown");
    const reached: string[] = [];
    for (const method of INHERITED) {
      const answer = await callMethod(context, probe, method);
      if (answer !== null && answer.code !== NOT_FOUND && answer.code !== unknown?.code) reached.push(method);
    }
    if (reached.length === 0) return passed("each was answered as one that does not exist");
    return found({
      detail: `Answered otherwise than a method that does not exist: ${reached.join(", ")}.`,
      evidence: [probe.exchange("calls of inherited methods")],
    });
  },
};
