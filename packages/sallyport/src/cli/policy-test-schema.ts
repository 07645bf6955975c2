import { z } from "zod";
import { parseRange } from "../guards/address-table.ts";
import { admission, type Expectation } from "./policy-test-expectation.ts";
import { handshake, type GivenHandshake } from "./policy-test-handshake.ts";
import { revocationTarget, step, type Step } from "./policy-test-step.ts";

/** One case. */
export interface ParsedCase {
  readonly name: string;
  /** Wall clock, milliseconds since the epoch; absent: the file's. */
  readonly now?: number | undefined;
  readonly handshake: GivenHandshake;
  readonly banned: readonly string[];
  readonly revoked: readonly unknown[];
  readonly silent: boolean;
  readonly expect: Expectation;
  readonly steps: readonly Step[];
}

/** A file of policy tests as its schema gives it. */
export interface ParsedTestFile {
  readonly config?: string | undefined;
  readonly policy?: Readonly<Record<string, unknown>> | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: number;
  /** Files, by the URL that they are the answer of. */
  readonly answers: Readonly<Record<string, string>>;
  readonly handshake: GivenHandshake;
  readonly cases: readonly ParsedCase[];
}

/** When a case begins that does not say so. Tests must not depend on the day on which they run. */
export const DEFAULT_NOW = "2026-01-01T00:00:00Z";

const text = z.string().min(1);
const record = z.record(z.string(), z.unknown());

const moment: z.ZodType<number, string> = z.iso
  .datetime({ offset: true, error: "expected a time such as 2026-01-31T12:00:00Z" })
  .transform((written) => Date.parse(written));

const testCase: z.ZodType<ParsedCase> = z
  .strictObject({
    name: text.describe("What the policy promises, as a sentence. Unlike every other name of the file."),
    now: moment.optional().describe("When the case begins. Absent: the file's `now`."),
    handshake: handshake
      .prefault({})
      .describe("What the client asks for. What is absent comes from the file's `handshake`."),
    banned: z
      .array(
        z
          .string()
          .refine((range) => parseRange(range).ok, { error: "expected an IP address or a CIDR range" }),
      )
      .default([])
      .describe("Addresses and ranges that were banned before."),
    revoked: z
      .array(revocationTarget)
      .default([])
      .describe("What was revoked before: `user`, `tokenId`, `tenant`, …"),
    silent: z
      .boolean()
      .default(false)
      .describe("The client answers no pings, as one that has gone. Absent: it answers."),
    expect: admission.prefault("admitted"),
    steps: z.array(step).default([]).describe("What happens on the open connection, in order."),
  })
  .superRefine(({ expect, steps }, context) => {
    if (expect.verdict === "refused" && steps.length > 0)
      context.addIssue({
        code: "custom",
        path: ["steps"],
        message: "follow a handshake that is expected to be refused: nothing can happen on it",
      });
  });

/** The whole file of policy tests. Unknown keys, wrong types and empty lists are errors. */
export const testFileSchema: z.ZodType<ParsedTestFile> = z
  .strictObject({
    config: text
      .optional()
      .describe("The configuration whose policy is tested, relative to this file. This, or `policy`."),
    policy: record
      .optional()
      .describe(
        "A configuration written here. `version` and `listen` may be left out: then it listens at 127.0.0.1:8443.",
      ),
    env: z
      .record(z.string(), z.string())
      .default({})
      .describe("Values for `${env:NAME}` in the configuration, before those of the environment."),
    now: moment.prefault(DEFAULT_NOW).describe("When each case begins. Never the real time."),
    answers: z
      .record(z.string(), text)
      .default({})
      .describe("Files, by the URL that each is the answer of: key sets. Nothing else can be reached."),
    handshake: handshake
      .prefault({})
      .describe("What every case's handshake holds that it does not say itself."),
    cases: z.array(testCase, { error: "expected a list of cases" }).min(1),
  })
  .superRefine(({ config, policy, cases, handshake: base }, context) => {
    if ((config === undefined) === (policy === undefined))
      context.addIssue({ code: "custom", message: "expected exactly one of `config` and `policy`" });
    const names = cases.map(({ name }) => name);
    for (const [index, { name, handshake: own }] of cases.entries()) {
      if (names.indexOf(name) !== index)
        context.addIssue({ code: "custom", path: ["cases", index, "name"], message: "is written twice" });
      if ((own.url ?? base.url) === undefined)
        context.addIssue({
          code: "custom",
          path: ["cases", index, "handshake"],
          message: "expected a `url`, here or in the `handshake` of the file",
        });
    }
  });
