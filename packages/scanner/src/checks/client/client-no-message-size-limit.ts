import { found, passed } from "../../check.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import { clientRemedy, NO_HARM_CVSS } from "./client-breach.ts";

/** Above the default of every library that has one. */
const LENGTH = 1024 * 1024 * 1024;

/** No length of a message is too long. */
export const clientNoMessageSizeLimit: ClientCheck = {
  id: "client-no-message-size-limit",
  group: "client",
  title: "The client has no limit for the size of messages",
  severity: "info",
  cvss: NO_HARM_CVSS,
  about:
    "A server that goes wrong, or that somebody took over, sends a message of gigabytes, and the client keeps all of it until it has no memory left. Clients trust their servers more than servers trust clients, and browsers have no such limit: whether one is missing depends on what the client is.",
  decides:
    "By whether the connection is still open some seconds after the header of a frame of 1 GiB, without a byte of payload: whoever has a limit ends it there, unless it counts only what has come.",
  sends: "one frame header of ten bytes that announces 1 GiB, and no payload",
  remedy: {
    ...clientRemedy("Set a limit a little above the largest message that the server has."),
    ws: "new WebSocket(url, { maxPayload: 1024 * 1024 })",
  },
  references: { cwe: [770, 400], rfc: ["RFC 6455 10.4"] },
  async run(context) {
    const visit = await context.accepted();
    visit.probe.frame({ opcode: "binary", announced: LENGTH });
    if (await context.ends(visit)) return passed("the connection was ended");
    return found({
      detail: "The client took the header of a frame of 1 GiB, and waited for the payload.",
      evidence: [visit.probe.exchange("a long message that is announced")],
      confidence: "firm",
    });
  },
};
