import { z } from "zod";

/** `headersFile`, of whatever is posted to: what authorizes it stands there and not in the configuration. */
export const headersFileOption: z.ZodOptional<z.ZodString> = z
  .string()
  .min(1)
  .optional()
  .describe("A file with further request headers, one `Name: value` on each line, such as an authorization.");
