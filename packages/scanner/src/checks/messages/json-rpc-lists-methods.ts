import { type Check, found, notApplicable, passed } from "../../check.ts";
import { callMethod, NO_JSON_RPC, speaksJsonRpc } from "./json-rpc.ts";

/** Names by which servers describe themselves. */
const NAMES = ["rpc.discover", "system.listMethods", "rpc.methods", "rpc_modules"];

/** The methods are listed for whoever asks. */
export const jsonRpcListsMethods: Check = {
  id: "json-rpc-lists-methods",
  group: "messages",
  title: "JSON-RPC lists its methods",
  severity: "info",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
  about:
    "A list of all methods, those of administrators included, spares an attacker the guessing. It protects nothing by itself to leave it out.",
  decides: "By whether one of rpc.discover, system.listMethods, rpc.methods and rpc_modules has a result.",
  sends: "where JSON-RPC is spoken: four calls without parameters, on one connection",
  remedy: {
    summary: "Where the methods are not public, describe them in documents and not in production.",
    sallyport:
      'dialect: json-rpc\npermission: { otherwise: allow, rules: [{ when: \'message.kind in ["call", "notification"] && message.name.startsWith("rpc.")\', allow: \'false\' }] }',
  },
  references: { cwe: [200] },
  async run(context) {
    if (!(await speaksJsonRpc(context))) return notApplicable(NO_JSON_RPC);
    const probe = await context.ready();
    for (const name of NAMES) {
      const answer = await callMethod(context, probe, name);
      const isList = typeof answer?.result === "object" && answer.result !== null;
      if (isList)
        return found({
          detail: `${name} was answered with a result.`,
          evidence: [probe.exchange("a call for the list of methods")],
        });
    }
    return passed("none of the usual names has a result");
  },
};
