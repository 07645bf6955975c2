import { type Check, notApplicable } from "../../check.ts";
import { NotTestedError } from "../../not-tested.ts";
import { connectNamespace, findSocketIo, NO_SOCKET_IO } from "../messages/engine-io.ts";
import { CRASH_CVSS, CRASH_DECIDES, crashRemedy, judgeCrash } from "./judge-crash.ts";

/** An event named error ends the process. */
export const crashesOnSocketIoErrorEvent: Check = {
  id: "crashes-on-socket-io-error-event",
  group: "crash",
  title: "A Socket.IO event named error ends the process",
  severity: "high",
  cvss: CRASH_CVSS,
  about:
    "Events of clients are emitted on the server's object under the name that the client chose. An event named error without a listener is thrown by Node, and the process ends.",
  decides: CRASH_DECIDES,
  sends: "where Socket.IO is spoken: one event with the name error",
  remedy: crashRemedy(
    "Update socket.io to 4.6.2 or 2.5.1, or later; until then listen for error on each socket.",
  ),
  references: { cwe: [248, 20], advisories: ["CVE-2024-38355"] },
  impact: "destructive",
  isAlone: true,
  async run(context) {
    const engine = await findSocketIo(context);
    if (engine === null) return notApplicable(NO_SOCKET_IO);
    return judgeCrash(context, async () => {
      const connection = await connectNamespace(context, engine, "/");
      if (connection?.isConnected !== true)
        throw new NotTestedError(
          "the main namespace admits nobody: give the packet that connects as --message",
        );
      connection.probe.text('42["error","sallyport-scan"]');
      await connection.probe.reaction();
      return [connection.probe.exchange("an event named error")];
    });
  },
};
