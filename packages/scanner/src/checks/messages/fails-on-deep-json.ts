import { type Check, found, notTested, passed } from "../../check.ts";
import { FRAGILE, reactionOn } from "../frames/breach.ts";
import { fillMessage } from "./fill-message.ts";
import { textsOf } from "./texts-of.ts";

/** Deep enough for what works by recursion; 20 KB. */
const DEPTH = 10_000;
const OVERFLOW = /call stack|stack overflow|RangeError|recursion|StackOverflow/i;

/** Deep JSON ends in a fault in place of a refusal. */
export const failsOnDeepJson: Check = {
  id: "fails-on-deep-json",
  group: "messages",
  title: "Deeply nested JSON makes the application fail",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
  about:
    "Code that walks through a message by calling itself runs out of stack where the message is deep enough, which takes some kilobytes. What is not caught there ends the connection, or the process.",
  decides:
    "By the answer to 10,000 arrays in each other: an end without a close frame or with 1011, or an error that speaks of the stack, while a flat message of the same kind is survived.",
  sends: "one flat message, and one with 10,000 arrays in each other, of 20 KB",
  remedy: {
    summary: "Refuse messages deeper than some 32 levels before anything walks through them.",
    ws: "if (depthOf(text) > 32) socket.close(1008)",
    sallyport: "threat: { hygiene: { depth: 32 } }",
  },
  references: { cwe: [674], rfc: ["RFC 8259 9"] },
  async run(context) {
    const flat = await context.ready();
    flat.text(fillMessage(context, "sallyport-scan"));
    if ((await reactionOn(context, flat)).kind !== "alive") return notTested(FRAGILE);
    const probe = await context.ready();
    const deep = `${"[".repeat(DEPTH)}${"]".repeat(DEPTH)}`;
    const message = fillMessage(context, "sallyport-deep").replace('"sallyport-deep"', deep);
    probe.frame({ opcode: "text", payload: message });
    const reaction = await reactionOn(context, probe);
    const says = textsOf(reaction.frames).find((text) => OVERFLOW.test(text));
    const hasFailed =
      says !== undefined ||
      (reaction.kind === "closed" && (reaction.code === 1011 || probe.closeFrame === null));
    if (!hasFailed)
      return passed(reaction.kind === "closed" ? `closed with ${reaction.code ?? "no code"}` : "survived");
    return found({
      detail:
        says === undefined
          ? `The connection was ended ${reaction.kind === "closed" && reaction.code !== null ? `with ${reaction.code}` : "without a close frame"} after ${DEPTH} arrays in each other.`
          : `${DEPTH} arrays in each other were answered with an error of the stack.`,
      evidence: [probe.exchange("deeply nested JSON")],
      confidence: "firm",
    });
  },
};
