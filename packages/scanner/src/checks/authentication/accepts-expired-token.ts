import { type Check, found, notApplicable, notTested, type Outcome, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import { JWT_IDENTITY } from "../policy-lines.ts";
import { tryHandshake } from "../try-handshake.ts";
import { credentialsOf, obstacle, tokensOf } from "./credentials.ts";
import { readToken } from "./json-web-token.ts";

/** What clocks may differ. */
const SKEW_SECONDS = 120;

/** A token has its time. */
export const acceptsExpiredToken: Check = {
  id: "accepts-expired-token",
  group: "authentication",
  title: "Tokens are accepted after they are over",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N",
  about:
    "A token that was found in a log or on an old machine is as good as a new one where its end is not looked at.",
  decides: `By whether the socket is usable with the token of --expired-token in place of the user's; or, without it, by whether the user's own token is over by more than ${SKEW_SECONDS} seconds and was accepted all the same.`,
  sends: "one handshake with the token of --expired-token, and a ping",
  remedy: {
    summary: "Verify `exp`, ask for it, and allow a minute of skew at most.",
    ws: 'await jwtVerify(token, key, { requiredClaims: ["exp"], clockTolerance: 30 })',
    sallyport: `${JWT_IDENTITY} # a token that is over is a 401`,
  },
  references: { cwe: [613], asvs: ["9.2.1", "7.4.1"], rfc: ["RFC 7519 4.1.4"], cheatSheet: true },
  async run(context) {
    const own = tokensOf(context)[0];
    const end = own === undefined ? undefined : readToken(own.value)?.claims["exp"];
    const isOver = typeof end === "number" && end + SKEW_SECONDS < Date.now() / 1000;
    const expired = context.settings.expiredToken;
    const credential = own ?? credentialsOf(context)[0];
    if (credential === undefined || (expired === null && !isOver))
      return notTested("no token was given that is over: give --token and --expired-token");
    const problem = await obstacle(context);
    if (problem !== null) return notApplicable(problem);
    if (expired === null)
      return found({
        detail: `The token in ${credential.place} was over ${Math.round(Date.now() / 1000 - Number(end))} seconds ago, and the normal connection was admitted with it.`,
        evidence: [context.control.exchange],
      });
    return judge(context, credential.replaced(expired));
  },
};

async function judge(context: CheckContext, change: Parameters<typeof tryHandshake>[1]): Promise<Outcome> {
  const { isUsed, words, exchange } = await tryHandshake(
    context,
    change,
    "a handshake with a token that is over",
  );
  if (!isUsed) return passed(words);
  return found({ detail: `A token that is over was ${words}.`, evidence: [exchange] });
}
