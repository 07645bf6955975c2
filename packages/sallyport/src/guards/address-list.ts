import { z } from "zod";
import { parseRange } from "./address-table.ts";

const EXPECTED = "expected a list of addresses or CIDR ranges, such as [10.0.0.0/8, 2001:db8::/32]";

/**
 * A list of addresses and CIDR ranges as an option. Refuses a bare string, an empty list (it could be read as
 * "nobody" or as "everybody") and everything that `parseRange` refuses.
 */
export const addressList: z.ZodType<readonly string[], readonly string[]> = z
  .array(
    z.string({ error: "expected an address or a CIDR range" }).superRefine((text, context) => {
      const parsed = parseRange(text);
      if (!parsed.ok) context.addIssue({ code: "custom", message: parsed.problem });
    }),
    { error: EXPECTED },
  )
  .min(1, { error: "expected at least one entry: leave the list out instead of leaving it empty" });
