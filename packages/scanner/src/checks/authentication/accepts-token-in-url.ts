import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { tryHandshake } from "../try-handshake.ts";
import { credentialsOf, obstacle, tryWithout } from "./credentials.ts";

const NAMES = ["token", "access_token", "jwt", "auth"];
const ONCE = /ticket|nonce|otp|once/i;

/** A token in a URL is a token in every log. */
export const acceptsTokenInUrl: Check = {
  id: "accepts-token-in-url",
  group: "authentication",
  title: "Tokens are accepted in the URL",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:L/I:N/A:N",
  about:
    "URLs are written into the logs of every proxy and server on the way, and into histories: whoever reads one of them has the token, for as long as it lives.",
  decides:
    "By whether the user is known by a parameter of the target's URL, and not without it; a parameter named like a ticket, which is good for once, is another check's. Else by whether the token of a header is accepted in the query.",
  sends: `where a token was given in a header: one handshake without it for each of the parameters ${NAMES.join(", ")}`,
  remedy: {
    summary:
      "Get a ticket over HTTPS that is good for once and for seconds, and send that; or the token in a subprotocol or in the first message.",
    sallyport: "ticket: require",
  },
  references: { cwe: [598], asvs: ["14.2.1"], rfc: ["RFC 6750 5.3"], cheatSheet: true },
  async run(context) {
    const credentials = credentialsOf(context);
    if (credentials.length === 0) return notTested("no credentials were given");
    const problem = await obstacle(context);
    if (problem !== null) return notApplicable(problem);
    const inUrl = credentials.find(({ place }) => place.startsWith("the query") && !ONCE.test(place));
    if (inUrl !== undefined)
      return found({
        detail: `The user is known by ${inUrl.place}, and not without it.`,
        evidence: [context.control.exchange, (await tryWithout(context)).exchange],
      });
    const header = credentials.find(({ place }) => place === "the header Authorization");
    if (header === undefined) return passed("no credential stands in the URL");
    const trials = await Promise.all(
      NAMES.map(async (name) => {
        const url = new URL(context.target.url);
        url.searchParams.set(name, header.value);
        const change = { credentials: false, path: `${url.pathname}${url.search}` };
        return { name, ...(await tryHandshake(context, change, `the token as ?${name}=`)) };
      }),
    );
    const used = trials.filter(({ isUsed }) => isUsed);
    if (used.length === 0) return passed(`not as ${NAMES.join(", ")}`);
    return found({
      detail: `The token of the header is accepted in the query as well: ${used.map(({ name }) => name).join(", ")}.`,
      evidence: used.slice(0, 2).map(({ exchange }) => exchange),
    });
  },
};
