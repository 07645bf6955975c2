import { passed } from "../../check.ts";
import type { FrameShape } from "../../probe/frame.ts";
import type { ClientCheck } from "../../reverse/client-check.ts";
import type { ClientContext } from "../../reverse/client-context.ts";
import type { Visit } from "../../reverse/visit.ts";
import { clientRemedy } from "./client-breach.ts";
import { CLIENT_CRASH_CVSS, CLIENT_CRASH_DECIDES, judgeClientCrash } from "./client-crash.ts";

const DEPTH = 20_000;
const MESSAGES: readonly (readonly [name: string, shape: FrameShape])[] = [
  ["text that is no JSON", { opcode: "text", payload: "{" }],
  ["an empty message", { opcode: "text", payload: "" }],
  ["null", { opcode: "text", payload: "null" }],
  ["a number", { opcode: "text", payload: "7" }],
  ["an empty array", { opcode: "text", payload: "[]" }],
  ["an object without members", { opcode: "text", payload: "{}" }],
  [
    "an object of unknown type",
    { opcode: "text", payload: '{"type":"__proto__","event":"constructor","id":-1}' },
  ],
  ["nested arrays", { opcode: "text", payload: "[".repeat(DEPTH) + "]".repeat(DEPTH) }],
  ["a binary message", { opcode: "binary", payload: Buffer.from("00ff", "hex") }],
];

/** A message may be anything. */
export const clientCrashesOnOddMessage: ClientCheck = {
  id: "client-crashes-on-odd-message",
  group: "client",
  title: "A message that the client does not expect ends its process",
  severity: "medium",
  cvss: CLIENT_CRASH_CVSS,
  about:
    "What a client does with a message is its own code: `JSON.parse` throws, `null` has no members. Where nobody catches that, one message ends the process; and often what one user writes is the message that all others get.",
  decides: CLIENT_CRASH_DECIDES,
  sends: `${MESSAGES.length} right text and binary messages that few applications expect, one after the other while the client goes on`,
  remedy: clientRemedy(
    "Catch what a handler of messages throws, check what came against a schema, and drop what is not known.",
  ),
  references: { cwe: [248, 20] },
  impact: "destructive",
  async run(context) {
    const left = [...MESSAGES];
    let outcome = passed();
    while (left.length > 0 && outcome.kind === "passed")
      outcome = await judgeClientCrash(context, [
        { name: "messages that few applications expect", run: (visit) => sayAll(left, visit, context) },
      ]);
    return outcome;
  },
};

/** Says one message after the other while the client goes on; answers the name of the last. */
async function sayAll(
  left: (typeof MESSAGES)[number][],
  visit: Visit,
  context: ClientContext,
): Promise<string> {
  visit.accept();
  let last = "";
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    const [name, shape] = next;
    last = name;
    visit.probe.frame(shape);
    if ((await context.reaction(visit)).kind !== "alive") break;
  }
  // Whoever went on is done with: how its process ends then is known.
  visit.probe.destroy();
  return last;
}
