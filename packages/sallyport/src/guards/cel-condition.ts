import { z } from "zod";
import { compileCel } from "./cel.ts";

/** A condition in CEL, as an option: everything that is wrong with it is said where it stands. */
export const celCondition: z.ZodType<string, string> = z
  .string({ error: "expected a condition in CEL" })
  .superRefine((text, context) => {
    const compiled = compileCel(text);
    if (compiled.ok) return;
    for (const message of compiled.problems) context.addIssue({ code: "custom", message, input: text });
  });
