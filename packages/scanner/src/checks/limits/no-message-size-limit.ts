import { type Check, found, passed } from "../../check.ts";
import { announceLength, MIB } from "./announce-length.ts";

/** Above the largest default that a library has, 128 MiB, so that nothing but a missing limit accepts it. */
const LENGTH = 512 * MIB;

/** No length of a message is too long. */
export const noMessageSizeLimit: Check = {
  id: "no-message-size-limit",
  group: "limits",
  title: "Messages have no limit in size",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
  about:
    "One client that sends a message of gigabytes makes the process keep all of it, until it has no memory left.",
  decides:
    "By whether the connection stays open after the header of a frame of 512 MiB, without a byte of payload: whoever has a limit ends it there. It gets the time to, and a turn of its own on another connection.",
  sends: "one frame header of 14 bytes that announces 512 MiB, and no payload",
  remedy: {
    summary: "Set a limit a little above the largest message that the application has, such as 64 KiB.",
    ws: "new WebSocketServer({ maxPayload: 64 * 1024 })",
    socketIo: "new Server(http, { maxHttpBufferSize: 64 * 1024 })",
    sallyport: "messageSize: { inbound: 64KiB }",
  },
  references: { cwe: [770, 400], rfc: ["RFC 6455 10.4"], advisories: ["CVE-2016-10542"], cheatSheet: true },
  async run(context) {
    const { isAccepted, code, exchange } = await announceLength(context, LENGTH);
    if (!isAccepted) return passed(`closed with ${code ?? "no code"} at 512 MiB`);
    return found({
      detail:
        "The header of a frame of 512 MiB was accepted: the connection stayed open and waited for the payload.",
      evidence: [exchange],
    });
  },
};
