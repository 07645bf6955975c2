import { notApplicable } from "../../check.ts";
import { frame } from "../../probe/frame.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import { deflated } from "../compression.ts";
import { clientRemedy } from "./client-breach.ts";
import { CLIENT_CRASH_DECIDES, judgeClientCrash } from "./client-crash.ts";

/** Parameters that RFC 7692 7.1 does not have. */
const ANSWERS = [
  "permessage-deflate; server_max_window_bits=1000",
  "permessage-deflate; server_max_window_bits=7",
  "permessage-deflate; server_max_window_bits=-1; client_max_window_bits=99",
];

/** The parameters of an extension are the server's choice. */
export const clientCrashesOnExtensionAnswer: ClientCheck = {
  id: "client-crashes-on-extension-answer",
  group: "client",
  title: "Wrong parameters of an extension end the client's process",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
  about:
    "The server chooses the window of the compression. A client that gives its number to zlib as it came throws where nobody catches it, at the first compressed message.",
  decides: CLIENT_CRASH_DECIDES,
  sends:
    "where the client offers permessage-deflate: three answers with windows that are none, each with a compressed and a corrupt message",
  remedy: clientRemedy(
    "End the connection where a parameter of an extension is not valid, and where data cannot be decompressed.",
  ),
  references: { cwe: [248, 1284], rfc: ["RFC 7692 7.1.2", "RFC 7692 7"], advisories: ["CVE-2026-2229"] },
  impact: "destructive",
  async run(context) {
    if (!context.control.compresses) return notApplicable("the client does not offer permessage-deflate");
    return judgeClientCrash(
      context,
      ANSWERS.map((answer) => ({
        name: answer,
        run(visit) {
          visit.accept({ set: { "Sec-WebSocket-Extensions": answer } });
          for (const payload of [deflated("compressed"), Buffer.from("ffffffff", "hex")])
            visit.probe.send(
              frame({ opcode: "text", reserved: 4, payload, mask: null }),
              "a compressed message",
            );
        },
      })),
    );
  },
};
