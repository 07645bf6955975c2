import { z } from "zod";
import { compileEventCel } from "../guards/cel.ts";

/** A condition in CEL over an event, as an option: everything that is wrong with it is said where it stands. */
export const eventCondition: z.ZodType<string, string> = z
  .string({ error: "expected a condition in CEL over `event`" })
  .superRefine((text, context) => {
    const compiled = compileEventCel(text);
    if (compiled.ok) return;
    for (const message of compiled.problems) context.addIssue({ code: "custom", message, input: text });
  });
