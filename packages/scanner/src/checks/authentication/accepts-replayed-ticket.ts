import { type Check, found, notApplicable, notTested, type Outcome, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import type { TicketSettings } from "../../ticket.ts";
import { type Trial, tryHandshake } from "../try-handshake.ts";
import { credentialsOf, tryWithoutTicket } from "./credentials.ts";

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
    "By whether a second connection is admitted with a ticket that one was admitted with before: with --ticket one that is fetched for this, else the one in the query of the URL, after all other checks. Where the socket opens without a ticket as well, that is another check's.",
  sends:
    "three handshakes like the normal one, of which one has no ticket and two have the same, and a ping on each",
  remedy: {
    summary: "Take the ticket out of the store before the upgrade, in one step, and let it live for seconds.",
    sallyport: "ticket: require",
  },
  references: { cwe: [294], asvs: ["4.4.3"], cheatSheet: true },
  isLast: true,
  async run(context) {
    const { ticket } = context.settings;
    if (ticket !== null) return replay(context, ticket);
    const given = credentialsOf(context).find(
      ({ place }) => place.startsWith("the query") && TICKET.test(place),
    );
    if (given === undefined)
      return notApplicable("there is no ticket: none is in the URL, and --ticket was not given");
    const trial = await tryHandshake(context, {}, "a handshake with a used ticket");
    return judge(trial, `The ticket in ${given.place} had been used`);
  },
};

async function replay(context: CheckContext, { parameter }: TicketSettings): Promise<Outcome> {
  if ((await tryWithoutTicket(context)).isUsed)
    return notApplicable("no ticket is needed: see accepts-missing-ticket");
  const change = { ticket: await context.ticket() };
  const first = await tryHandshake(context, change, "a handshake with a ticket");
  if (!first.isUsed) return notTested(`the first handshake with the ticket was ${first.words}`);
  const trial = await tryHandshake(context, change, "another handshake with the same ticket");
  const place = parameter === null ? "the subprotocols" : `the query parameter ${parameter}`;
  return judge(trial, `The ticket in ${place} had been used`);
}

function judge({ isUsed, words, exchange }: Trial, used: string): Outcome {
  return isUsed ? found({ detail: `${used}, and was ${words}.`, evidence: [exchange] }) : passed(words);
}
