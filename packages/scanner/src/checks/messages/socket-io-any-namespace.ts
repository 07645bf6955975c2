import { randomBytes } from "node:crypto";
import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { connectNamespace, findSocketIo, NO_SOCKET_IO } from "./engine-io.ts";

/** Clients make namespaces by naming them. */
export const socketIoAnyNamespace: Check = {
  id: "socket-io-any-namespace",
  group: "messages",
  title: "Socket.IO admits clients to namespaces of any name",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "A dynamic namespace whose pattern admits every name is made when a client names it, and is kept: clients fill the memory with names. What a check of rights knows by the name of the namespace, it does not know here.",
  decides: "By whether a namespace with a random name is connected.",
  sends: "where Socket.IO is spoken: one packet that connects to a namespace with a random name",
  remedy: {
    summary:
      "Anchor the pattern of dynamic namespaces and list what may stand in it; clean up those that are empty.",
    socketIo: "new Server(http, { cleanupEmptyChildNamespaces: true }); io.of(/^\\/room-\\d{1,6}$/)",
  },
  references: { cwe: [770, 862] },
  withoutControl: true,
  async run(context) {
    const engine = await findSocketIo(context);
    if (engine === null) return notApplicable(NO_SOCKET_IO);
    const namespace = `/sallyport-scan-${randomBytes(4).toString("hex")}`;
    const connection = await connectNamespace(context, engine, namespace);
    if (connection === null) return notTested("no connection was made this time");
    if (!connection.isConnected) return passed("it was refused");
    return found({
      detail: `The namespace ${namespace} was connected.`,
      evidence: [connection.probe.exchange("a namespace with a random name")],
    });
  },
};
