import { type Check, found, notTested, passed } from "../../check.ts";
import { FRAGILE } from "../frames/breach.ts";
import { describeGrowth, excessOf, isSteep, median, WORTH_MS } from "../limits/growth.ts";
import { fillMessage } from "./fill-message.ts";

/** Bytes of text; below the limits that careful applications have. */
const SIZES = [2000, 4000, 8000] as const;
const ROUNDS = 5;
const LONGEST_MS = 10_000;

/** Text of the right kind keeps the application busy. */
export const slowMessageParsing: Check = {
  id: "slow-message-parsing",
  group: "messages",
  title: "A message of many spaces keeps the application busy",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:L",
  about: String.raw`Patterns that trim or split text, such as /\s+$/, try each run of spaces from every place in it: time grows with the square of the length, and a process with one thread does nothing else meanwhile.`,
  decides:
    "By how the time to the answer of a ping behind a message grows when its spaces double, against letters in their place: medians of five at three sizes. A single slow answer says nothing.",
  sends: "up to 20 messages of 2 to 8 KB, on one connection",
  remedy: {
    summary:
      "Trim and split without patterns, or with an engine that works in linear time; limit the length of each text.",
    ws: "text.trim() // in place of text.replace(/\\s+$/, '')",
    sallyport: "messageSize: { inbound: 16KiB }",
  },
  references: { cwe: [1333, 407] },
  impact: "heavy",
  isAlone: true,
  async run(context) {
    const probe = await context.ready();
    const texts = ["x".repeat(SIZES[2]), ...SIZES.map((size) => `x${" ".repeat(size)}x`)];
    const times: number[][] = texts.map(() => []);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [at, text] of texts.entries()) {
        const begun = performance.now();
        probe.frame({ opcode: "text", payload: fillMessage(context, text) });
        const reaction = await probe.reaction(LONGEST_MS);
        times[at]?.push(performance.now() - begun);
        if (reaction.kind === "closed" && at > 0) return passed(`closed with ${reaction.code ?? "no code"}`);
        if (reaction.kind !== "alive") return notTested(FRAGILE);
      }
      if ((excessOf(times).excessMs.at(-1) ?? 0) < WORTH_MS) break;
    }
    const growth = { ...excessOf(times), harmlessMs: median(times[0] ?? []) };
    const words = describeGrowth(growth, SIZES);
    if (!isSteep(growth)) return passed(words);
    return found({
      detail: `The time grows faster than the size: ${words}.`,
      evidence: [probe.exchange("messages of many spaces")],
      confidence: "firm",
    });
  },
};
