import { type Check, found, notApplicable, passed } from "../../check.ts";
import { tryHandshake } from "../try-handshake.ts";
import { tryWithout } from "./credentials.ts";
import { endSession } from "./end-session.ts";

/** The credentials are good after the session is over. */
export const acceptsEndedSession: Check = {
  id: "accepts-ended-session",
  group: "authentication",
  title: "Credentials are accepted after the session is over",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:H/I:N/A:N",
  about:
    "Logging out has to make the session worthless, not only take the cookie from the browser: whoever has a copy of it goes on.",
  decides:
    "By whether a new socket is usable with the credentials after --logout-url was asked. It runs after all others.",
  sends: "one POST (or GET) with the credentials to --logout-url, once in a scan, and one handshake",
  remedy: {
    summary:
      "Look sessions up at the handshake; for tokens that are not looked up keep a list of those that were revoked.",
    sallyport:
      'identity: { session: { url: "http://127.0.0.1:3000/session", cookie: sid, recheck: 30s } } # and `sallyport revoke`',
  },
  references: { cwe: [613], asvs: ["7.4.1"], cheatSheet: true },
  isLast: true,
  async run(context) {
    const without = await tryWithout(context);
    if (without.isUsed) return notApplicable("no credentials are needed: see no-authentication");
    await endSession(context);
    const { isUsed, words, exchange } = await tryHandshake(
      context,
      {},
      "a handshake after the session was ended",
    );
    if (!isUsed) return passed(words);
    return found({ detail: `A handshake after the end of the session was ${words}.`, evidence: [exchange] });
  },
};
