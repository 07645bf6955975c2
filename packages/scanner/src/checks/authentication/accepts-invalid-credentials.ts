import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { JWT_IDENTITY } from "../policy-lines.ts";
import { credentialsOf, tryInvalid, tryWithout } from "./credentials.ts";

/** Credentials have to be there, and are not looked at. */
export const acceptsInvalidCredentials: Check = {
  id: "accepts-invalid-credentials",
  group: "authentication",
  title: "Any credentials are accepted",
  severity: "critical",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N",
  about: "A server that asks for a token or a cookie and does not verify it admits whoever sends any.",
  decides:
    "By whether the socket is usable with invented values in place of all credentials, while it is not without them.",
  sends: "one handshake with `sallyport-scan-invalid` in place of every token and cookie, and a ping",
  remedy: {
    summary: "Verify the token or session before the upgrade, and answer 401 where it is not valid.",
    ws: "const user = await verify(request); if (user === null) refuse(401)",
    sallyport: JWT_IDENTITY,
  },
  references: { cwe: [287, 347], asvs: ["4.4.3", "7.2.1"], rfc: ["RFC 6455 4.2.2"], cheatSheet: true },
  async run(context) {
    if (credentialsOf(context).length === 0) return notTested("no credentials were given");
    if ((await tryWithout(context)).isUsed)
      return notApplicable("no credentials are needed: see no-authentication");
    const { isUsed, words, exchange } = await tryInvalid(context);
    if (!isUsed) return passed(words);
    return found({
      detail:
        "A handshake with invented credentials was accepted, and the socket is usable; without any it is not.",
      evidence: [exchange, (await tryWithout(context)).exchange],
    });
  },
};
