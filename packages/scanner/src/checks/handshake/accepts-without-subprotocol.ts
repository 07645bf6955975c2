import { type Check, found, notApplicable, passed } from "../../check.ts";
import { tryHandshake } from "../try-handshake.ts";

/** Whoever leaves out the subprotocol is not held to it. */
export const acceptsWithoutSubprotocol: Check = {
  id: "accepts-without-subprotocol",
  group: "handshake",
  title: "The subprotocol can be left out",
  severity: "info",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
  about:
    "Where an application speaks a subprotocol and admits clients without one, whatever depends on it, such as the version of messages or a validation that is chosen by it, can be avoided by leaving it out.",
  decides: "By whether the socket is usable without a subprotocol, where the normal connection has one.",
  sends: "one handshake without `Sec-WebSocket-Protocol`, the messages of --message, and a ping",
  remedy: {
    summary: "Refuse handshakes that offer none of the subprotocols that the application speaks.",
    ws: 'if (!offered.has("chat.v1")) socket.end("HTTP/1.1 400 Bad Request\\r\\n\\r\\n");',
  },
  references: { cwe: [757], rfc: ["RFC 6455 4.2.2"] },
  async run(context) {
    const { subprotocol } = context.control;
    if (subprotocol === null)
      return notApplicable("the normal connection has no subprotocol: see --subprotocol");
    const trial = await tryHandshake(context, { subprotocols: [] }, "a handshake without a subprotocol");
    if (!trial.isUsed) return passed(trial.words);
    return found({
      detail: `The normal connection speaks ${subprotocol}; one without any is usable as well.`,
      evidence: [trial.exchange],
      confidence: "tentative",
    });
  },
};
