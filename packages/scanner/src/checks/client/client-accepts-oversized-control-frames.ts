import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy, judgeClientBreaches } from "./client-breach.ts";

/** Control frames are short. */
export const clientAcceptsOversizedControlFrames: ClientCheck = {
  id: "client-accepts-oversized-control-frames",
  group: "client",
  title: "The client takes control frames of more than 125 bytes",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "Control frames are answered at once and outside of every limit for messages. Where they may be of any size, a server makes the client send as much as it likes.",
  decides:
    "By whether the client answers a ping that is sent behind, in place of failing the connection as the standard asks for.",
  sends: "one pong of 126 bytes",
  remedy: clientRemedy("Close with 1002 on a control frame of more than 125 bytes."),
  references: { cwe: [1286, 770], rfc: ["RFC 6455 5.5"] },
  run: (context) =>
    judgeClientBreaches(context, [
      { name: "a pong of 126 bytes", frames: [{ opcode: "pong", payload: Buffer.alloc(126, "x") }] },
    ]),
};
