import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import { tryHandshake, type Trial } from "../try-handshake.ts";
import { tryWithout } from "./credentials.ts";

/** A check of headers that a proxy sets, and a client must not. */
export interface TrustedHeaderParts extends Omit<Check, "group" | "run"> {
  readonly headers: Readonly<Record<string, string>>;
}

/** Makes a check that sends such headers without credentials, where a handshake without both is refused. */
export function trustedHeaderCheck({ headers, ...check }: TrustedHeaderParts): Check {
  return {
    ...check,
    group: "authentication",
    withoutControl: true,
    async run(context) {
      const without = await tryWithout(context);
      if (without.isUsed) return notApplicable("no credentials are needed: see no-authentication");
      if (without.probe.head === null) return notTested("a handshake without credentials is not answered");
      if (!context.control.isUsable && !isAboutWho(without))
        return notTested(`a handshake without credentials is refused for another reason: ${without.words}`);
      const change = { credentials: false, set: headers };
      const about = "a handshake with such headers and without credentials";
      const { isUsed, words, exchange } = await tryHandshake(context, change, about);
      if (!isUsed) return passed(words);
      return found({
        detail: `With ${Object.keys(headers).join(", ")} a handshake without credentials was ${words}; without them it is refused.`,
        evidence: [exchange, without.exchange],
      });
    },
  };
}

/** Whether a refusal is about who asks, or from where: by a status that says so, or by a close frame. */
function isAboutWho({ probe }: Trial): boolean {
  const { head, closeFrame } = probe;
  return (closeFrame?.payload.length ?? 0) >= 2 || (head !== null && [401, 403, 407].includes(head.status));
}
