import { z } from "zod";

/** How many calls or subscriptions may be live on a connection: an option of dialects that remember them. */
export function pendingOption(what: string): z.ZodDefault<z.ZodInt> {
  return z.int().min(1).max(100_000).default(1000).describe(what);
}

/** The longest name or id that is remembered, in characters: an option of dialects that remember them. */
export const nameLengthOption: z.ZodDefault<z.ZodInt> = z
  .int()
  .min(16)
  .max(65_535)
  .default(256)
  .describe("The longest name or id, in characters; both are remembered until they are answered.");
