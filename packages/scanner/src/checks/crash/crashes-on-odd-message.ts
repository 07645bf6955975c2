import type { Check } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import type { FrameShape } from "../../probe/frame.ts";
import type { Probe } from "../../probe/probe.ts";
import type { Exchange } from "../../probe/transcript.ts";
import { connectNamespace, findSocketIo } from "../messages/engine-io.ts";
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

/** Events of Socket.IO whose first argument is to name something and is no name (Feathers asks for services so), without and with an answer asked for. */
const EVENTS: readonly string[] = [
  '42["find",{"toString":""}]',
  '420["get",{"toString":null}]',
  '42["find"]',
  '42[{"toString":""},null]',
  "42[null]",
];

/** A server of tRPC that is asked so expects its parameters first, as an object of texts. */
const TRPC = "connectionParams=1";
const PARAMETERS: readonly string[] = [
  '{"method":"connectionParams","data":{"sallyport":{}}}',
  '{"method":"connectionParams","data":null}',
  '{"method":"connectionParams"}',
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
  sends:
    "fifteen small messages that no application expects, each on a connection of its own, three of them as tRPC begins; five events more where Socket.IO is spoken",
  remedy: crashRemedy("Catch what a handler throws, and close the connection with 1011 or answer an error."),
  references: { cwe: [248, 20, 1321] },
  impact: "destructive",
  isAlone: true,
  async run(context) {
    // Before there are witnesses: what is asked of the target here is nothing odd.
    const engine = await findSocketIo(context);
    const events = engine === null ? [] : EVENTS;
    return judgeCrash(context, () =>
      eachOf([
        ...MESSAGES.map(async (message) => say(await context.ready(), message)),
        ...PARAMETERS.map(async (payload) =>
          say(await context.accepted({ path: withTrpc(context) }), { opcode: "text", payload }),
        ),
        ...events.map(async (payload) => {
          const connection = engine === null ? null : await connectNamespace(context, engine, "/");
          return say(connection?.probe ?? (await context.accepted()), { opcode: "text", payload });
        }),
      ]),
    );
  },
};

async function say(probe: Probe, message: FrameShape): Promise<Exchange> {
  probe.frame(message);
  await probe.reaction();
  return probe.exchange("an odd message");
}

function withTrpc({ target }: CheckContext): string {
  return `${target.path}${target.path.includes("?") ? "&" : "?"}${TRPC}`;
}
