import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy, judgeClientBreaches } from "./client-breach.ts";

/** Reserved bits are zero without an extension. */
export const clientAcceptsReservedBits: ClientCheck = {
  id: "client-accepts-reserved-bits",
  group: "client",
  title: "The client takes frames with reserved bits",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "The three reserved bits mean what a negotiated extension says, and nothing without one. A client that ignores them takes a compressed frame for plain text, and sees something else than what filtered it.",
  decides:
    "By whether the client answers a ping that is sent behind, in place of failing the connection as the standard asks for.",
  sends: "three pongs, each with another reserved bit, on three connections; no extension is accepted",
  remedy: clientRemedy("Close with 1002 on a reserved bit that no negotiated extension gives a meaning."),
  references: { cwe: [1286], rfc: ["RFC 6455 5.2"] },
  run: (context) =>
    judgeClientBreaches(
      context,
      [1, 2, 3].map((bit) => ({
        name: `a frame with RSV${bit}`,
        frames: [{ opcode: "pong", reserved: 8 >> bit }],
      })),
    ),
};
