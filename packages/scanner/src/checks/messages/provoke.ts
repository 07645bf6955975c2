import type { CheckContext } from "../../check-context.ts";
import type { Probe } from "../../probe/probe.ts";
import type { Exchange } from "../../probe/transcript.ts";
import { answerOn } from "../frames/breach.ts";
import { fillMessage } from "./fill-message.ts";
import { textsOf } from "./texts-of.ts";

/** What was said back to a message that no application expects. */
export interface Provoked {
  readonly sent: string;
  readonly texts: readonly string[];
  readonly exchange: Exchange;
}

/** What applications stumble over: no JSON, JSON of another kind, names that objects have, quotes of other languages. */
function provocations(context: CheckContext): readonly string[] {
  return [
    '{"',
    "null",
    '{"type":null,"id":{}}',
    '{"type":"sallyport-scan"}',
    fillMessage(context, "sallyport-scan ' \" ; -- {{7*7}} ${7*7}"),
  ];
}

/** Says each of the messages that no application expects, and collects what comes back. Done once in a scan. */
export function provoke(context: CheckContext): Promise<readonly Provoked[]> {
  return context.remember("messages.provoked", () =>
    Promise.all(
      provocations(context).map(async (sent) => {
        const probe = await context.ready();
        return {
          sent,
          texts: await textsAfter(context, probe, sent),
          exchange: probe.exchange(`the message ${sent}`),
        };
      }),
    ),
  );
}

/**
 * Says a text; what comes within the patience, or until the connection ends, less what only repeats it. A ping is answered by the library:
 * an application that looks something up answers after that.
 */
async function textsAfter(context: CheckContext, probe: Probe, sent: string): Promise<readonly string[]> {
  probe.text(sent);
  const { frames } = await answerOn(context, probe);
  const later = probe.isClosed ? [] : (await probe.settle()).frames;
  return textsOf([...frames, ...later]).filter((text) => text !== sent);
}
