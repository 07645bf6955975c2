import { type Check, found, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import type { DraftRequest } from "../../probe/handshake.ts";
import { tryRequest } from "../try-handshake.ts";

/** One way in which a handshake is wrong. */
export interface HandshakeFault {
  /** In words, such as `two keys`. */
  readonly name: string;
  readonly request: DraftRequest;
}

/** A check whose every handshake has to be refused. */
export interface StrictnessParts extends Omit<Check, "group" | "run"> {
  readonly faults: (context: CheckContext) => readonly HandshakeFault[];
  /** What to say of those that were accepted; the names of the faults follow. */
  readonly saw: string;
}

/** Makes a check that sends handshakes which are wrong in one respect each, and reports those whose socket is usable. */
export function strictnessCheck({ faults, saw, ...check }: StrictnessParts): Check {
  return {
    ...check,
    group: "handshake",
    async run(context) {
      const trials = await Promise.all(
        faults(context).map(async ({ name, request }) => {
          const { isUsed, words, exchange } = await tryRequest(context, request, name);
          return { name, isUsed, words, exchange };
        }),
      );
      const used = trials.filter(({ isUsed }) => isUsed);
      if (used.length === 0) return passed(trials.map(({ name, words }) => `${name}: ${words}`).join("; "));
      return found({
        detail: `${saw}: ${used.map(({ name }) => name).join(", ")}.`,
        evidence: used.slice(0, 3).map(({ exchange }) => exchange),
      });
    },
  };
}

/** The control's request with one header more than once. */
export function withTwice(
  { headers, ...request }: DraftRequest,
  name: string,
  values: readonly string[],
): DraftRequest {
  return {
    ...request,
    headers: [
      ...headers.filter(([each]) => each.toLowerCase() !== name.toLowerCase()),
      ...values.map((value) => [name, value] as const),
    ],
  };
}
