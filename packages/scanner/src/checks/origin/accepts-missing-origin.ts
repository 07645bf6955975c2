import { type Check, found, notApplicable, passed } from "../../check.ts";
import { tryHandshake } from "../try-handshake.ts";
import { tryForeign, usesCookie } from "./foreign-origin.ts";

/** A cookie without an origin is believed. */
export const acceptsMissingOrigin: Check = {
  id: "accepts-missing-origin",
  group: "origin",
  title: "A cookie is believed without an Origin",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
  about:
    "Browsers send an Origin with every handshake. A handshake with a cookie and without an Origin comes from a program, or through something that takes the header away: then nothing is left of the check, since cookies are sent by whoever is made to.",
  decides:
    "By whether the socket is usable with a cookie, without an Origin and without other credentials, while a foreign origin is refused. Low where the user is known by a cookie (--cookie), else info.",
  sends:
    "one handshake without `Origin` and with the cookie `sallyport-scan=1` besides those of --cookie, and a ping",
  remedy: {
    summary: "Without an Origin ask for a token that no browser sends by itself; a cookie alone is refused.",
    ws: "if (request.headers.origin === undefined && request.headers.cookie !== undefined) refuse(403)",
    sallyport: "origin: { allow: [https://app.example.com] } # a cookie without an Origin is refused",
  },
  references: {
    cwe: [346, 1385],
    asvs: ["4.4.2"],
    rfc: ["RFC 6455 4.1", "RFC 6455 10.2"],
    advisories: ["CVE-2026-39363"],
    cheatSheet: true,
  },
  async run(context) {
    if (context.control.origin === null)
      return notApplicable("the control is admitted without an Origin alone");
    if ((await tryForeign(context)).kind === "used")
      return notApplicable("any origin is accepted: see accepts-foreign-origin");
    if (context.settings.credentials.length > 0 && !usesCookie(context))
      return passed("the user is known by what no browser sends by itself");
    const given = context.settings.credentials.find(([name]) => name.toLowerCase() === "cookie");
    const cookie = [...(given === undefined ? [] : [given[1]]), "sallyport-scan=1"].join("; ");
    // Whoever has the token as well is believed for that.
    const others = context.settings.credentials.map(([name]) => [name, null] as const);
    const change = { origin: null, set: { ...Object.fromEntries(others), Cookie: cookie } };
    const trial = await tryHandshake(context, change, "a handshake with a cookie and without an Origin");
    if (!trial.isUsed) return passed(trial.words);
    const isKnown = usesCookie(context);
    return found({
      detail: `A handshake with a cookie and without an Origin was ${trial.words}, while a foreign origin is refused.`,
      evidence: [trial.exchange],
      ...(isKnown
        ? {}
        : {
            severity: "info",
            cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
            confidence: "tentative",
          }),
    });
  },
};
