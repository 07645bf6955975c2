import { describeAttempt } from "../../attempt.ts";
import { type Check, found, notApplicable, passed } from "../../check.ts";
import { findEngineIo, NO_ENGINE_IO, pathOf } from "./engine-io.ts";

/** A transport that does not exist is admitted. */
export const engineIoUnknownTransport: Check = {
  id: "engine-io-unknown-transport",
  group: "messages",
  title: "Engine.IO upgrades to transports that it does not have",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
  about:
    "A server that upgrades a request before it looks whether it has the transport that is named goes on with a connection that nothing handles, and may end its process.",
  decides:
    "By whether a handshake with a transport that does not exist is answered with 101, where the right one answers as Engine.IO does.",
  sends: "where Engine.IO is spoken: one handshake with transport=sallyport",
  remedy: {
    summary: "Update engine.io to 6.4.2 or later.",
    socketIo: "npm install socket.io@latest",
    sallyport: "dialect: socket.io",
  },
  references: { cwe: [248, 754], advisories: ["CVE-2023-31125"] },
  withoutControl: true,
  async run(context) {
    const engine = await findEngineIo(context);
    if (engine === null) return notApplicable(NO_ENGINE_IO);
    const attempt = await context.open({ path: pathOf(engine, "sallyport") });
    if (attempt.kind !== "accepted") return passed(describeAttempt(attempt));
    return found({
      detail: "A handshake with a transport that does not exist was answered with 101.",
      evidence: [attempt.probe.exchange("a transport that does not exist")],
    });
  },
};
