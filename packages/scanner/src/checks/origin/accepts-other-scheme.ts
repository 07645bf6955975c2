import type { Check } from "../../check.ts";
import { originBattery } from "./origin-battery.ts";

/** A page that came without TLS may open the socket. */
export const acceptsOtherScheme: Check = originBattery({
  id: "accepts-other-scheme",
  title: "The plain http: origin of the application is accepted",
  severity: "low",
  cvss: "CVSS:3.1/AV:A/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
  about:
    "Whoever is on the way can answer any `http:` request with a page of their own, which then has the `http:` origin of the application: it must not open the socket.",
  decides:
    "By whether the socket is usable for the `http:` twin of an `https:` origin, while a foreign one is refused.",
  sends: "one handshake with the application's origin with `http:` in place of `https:`, and a ping",
  remedy: {
    summary: "Compare the whole origin, with its scheme.",
    sallyport: "origin: { allow: [https://app.example.com] }",
  },
  references: { cwe: [346, 319], asvs: ["4.4.2", "4.4.1"], rfc: ["RFC 6454 5"] },
  origins: (own) =>
    own.startsWith("https:")
      ? [own.replace(/^https:/, "http:")]
      : "the application's own origin is not https:",
});
