import { randomBytes } from "node:crypto";
import { type Check, found, notTested, passed } from "../../check.ts";
import { answerOn } from "../frames/breach.ts";
import { fillMessage, membersOf, parseJson } from "./fill-message.ts";
import { textsOf } from "./texts-of.ts";

/** A message changes what all objects have. */
export const pollutesPrototypes: Check = {
  id: "pollutes-prototypes",
  group: "messages",
  title: "A message can change the prototype of all objects",
  severity: "high",
  cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:H/A:L",
  about:
    "Code that merges a message into an object member by member follows `__proto__` and `constructor.prototype` to what all objects share. From then on each object of the process has what the attacker wrote: rights that are not set, options that nobody gave.",
  decides:
    "By whether a member that only the prototype was given comes back in the answer to another message, on another connection. A server whose answers have no members of its objects cannot be told by this.",
  sends:
    "one JSON message with __proto__ and one with constructor.prototype, each with a member of a random name, and an ordinary message on another connection. Where the fault is there, the member stays until the process ends",
  remedy: {
    summary:
      "Check messages against a schema that knows its members; merge into objects without a prototype, or drop `__proto__` while parsing.",
    ws: 'JSON.parse(text, (key, value) => (key === "__proto__" || key === "constructor" ? undefined : value))',
    sallyport: "threat: { hygiene: {} }",
  },
  references: { cwe: [1321], asvs: ["15.3.6"] },
  impact: "heavy",
  async run(context) {
    const name = `sallyportScan${randomBytes(4).toString("hex")}`;
    const polluted = JSON.stringify({ [name]: "polluted" });
    const base = JSON.stringify(membersOf(parseJson(fillMessage(context, "sallyport-scan"))));
    const open = base === "{}" ? "{" : `${base.slice(0, -1)},`;
    const messages = [`${open}"__proto__":${polluted}}`, `${open}"constructor":{"prototype":${polluted}}}`];
    for (const message of messages) {
      const sender = await context.ready();
      sender.text(message);
      await answerOn(context, sender);
      const other = await context.ready();
      other.text(fillMessage(context, "sallyport-scan"));
      const { frames } = await answerOn(context, other);
      const texts = textsOf(frames);
      if (texts.some((text) => text.includes(name)))
        return found({
          detail: `A member that only ${message.includes("__proto__") ? "__proto__" : "constructor.prototype"} was given came back on another connection.`,
          evidence: [sender.exchange("who pollutes"), other.exchange("another connection")],
        });
      if (texts.length === 0 && message === messages.at(-1))
        return notTested(
          "an ordinary message is not answered: give --message, so that the application answers",
        );
    }
    return passed("what was written to a prototype did not come back");
  },
};
