import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { JWT_IDENTITY } from "../policy-lines.ts";
import { tryHandshake } from "../try-handshake.ts";
import { credentialsOf, tryWithout } from "./credentials.ts";

/** Programs are not asked who they are. */
export const missingOriginSkipsAuthentication: Check = {
  id: "missing-origin-skips-authentication",
  group: "authentication",
  title: "Without an Origin no credentials are needed",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:L/A:N",
  about:
    "Some servers ask for a token where there is an Origin, since only browsers can be tricked, and let everything else in. A program that leaves the header out needs no token then.",
  decides:
    "By whether the socket is usable without Origin and without credentials, while it is refused without credentials alone.",
  sends: "one handshake without `Origin` and without the credentials, and a ping",
  remedy: {
    summary:
      "Ask everybody for credentials; the Origin decides about pages, and never about who somebody is.",
    sallyport: JWT_IDENTITY,
  },
  references: { cwe: [306, 288], asvs: ["4.4.3"], rfc: ["RFC 6455 10.1"], advisories: ["CVE-2026-39363"] },
  async run(context) {
    if (credentialsOf(context).length === 0) return notTested("no credentials were given");
    if (context.control.origin === null) return notApplicable("the normal connection has no Origin");
    const without = await tryWithout(context);
    if (without.isUsed) return notApplicable("no credentials are needed: see no-authentication");
    const change = { credentials: false, origin: null };
    const trial = await tryHandshake(context, change, "a handshake without Origin and without credentials");
    if (!trial.isUsed) return passed(trial.words);
    return found({
      detail: `A handshake without Origin and without credentials was ${trial.words}.`,
      evidence: [trial.exchange, without.exchange],
    });
  },
};
