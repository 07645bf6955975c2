import { z } from "zod";
import type { Answer, Severity } from "../events.ts";

const answers: z.ZodType<Answer, Answer> = z.enum(["alert", "slow", "refresh", "close", "ban"]);

const severities: z.ZodType<Severity, Severity> = z.enum(["low", "medium", "high", "critical"]);

/** `severity`, which every detector has. */
export function severityOption(fallback: Severity): z.ZodDefault<z.ZodType<Severity, Severity>> {
  return severities.default(fallback).describe("How bad a finding is said to be.");
}

/** `answer`, which every detector has. */
export function answerOption(fallback: Answer): z.ZodDefault<z.ZodType<Answer, Answer>> {
  return answers
    .default(fallback)
    .describe(
      "What is done: `alert` tells; `slow` also reads more slowly, `refresh` demands a fresh proof, `close` ends connections, `ban` refuses the address for a time.",
    );
}

/** `subnetAnswer`, of detectors that also look at subnets. */
export const subnetAnswerOption: z.ZodDefault<z.ZodType<Answer, Answer>> = answers
  .default("alert")
  .describe(
    "What is done about a whole subnet. `ban` also refuses whoever else is in it: a neighbour may bring that about.",
  );

/** `kinds`, of detectors that tell a client with one fault from one that tries things. @param what is counted, of what, by what cause */
export function kindsOption(what: string, of: string, cause: string): z.ZodDefault<z.ZodInt> {
  return z
    .int()
    .min(0)
    .max(64)
    .default(3)
    .describe(
      `${what} with at most so many different ${of}, together, are more likely of ${cause}: \`loop\` times the limits hold for them.`,
    );
}

/** `loop`, beside `kinds`. */
export function loopOption(fallback: number): z.ZodDefault<z.ZodNumber> {
  return z.number().min(1).max(1000).default(fallback).describe("See `kinds`.");
}
