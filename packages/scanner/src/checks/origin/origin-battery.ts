import { type Check, found, notApplicable, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import { tryForeign, tryOrigin } from "./foreign-origin.ts";

/** A check whose every origin has to be refused. */
export interface BatteryParts extends Omit<Check, "group" | "run"> {
  /** The origins to try, of the right one; a text says why there are none. */
  readonly origins: (own: string, context: CheckContext) => readonly string[] | string;
}

/** Makes a check that tries origins while a plainly foreign one is refused: where any is accepted, that is the larger fault, and reported once. */
export function originBattery({ origins, ...check }: BatteryParts): Check {
  return {
    ...check,
    group: "origin",
    async run(context) {
      const own = context.control.origin;
      if (own === null) return notApplicable("the control is admitted without an Origin alone");
      const list = origins(own, context);
      if (typeof list === "string") return notApplicable(list);
      if ((await tryForeign(context)).kind === "used")
        return notApplicable("any origin is accepted: see accepts-foreign-origin");
      const trials = await Promise.all(list.map((origin) => tryOrigin(context, origin)));
      const used = trials.filter(({ kind }) => kind === "used");
      if (used.length === 0) return passed(`refused: ${list.join(", ")}`);
      return found({
        detail: `Accepted in place of ${own}, while a foreign origin is refused: ${used.map(({ origin }) => origin).join(", ")}`,
        evidence: used.slice(0, 3).map(({ exchange }) => exchange),
      });
    },
  };
}
