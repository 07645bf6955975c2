import { type Check, found, notTested, passed } from "../../check.ts";
import { answerOn } from "../frames/breach.ts";
import { fillMessage } from "./fill-message.ts";
import { textsOf } from "./texts-of.ts";

/** One more than what a double holds exactly, and one that no double holds. */
const LARGE = "9007199254740993";
const HUGE = "1e999";
const MEMBER = "sallyportScan";

/** Numbers come back as other numbers. */
export const losesLargeNumbers: Check = {
  id: "loses-large-numbers",
  group: "messages",
  title: "Numbers that are too large are changed in place of refused",
  severity: "info",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:N/I:N/A:N",
  about:
    "Identifiers and amounts above 2^53 lose their last digits, and 1e999 becomes infinity or null. Two readers of one message see two numbers: what was checked is not what is done.",
  decides:
    "By whether a message comes back in which 9007199254740993 has become 9007199254740992, or 1e999 null.",
  sends: "one JSON message with two numbers in a member of its own",
  remedy: {
    summary: "Send identifiers as text, and refuse numbers outside of the range that the schema gives.",
    ws: "Number.isSafeInteger(message.id) || socket.close(1008)",
    sallyport: "threat: { hygiene: {} }",
  },
  references: { cwe: [681, 190], rfc: ["RFC 8259 6"] },
  async run(context) {
    const probe = await context.ready();
    const base = fillMessage(context, "sallyport-scan");
    if (!base.endsWith("}")) return notTested("the messages of --message are no JSON objects");
    probe.text(`${base.slice(0, -1)},"${MEMBER}":[${LARGE},${HUGE}]}`);
    const reaction = await answerOn(context, probe);
    if (reaction.kind === "closed") return passed(`closed with ${reaction.code ?? "no code"}`);
    const texts = textsOf(reaction.frames).filter((text) => text.includes(MEMBER));
    if (texts.length === 0) return passed("it did not come back");
    const changed = texts.find((text) => /9007199254740992|9\.007199254740992|\bnull\b|Infinity/.test(text));
    if (changed === undefined) return passed("it came back as it was");
    return found({
      detail: `${LARGE} and ${HUGE} came back as other values.`,
      evidence: [probe.exchange("large numbers")],
    });
  },
};
