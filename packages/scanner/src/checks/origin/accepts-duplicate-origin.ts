import { type Check, found, notApplicable, passed } from "../../check.ts";
import { withTwice } from "../handshake/strictness-check.ts";
import { tryRequest } from "../try-handshake.ts";
import { FOREIGN, tryForeign } from "./foreign-origin.ts";

/** Of two origins the right one is looked at. */
export const acceptsDuplicateOrigin: Check = {
  id: "accepts-duplicate-origin",
  group: "origin",
  title: "A foreign origin passes beside the right one",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
  about:
    "An origin is one. A server that takes one of two is a server on which a proxy that adds a header, or one that reads the other of the two, undoes the check.",
  decides:
    "By whether the socket is usable with the application's origin and a foreign one, in both orders, while the foreign one alone is refused.",
  sends: "two handshakes with two `Origin` headers each, one with both in one header, and a ping on each",
  remedy: {
    summary: "Refuse a handshake with more than one `Origin`.",
    sallyport: "origin: { allow: [https://app.example.com] }",
  },
  references: { cwe: [346, 1286], asvs: ["4.4.2"], rfc: ["RFC 6454 7.3"] },
  async run(context) {
    const own = context.control.origin;
    if (own === null) return notApplicable("the control is admitted without an Origin alone");
    if ((await tryForeign(context)).kind === "used")
      return notApplicable("any origin is accepted: see accepts-foreign-origin");
    const ways = {
      "its own and a foreign one": [own, FOREIGN],
      "a foreign one and its own": [FOREIGN, own],
      "both in one header": [`${own} ${FOREIGN}`],
    };
    const trials = await Promise.all(
      Object.entries(ways).map(async ([name, values]) => ({
        name,
        ...(await tryRequest(context, withTwice(context.handshake(), "Origin", values), name)),
      })),
    );
    const used = trials.filter(({ isUsed }) => isUsed);
    if (used.length === 0) return passed("two origins are refused");
    return found({
      detail: `Accepted: ${used.map(({ name }) => name).join(", ")}.`,
      evidence: used.map(({ exchange }) => exchange),
    });
  },
};
