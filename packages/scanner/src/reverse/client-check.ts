import type { CheckFacts, Outcome } from "../check.ts";
import type { ClientContext } from "./client-context.ts";

/** One fault that a client may have, and how a hostile server tells it. One check is one file in `checks/client/`, named like its `id`. */
export interface ClientCheck extends CheckFacts {
  readonly group: "client";
  /** Tries it. May throw `NotTestedError`, which everything in the context does where it cannot go on. */
  readonly run: (context: ClientContext) => Promise<Outcome>;
}
