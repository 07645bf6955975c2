import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy, judgeClientBreaches } from "./client-breach.ts";

const KEY: Buffer = Buffer.from("37fa213d", "hex");

/** A server must not mask. */
export const clientAcceptsMaskedFrames: ClientCheck = {
  id: "client-accepts-masked-frames",
  group: "client",
  title: "The client takes masked frames",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "Only clients mask. Masked frames of a server are a sign that the client reads something else than a server's answers, such as its own frames that were sent back, and a filter on the way that trusts the standard does not see what is in them.",
  decides:
    "By whether the client answers a ping that is sent behind, in place of failing the connection as the standard asks for.",
  sends: "one masked pong",
  remedy: clientRemedy("Close with 1002 on a frame with the mask bit."),
  references: { cwe: [1286], rfc: ["RFC 6455 5.1"] },
  run: (context) =>
    judgeClientBreaches(context, [
      { name: "a masked frame", frames: [{ opcode: "pong", payload: "masked", mask: KEY }] },
    ]),
};
