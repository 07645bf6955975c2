import { randomBytes } from "node:crypto";
import { type Check, found, passed } from "../../check.ts";
import { answerOn } from "../frames/breach.ts";
import { fillMessage } from "./fill-message.ts";
import { textsOf } from "./texts-of.ts";

/** Markup of one client reaches others as it is. */
export const relaysMarkup: Check = {
  id: "relays-markup",
  group: "messages",
  title: "Markup that one client sends reaches others unchanged",
  severity: "low",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:L/UI:R/S:C/C:N/I:L/A:N",
  about:
    "What one user writes is shown to others. Where the server passes markup on as it is, everything depends on every page that shows it: one that puts it into the document as HTML runs the attacker's script for everybody who listens.",
  decides:
    "By whether a message with an element in it, which one connection sends, comes to another with the element unchanged. What comes back to the sender alone is not reported. Whether a page is harmed by it needs somebody's eyes.",
  sends: "one message with <img src=x onerror=…> in it, on one of two connections",
  remedy: {
    summary:
      "Put text into pages as text (textContent); refuse or escape markup in the server where messages have no business with it.",
    ws: 'text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")',
    sallyport: "threat: { signatures: [script] }",
  },
  references: { cwe: [79, 116], asvs: ["1.2.1"], cheatSheet: true },
  async run(context) {
    const [sender, listener] = await Promise.all([context.ready(), context.ready()]);
    const marker = `sallyport-scan-${randomBytes(4).toString("hex")}`;
    const element = `<img src=x onerror=${marker}>`;
    sender.text(fillMessage(context, element));
    const reaction = await answerOn(context, sender);
    await answerOn(context, listener);
    const came = (frames: typeof listener.frames): boolean =>
      textsOf(frames).some((text) => text.includes(element));
    if (came(listener.frames))
      return found({
        detail: "An element that one connection sent came to another unchanged.",
        evidence: [sender.exchange("who sends"), listener.exchange("who listens")],
        confidence: "tentative",
      });
    if (reaction.kind === "closed") return passed(`the sender was closed with ${reaction.code ?? "no code"}`);
    await context.hadItsTurn();
    return passed(came(sender.frames) ? "it came back to its sender alone" : "it came to nobody");
  },
};
