import { type Check, found, passed } from "../../check.ts";
import { headerOf } from "../../probe/response-head.ts";

const OFFERS = [
  "permessage-deflate; server_max_window_bits=1000",
  "permessage-deflate; server_max_window_bits=9; server_max_window_bits=15",
  "permessage-deflate; client_max_window_bits=0",
  "permessage-deflate; sallyport=1",
  'permessage-deflate; server_max_window_bits="',
];

/** Parameters of compression are taken as they come. */
export const acceptsInvalidExtension: Check = {
  id: "accepts-invalid-extension",
  group: "handshake",
  title: "Compression is agreed on with parameters that do not exist",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "The parameters of `permessage-deflate` say how much memory each connection takes. A server that agrees to windows out of range, to the same parameter twice, or to unknown ones, hands what a stranger wrote to its compression library.",
  decides: "By whether the answer agrees to the extension. A handshake that is accepted without it is right.",
  sends: `${OFFERS.length} handshakes, each with another invalid offer of permessage-deflate`,
  remedy: {
    summary:
      "Decline offers with parameters that RFC 7692 does not have; leave compression off where it is not needed.",
    ws: "new WebSocketServer({ perMessageDeflate: false })",
    sallyport: "compression: off",
  },
  references: { cwe: [1284, 1286], rfc: ["RFC 7692 7.1", "RFC 6455 9.1"] },
  async run(context) {
    const trials = await Promise.all(
      OFFERS.map(async (offer) => ({
        offer,
        probe: (await context.open({ set: { "Sec-WebSocket-Extensions": offer } })).probe,
      })),
    );
    const agreed = trials.filter(
      ({ probe: { head } }) =>
        head?.status === 101 && (headerOf(head, "sec-websocket-extensions") ?? "") !== "",
    );
    if (agreed.length === 0) return passed(`${OFFERS.length} invalid offers were declined or refused`);
    return found({
      detail: `Agreed to: ${agreed.map(({ offer }) => offer).join(" | ")}`,
      evidence: agreed.slice(0, 3).map(({ offer, probe }) => probe.exchange(offer)),
    });
  },
};
