import type { ClientCheck } from "../../reverse/client-check.ts";
import { clientRemedy } from "./client-breach.ts";
import { CLIENT_CRASH_DECIDES, judgeClientCrash } from "./client-crash.ts";

/** Lengths that no memory has: one whose upper half overflows when it is shifted, one with the highest bit, and the last there is. */
const LENGTHS = [2n ** 55n, 2n ** 63n, 2n ** 64n - 1n];
/** More than any library waits for before it looks. */
const PAYLOAD: Buffer = Buffer.alloc(70_000, "x");
const ANSWER_MS = 5000;
const ALONE_MS = 100;

/** A length is a number that may be too large. */
export const clientCrashesOnHugeLength: ClientCheck = {
  id: "client-crashes-on-huge-length",
  group: "client",
  title: "The length of a frame ends the client's process",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
  about:
    "The length of a frame has 64 bits, and many a reader has fewer. One that overflows throws where nobody catches it, and ten bytes of a server end the process of every client.",
  decides: CLIENT_CRASH_DECIDES,
  sends: "frames that announce 2^55, 2^63 and 2^64-1 bytes with 70 KB of payload, on three connections",
  remedy: clientRemedy("End the connection on a length above the limit, before anything is made of it."),
  references: { cwe: [190, 248], rfc: ["RFC 6455 5.2"], advisories: ["CVE-2026-1528"] },
  impact: "destructive",
  run: (context) =>
    judgeClientCrash(
      context,
      LENGTHS.map((announced) => ({
        name: `a frame that announces ${announced} bytes`,
        async run(visit) {
          const { probe } = visit;
          visit.accept();
          await probe.ping(ANSWER_MS);
          probe.frame({ opcode: "binary", announced, lengthBytes: 8 });
          // The header is read alone: a length that was misread is then about bytes that are not there.
          await probe.waitFor(() => probe.isClosed, ALONE_MS);
          probe.send(PAYLOAD, `${PAYLOAD.length} bytes of payload`);
        },
      })),
    ),
};
