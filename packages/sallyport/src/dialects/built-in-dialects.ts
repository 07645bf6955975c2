import type { DialectDefinition } from "./dialect.ts";
import { json } from "./json.ts";

/** Every dialect of this version. */
export const builtInDialects: readonly DialectDefinition<unknown>[] = [json];
