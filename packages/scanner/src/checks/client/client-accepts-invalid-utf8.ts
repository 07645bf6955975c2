import type { ClientCheck } from "../../reverse/client-check.ts";
import { BREACH_CVSS, clientRemedy, judgeClientBreaches } from "./client-breach.ts";

/** A surrogate as three bytes, and a byte that is in no character. */
const INVALID: Buffer = Buffer.from("61eda08062ff", "hex");

/** Text is UTF-8. */
export const clientAcceptsInvalidUtf8: ClientCheck = {
  id: "client-accepts-invalid-utf8",
  group: "client",
  title: "The client takes text that is not UTF-8",
  severity: "low",
  cvss: BREACH_CVSS,
  about:
    "Invalid bytes are read in different ways by different readers: what a filter took for harmless becomes something else in the application.",
  decides:
    "By whether the client answers a ping that is sent behind, in place of failing the connection as the standard asks for. A client that ends the connection after any message is not tested; give --message with one that it understands.",
  sends: "two text messages that are not UTF-8, one whole and one in two fragments, on two connections",
  remedy: clientRemedy("Close with 1007 on text that is not UTF-8."),
  references: { cwe: [176, 838], rfc: ["RFC 6455 8.1", "RFC 6455 5.6"] },
  run: (context) =>
    judgeClientBreaches(
      context,
      [
        { name: "text that is not UTF-8", frames: [{ opcode: "text", payload: INVALID }] },
        {
          name: "text that is not UTF-8 in two fragments",
          frames: [
            { opcode: "text", payload: INVALID.subarray(0, 3), fin: false },
            { opcode: "continuation", payload: INVALID.subarray(3) },
          ],
        },
      ],
      { isMessage: true },
    ),
};
