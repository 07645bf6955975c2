import { type Check, notApplicable } from "../../check.ts";
import { NotTestedError } from "../../not-tested.ts";
import { connectNamespace, findSocketIo, NO_SOCKET_IO } from "../messages/engine-io.ts";
import { CRASH_CVSS, CRASH_DECIDES, crashRemedy, eachOf, judgeCrash } from "./judge-crash.ts";

/** Names that are no text, and cannot be made one. */
const PACKETS = [
  '42[{"toString":"sallyport-scan"}]',
  '42[{"toString":null,"valueOf":null}]',
  "42[[null],{}]",
];

/** An event whose name is no text ends the process. */
export const crashesOnSocketIoEventName: Check = {
  id: "crashes-on-socket-io-event-name",
  group: "crash",
  title: "A Socket.IO event whose name is an object ends the process",
  severity: "high",
  cvss: CRASH_CVSS,
  about:
    "The first member of an event is its name. A server that takes an object there, and looks for who listens to it, asks the object for its text: one whose toString is no function makes it throw, where nobody catches.",
  decides: CRASH_DECIDES,
  sends: "where Socket.IO is spoken: three events whose names are objects, each on a connection of its own",
  remedy: crashRemedy("Update socket.io-parser to 4.2.3 or 3.4.3, or later."),
  references: { cwe: [20, 754], advisories: ["CVE-2023-32695"] },
  impact: "destructive",
  isAlone: true,
  async run(context) {
    const engine = await findSocketIo(context);
    if (engine === null) return notApplicable(NO_SOCKET_IO);
    return judgeCrash(context, () =>
      eachOf(
        PACKETS.map(async (packet) => {
          const connection = await connectNamespace(context, engine, "/");
          if (connection?.isConnected !== true)
            throw new NotTestedError(
              "the main namespace admits nobody: give the packet that connects as --message",
            );
          connection.probe.text(packet);
          await connection.probe.reaction();
          return connection.probe.exchange("an event whose name is an object");
        }),
      ),
    );
  },
};
