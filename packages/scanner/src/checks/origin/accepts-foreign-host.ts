import { type Check, found, notApplicable, passed } from "../../check.ts";
import { tryHandshake } from "../try-handshake.ts";
import { tryForeign } from "./foreign-origin.ts";

/** The origin is compared with what the request itself says. */
export const acceptsForeignHost: Check = {
  id: "accepts-foreign-host",
  group: "origin",
  title: "Any host name is served, and its pages are taken for our own (DNS rebinding)",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:L/A:N",
  about:
    "A site gives its own name the address of this server, after its page was loaded. The page then asks its own origin, with its own name as `Host`, and a server that compares the two sees nothing wrong: so pages reach what runs on the visitor's machine or network.",
  decides:
    "By whether the socket is usable with a foreign name as `Host` and as `Origin`, while the foreign origin alone is refused. Low over TLS, where the name has no certificate here.",
  sends:
    "one handshake with `Host` and `Origin` of sallyport-scan.invalid, the messages of --message, and a ping",
  remedy: {
    summary:
      "Answer 421 to every `Host` that is not configured, and take the list of origins from the configuration, never from the request.",
    nginx: "server { listen 443 ssl default_server; return 421; }",
    sallyport: "origin: { allow: [https://app.example.com] } # a Host that is not served is a 421",
  },
  references: {
    cwe: [350, 346, 1385],
    asvs: ["4.4.2"],
    rfc: ["RFC 9110 7.4", "RFC 6455 10.2"],
    advisories: ["CVE-2025-24010"],
  },
  async run(context) {
    if ((await tryForeign(context)).kind === "used")
      return notApplicable("any origin is accepted: see accepts-foreign-origin");
    const { url, isTls } = context.target;
    const host = `sallyport-scan.invalid${url.port === "" ? "" : `:${url.port}`}`;
    const change = { origin: `${isTls ? "https" : "http"}://${host}`, set: { Host: host } };
    const trial = await tryHandshake(
      context,
      change,
      "a handshake with a foreign name as Host and as Origin",
    );
    if (!trial.isUsed) return passed(trial.words);
    return found({
      detail: `A handshake with Host: ${host} and an Origin to match was ${trial.words}.`,
      evidence: [trial.exchange, (await tryForeign(context)).exchange],
      ...(isTls ? { severity: "low", cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N" } : {}),
    });
  },
};
