import { type Check, found, notApplicable, passed } from "../../check.ts";
import { tryForeign, tryOrigin } from "./foreign-origin.ts";

/** Origins are looked at, and `null` passes. */
export const acceptsNullOrigin: Check = {
  id: "accepts-null-origin",
  group: "origin",
  title: "Sandboxed pages of any site can use the socket (Origin: null)",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:L/A:N",
  about:
    "A page in a sandboxed frame, a `data:` URL and a local file have the origin `null`. Any site can put its page into such a frame, so a server that refuses foreign origins and admits `null` admits every site.",
  decides:
    "As for a foreign origin: by whether the socket is usable. Not reported where any origin is accepted, which is the larger fault.",
  sends: "one handshake with `Origin: null`, the messages of --message, and a ping",
  remedy: {
    summary: "Never put `null` on the list of origins, and never read it as a missing one.",
    sallyport: "origin: { allow: [https://app.example.com] }",
  },
  references: {
    cwe: [1385, 346],
    asvs: ["4.4.2"],
    rfc: ["RFC 6454 7.3", "RFC 6455 10.2"],
    advisories: ["CVE-2026-27977"],
    cheatSheet: true,
  },
  async run(context) {
    if ((await tryForeign(context)).kind === "used")
      return notApplicable("any origin is accepted: see accepts-foreign-origin");
    const trial = await tryOrigin(context, "null");
    if (trial.kind === "refused") return passed(trial.words);
    return found({
      detail: `A handshake with Origin: null was ${trial.words}, while a foreign origin is refused.`,
      evidence: [trial.exchange, (await tryForeign(context)).exchange],
    });
  },
};
