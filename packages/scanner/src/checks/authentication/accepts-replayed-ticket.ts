import { type Check, found, notApplicable, passed } from "../../check.ts";
import { tryHandshake } from "../try-handshake.ts";
import { credentialsOf } from "./credentials.ts";

const TICKET = /ticket|nonce|otp|once/i;

/** What is good for once is good for twice. */
export const acceptsReplayedTicket: Check = {
  id: "accepts-replayed-ticket",
  group: "authentication",
  title: "A ticket is accepted more than once",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N",
  about:
    "A ticket may stand in a URL because it is worth nothing once it was used. Where it is accepted again, it is a token in a log.",
  decides:
    "By whether a second connection is admitted with the ticket in the query that the normal connection has used. It runs after all others.",
  sends: "one handshake like the normal one, and a ping",
  remedy: {
    summary: "Take the ticket out of the store before the upgrade, in one step, and let it live for seconds.",
    sallyport: "ticket: require",
  },
  references: { cwe: [294], asvs: ["4.4.3"], cheatSheet: true },
  isLast: true,
  async run(context) {
    const ticket = credentialsOf(context).find(
      ({ place }) => place.startsWith("the query") && TICKET.test(place),
    );
    if (ticket === undefined) return notApplicable("there is no ticket in the URL");
    const { isUsed, words, exchange } = await tryHandshake(context, {}, "a handshake with a used ticket");
    if (!isUsed) return passed(words);
    return found({
      detail: `The ticket in ${ticket.place} had been used, and was ${words}.`,
      evidence: [exchange],
    });
  },
};
