import { type Check, found, notApplicable, notTested, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import { tryHandshake } from "../try-handshake.ts";
import { obstacle, tokensOf } from "./credentials.ts";
import { type JsonWebToken, readToken } from "./json-web-token.ts";

/** One forged token. */
export interface Forgery {
  /** In words, such as `alg none`. */
  readonly name: string;
  readonly token: string;
}

/** A check whose every forged token has to be refused. */
export interface ForgedTokenParts extends Omit<Check, "group" | "run"> {
  readonly forge: (
    token: JsonWebToken,
    context: CheckContext,
  ) => readonly Forgery[] | Promise<readonly Forgery[]>;
  /** What to say of those that were accepted; their names follow. */
  readonly saw: string;
}

/** Makes a check that sends forged tokens in place of the user's, where invented ones are refused. */
export function forgedTokenCheck({ forge, saw, ...check }: ForgedTokenParts): Check {
  return {
    ...check,
    group: "authentication",
    async run(context) {
      const credential = tokensOf(context)[0];
      const token = credential === undefined ? null : readToken(credential.value);
      if (credential === undefined || token === null)
        return notTested("no JSON Web Token was given: give --token");
      const forgeries = await forge(token, context);
      if (forgeries.length === 0) return notApplicable("the token has no signature of that kind");
      const problem = await obstacle(context);
      if (problem !== null) return notApplicable(problem);
      const trials = await Promise.all(
        forgeries.map(async (forgery) => ({
          name: forgery.name,
          ...(await tryHandshake(context, credential.replaced(forgery.token), forgery.name)),
        })),
      );
      const used = trials.filter(({ isUsed }) => isUsed);
      if (used.length === 0) return passed(`refused: ${forgeries.map(({ name }) => name).join(", ")}`);
      return found({
        detail: `${saw}, in ${credential.place}: ${used.map(({ name }) => name).join(", ")}.`,
        evidence: used.slice(0, 3).map(({ exchange }) => exchange),
      });
    },
  };
}
