import { type Check, found, notApplicable, passed } from "../../check.ts";
import { reactionOn } from "../frames/breach.ts";
import { answersOf, call, NO_JSON_RPC, speaksJsonRpc } from "./json-rpc.ts";
import { textsOf } from "./texts-of.ts";

/** Calls in one message; their answers are not longer than what is kept of one. */
const CALLS = 100;

/** One message is a hundred calls. */
export const jsonRpcNoBatchLimit: Check = {
  id: "json-rpc-no-batch-limit",
  group: "messages",
  title: "JSON-RPC batches have no limit in calls",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "A batch is one message for whoever limits messages, and any number of calls for the application: a hundred tries of a password in place of one.",
  decides: "By whether each of 100 calls in one message, of a method that does not exist, is answered.",
  sends: "where JSON-RPC is spoken: one message with 100 calls of a method that does not exist, of 8 KB",
  remedy: {
    summary: "Refuse batches above some ten calls, and count calls in place of messages.",
    ws: "if (Array.isArray(call) && call.length > 10) socket.close(1008)",
    sallyport: "dialect: json-rpc",
  },
  references: { cwe: [770, 799] },
  async run(context) {
    if (!(await speaksJsonRpc(context))) return notApplicable(NO_JSON_RPC);
    const probe = await context.ready();
    const calls = Array.from({ length: CALLS }, (_, at) => call("sallyportScan.unknown", `b${at}`));
    probe.text(`[${calls.join(",")}]`);
    const answers = (): number => answersOf(textsOf(probe.frames)).size;
    await reactionOn(context, probe);
    await probe.waitFor(() => answers() >= CALLS || probe.isClosed);
    if (answers() < CALLS)
      return passed(probe.isClosed ? "the connection was closed" : `${answers()} were answered`);
    return found({
      detail: `${CALLS} calls in one message were all answered.`,
      evidence: [probe.exchange("a batch of calls")],
    });
  },
};
