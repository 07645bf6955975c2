import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { connectNamespace, findSocketIo, NO_SOCKET_IO } from "./engine-io.ts";

const ADMIN = "/admin";

/** Whoever comes administers. */
export const socketIoOpenAdminNamespace: Check = {
  id: "socket-io-open-admin-namespace",
  group: "messages",
  title: "The namespace of administrators of Socket.IO admits everybody",
  severity: "critical",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N",
  about:
    "The administration of Socket.IO lists all clients with their addresses and rooms, moves them and ends them. It is a namespace beside the application's, and has a password only where one is set.",
  decides:
    "By whether /admin is connected without a password, while a namespace that does not exist is refused. It is firm and not certain: an application may have a harmless namespace of that name.",
  sends:
    "where Socket.IO is spoken: one packet that connects to /admin, and one to a name that does not exist",
  remedy: {
    summary: "Set a password with a hash, or leave the administration out of production.",
    socketIo: 'instrument(io, { auth: { type: "basic", username: "…", password: "$2b$10$…" } })',
  },
  references: { cwe: [306, 1188] },
  withoutControl: true,
  async run(context) {
    const engine = await findSocketIo(context);
    if (engine === null) return notApplicable(NO_SOCKET_IO);
    const connection = await connectNamespace(context, engine, ADMIN);
    if (connection === null) return notTested("no connection was made this time");
    if (!connection.isConnected) return passed("it was refused, or is not there");
    const other = await connectNamespace(context, engine, "/sallyport-scan-none");
    if (other?.isConnected === true)
      return notApplicable("every namespace is connected: see socket-io-any-namespace");
    return found({
      detail: "The namespace /admin was connected without a password.",
      evidence: [connection.probe.exchange("the namespace /admin")],
      confidence: "firm",
    });
  },
};
