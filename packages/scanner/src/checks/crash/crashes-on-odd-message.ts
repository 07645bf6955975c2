import type { Check } from "../../check.ts";
import type { FrameShape } from "../../probe/frame.ts";
import { CRASH_CVSS, CRASH_DECIDES, crashRemedy, eachOf, judgeCrash } from "./judge-crash.ts";

const DEEP = 20_000;
const text = (payload: string): FrameShape => ({ opcode: "text", payload });

const MESSAGES: readonly FrameShape[] = [
  ...["", "{", "null", "1e999", "[]", '"\\ud800"', '{"type":null}', '{"type":"__proto__"}'].map(text),
  text('{"type":{"toString":null},"id":{"valueOf":1}}'),
  text('{"__proto__":null,"type":"constructor"}'),
  text(`${"[".repeat(DEEP)}${"]".repeat(DEEP)}`),
  { opcode: "binary", payload: Buffer.from("00ff80fe", "hex") },
];

/** A message that nobody expected ends the process. */
export const crashesOnOddMessage: Check = {
  id: "crashes-on-odd-message",
  group: "crash",
  title: "A message that is not expected ends the process",
  severity: "high",
  cvss: CRASH_CVSS,
  about:
    "What a handler of messages throws is caught by nobody, unless the application does. One that is no JSON, or JSON of another kind, then ends the process for all.",
  decides: CRASH_DECIDES,
  sends: "twelve small messages that no application expects, each on a connection of its own",
  remedy: crashRemedy("Catch what a handler throws, and close the connection with 1011 or answer an error."),
  references: { cwe: [248, 20, 1321] },
  impact: "destructive",
  isAlone: true,
  run: (context) =>
    judgeCrash(context, () =>
      eachOf(
        MESSAGES.map(async (message) => {
          const probe = await context.ready();
          probe.frame(message);
          await probe.reaction();
          return probe.exchange("an odd message");
        }),
      ),
    ),
};
