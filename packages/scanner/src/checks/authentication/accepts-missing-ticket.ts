import { type Check, found, notApplicable, passed } from "../../check.ts";
import { tryWithout, tryWithoutTicket } from "./credentials.ts";

/** Tickets are given, and nobody is asked for one. */
export const acceptsMissingTicket: Check = {
  id: "accepts-missing-ticket",
  group: "authentication",
  title: "The one-time ticket can be left out",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
  about:
    "A page fetches a ticket so that neither a cookie, which browsers send by themselves, nor a long-lived token opens the socket. Where the socket opens without one as well, the ticket protects the visitors of pages that fetch it, and nobody from those that do not: the check of origins alone is left.",
  decides:
    "By whether the socket is usable with the credentials and the application's origin, and without the ticket of --ticket.",
  sends: "one handshake like the normal one, without a ticket, and a ping",
  remedy: {
    summary: "Refuse handshakes without a ticket, whatever else they bring.",
    sallyport: "ticket: require",
  },
  references: { cwe: [352, 1385], asvs: ["4.4.3"], cheatSheet: true },
  async run(context) {
    if (context.settings.ticket === null) return notApplicable("no ticket is fetched: see --ticket");
    if ((await tryWithout(context)).isUsed)
      return notApplicable("no credentials are needed: see no-authentication");
    const { isUsed, words, exchange } = await tryWithoutTicket(context);
    if (!isUsed) return passed(words);
    return found({
      detail: `A handshake with the credentials and without a ticket was ${words}.`,
      evidence: [exchange, context.control.exchange],
    });
  },
};
