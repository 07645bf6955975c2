import { type Check, found, passed } from "../../check.ts";
import { endSession } from "./end-session.ts";

/** Whoever has the socket stays. */
export const outlivesLogout: Check = {
  id: "outlives-logout",
  group: "authentication",
  title: "Sockets stay open after the session is over",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:H/I:N/A:N",
  about:
    "A socket is authenticated once, when it is opened. Where the end of the session does not close it, logging out, or having a stolen session ended, changes nothing for whoever is connected.",
  decides:
    "By whether a socket that was open when --logout-url was asked is still open five times the patience later, and answers a ping. It runs after all others.",
  sends: "a normal connection, and one POST (or GET) with the credentials to --logout-url",
  remedy: {
    summary:
      "Keep sessions and their sockets in one table, and close the sockets (1008) where the session ends; verify long ones again, such as every 30 minutes.",
    ws: "for (const socket of socketsOf(session)) socket.close(1008);",
    sallyport:
      'identity: { session: { url: "http://127.0.0.1:3000/session", cookie: sid, recheck: 30s } } # and `sallyport revoke`',
  },
  references: { cwe: [613], asvs: ["7.4.1"], cheatSheet: true },
  isLast: true,
  async run(context) {
    const { isClosed, exchange } = await endSession(context);
    if (isClosed) return passed("the socket was closed");
    return found({
      detail: "The socket stayed open after the session was ended, and answers a ping.",
      evidence: [exchange],
    });
  },
};
