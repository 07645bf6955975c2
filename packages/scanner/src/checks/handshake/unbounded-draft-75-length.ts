import { type Check, found, notApplicable, passed } from "../../check.ts";
import { headerOf } from "../../probe/response-head.ts";
import { HANDSHAKES_ALWAYS } from "../policy-lines.ts";
import { draft75 } from "./legacy-draft.ts";

/** A frame of draft 75 whose length never ends: a type with the high bit, and bytes of length that each say that one more comes. */
const ENDLESS = Buffer.concat([Buffer.from([0x80]), Buffer.alloc(64, 0xff)]);

/** The length of a legacy frame outgrows the numbers that hold it. */
export const unboundedDraft75Length: Check = {
  id: "unbounded-draft-75-length",
  group: "handshake",
  title: "Lengths of the legacy drafts grow without a bound",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "A frame of the drafts 75 and 76 may have a length of as many bytes as the sender likes. A parser that does not end this counts past what its numbers hold, loses the place in the stream, and waits for a payload that never comes.",
  decides:
    "By whether a connection of draft 75 stays open behind a length of 64 bytes, each of which announces another.",
  sends: "one handshake of draft 75, and 65 bytes; nothing where the draft is not spoken",
  remedy: {
    summary:
      "Use a library that speaks RFC 6455 alone; where it must be the old one, update it (websocket-driver 0.7.5).",
    sallyport: HANDSHAKES_ALWAYS,
  },
  references: { cwe: [770, 1284], advisories: ["CVE-2026-54466"] },
  async run(context) {
    const attempt = await context.request(draft75(context));
    const { probe } = attempt;
    const isDraft =
      attempt.kind === "accepted" &&
      probe.head !== null &&
      headerOf(probe.head, "sec-websocket-accept") === null;
    if (!isDraft) return notApplicable("draft 75 is not spoken");
    probe.send(ENDLESS, "a frame of draft 75 with a length of 64 bytes, each of which announces another");
    await probe.waitFor(() => probe.ended !== null);
    if (probe.ended === null) {
      // Whoever is slow has had a turn since.
      await context.hadItsTurn();
      await probe.waitFor(() => probe.ended !== null, 50);
    }
    if (probe.ended !== null) return passed("ended");
    return found({
      detail: "The connection stayed open behind a length of 64 bytes.",
      evidence: [probe.exchange("a length that does not end")],
    });
  },
};
