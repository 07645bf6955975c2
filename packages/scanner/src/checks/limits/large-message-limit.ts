import { type Check, found, notApplicable, passed } from "../../check.ts";
import { announceLength, MIB } from "./announce-length.ts";

/** Lengths that are tried, the smallest first. */
const LENGTHS = [16, 64, 96, 256].map((mebibytes) => mebibytes * MIB);

/** There is a limit in size, and it is too large to help. */
export const largeMessageLimit: Check = {
  id: "large-message-limit",
  group: "limits",
  title: "The limit in size of messages is larger than 16 MiB",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "A limit of 100 MiB, the default of several libraries, is reached by twenty connections with two gigabytes. Messages of applications are seldom larger than 64 KiB.",
  decides:
    "By the largest of four lengths (16, 64, 96 and 256 MiB) after whose header the connection stays open, without payload. Not reported where there is no limit at all, which is the larger fault.",
  sends: "up to five frame headers of 14 bytes that announce 16 to 512 MiB, and no payload",
  remedy: {
    summary: "Set a limit a little above the largest message that the application has, such as 64 KiB.",
    ws: "new WebSocketServer({ maxPayload: 64 * 1024 })",
    socketIo: "new Server(http, { maxHttpBufferSize: 64 * 1024 })",
    sallyport: "messageSize: { inbound: 64KiB }",
  },
  references: { cwe: [770], rfc: ["RFC 6455 10.4"], advisories: ["CVE-2020-36048"], cheatSheet: true },
  async run(context) {
    const trials = await Promise.all(
      [...LENGTHS, 512 * MIB].map((length) => announceLength(context, length)),
    );
    const accepted = LENGTHS.filter((_, at) => trials[at]?.isAccepted === true);
    const largest = accepted.at(-1);
    if (largest === undefined) return passed("a frame of 16 MiB is refused by its header");
    if (trials.at(-1)?.isAccepted === true)
      return notApplicable("there is no limit at all: see no-message-size-limit");
    return found({
      detail: `The header of a frame of ${largest / MIB} MiB was accepted: the connection stayed open and waited for the payload.`,
      evidence: trials.slice(accepted.length - 1, accepted.length + 1).map(({ exchange }) => exchange),
    });
  },
};
