import type { GuardDefinition } from "../guards/guard.ts";

/** Every guard of this version, in the order in which a route asks them. */
export const builtInGuards: readonly GuardDefinition<unknown>[] = [];
