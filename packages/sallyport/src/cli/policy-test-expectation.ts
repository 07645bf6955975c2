import { z } from "zod";
import { errors, type ErrorCode } from "../errors.ts";
import { nearest } from "../policy/nearest.ts";

/** What a case expects of a handshake, of a message, or of the connection as time goes by. */
export interface Expectation {
  readonly verdict:
    | "admitted"
    | "refused"
    | "observed"
    | "pass"
    | "held"
    | "drop"
    | "replace"
    | "report"
    | "observe"
    | "open"
    | "close";
  /** The status or close code; `null`: any. */
  readonly number: number | null;
  /** `null`: any. */
  readonly code: ErrorCode | null;
  /** What the detail for the operator must contain, such as a rule's name; `null`: anything. */
  readonly detail: string | null;
}

const text = z.string().min(1);

function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(errors, value);
}

const code: z.ZodType<ErrorCode, string> = z
  .string({ error: "expected an error code such as origin.foreign" })
  .transform((written, context) => {
    if (isErrorCode(written)) return written;
    const meant = nearest(written, Object.keys(errors));
    const hint = meant === null ? "such as origin.foreign" : `such as \`${meant}\``;
    context.issues.push({ code: "custom", input: written, message: `expected an error code ${hint}` });
    return z.NEVER;
  });

const detail: z.ZodOptional<z.ZodString> = text
  .optional()
  .describe("What the detail that the operator reads must contain, such as a rule's name.");

const status = z.int({ error: "expected a status from 400 to 599" }).min(400).max(599);
const closeCode = z.int({ error: "expected a close code from 1000 to 4999" }).min(1000).max(4999);

/** A reason as it is written: a number or a code, and what more is known of it. */
export interface WrittenReason {
  readonly reason: number | ErrorCode;
  readonly code?: ErrorCode | undefined;
  readonly detail?: string | undefined;
}

/** Makes an expectation of what was written. */
export function expectation(verdict: Expectation["verdict"], written?: WrittenReason): Expectation {
  const reason = written?.reason;
  return {
    verdict,
    number: typeof reason === "number" ? reason : null,
    code: typeof reason === "string" ? reason : (written?.code ?? null),
    detail: written?.detail ?? null,
  };
}

/** What is expected of a handshake. */
export const admission: z.ZodType<Expectation> = z
  .union([
    z.literal("admitted").transform((verdict) => expectation(verdict)),
    z
      .strictObject({
        refused: z.union([status, code]).describe("The HTTP status, or the error code."),
        code: code.optional(),
        detail,
      })
      .transform(({ refused, ...rest }) => expectation("refused", { reason: refused, ...rest })),
    z
      .strictObject({ observed: code.describe("The code that a guard in `mode: observe` records."), detail })
      .transform(({ observed, ...rest }) => expectation("observed", { reason: observed, ...rest })),
  ])
  .describe(
    "`admitted`, `{ refused: 403 }` or `{ refused: origin.foreign }`, or `{ observed: CODE }` for what a guard in `mode: observe` only records.",
  );

/** What is expected of a message, or of the connection. */
export const fate: z.ZodType<Expectation> = z
  .union([
    z
      .enum(["pass", "held", "drop", "replace", "open"])
      .transform((verdict): Expectation => expectation(verdict)),
    z
      .strictObject({
        close: z
          .union([closeCode, code])
          .describe("The close code that the client is sent, or the error code."),
        code: code.optional(),
        detail,
      })
      .transform(({ close, ...rest }) => expectation("close", { reason: close, ...rest })),
    ...(["drop", "replace", "report", "observe"] as const).map((verdict) =>
      z
        .strictObject({ [verdict]: code, detail })
        .transform((written) =>
          expectation(verdict, { reason: written[verdict] as ErrorCode, detail: written.detail }),
        ),
    ),
  ])
  .describe(
    "What becomes of a message: `pass`, `held` (it passes late), `drop`, `replace`, `{ drop: CODE }`, `{ replace: CODE }`, `{ report: CODE }`, `{ observe: CODE }`; of the connection: `open`, `{ close: 4503 }` or `{ close: CODE }`.",
  );
