import { Buffer } from "node:buffer";
import { z } from "zod";
import { duration, size } from "../quantity.ts";
import { newRevocation } from "../state/new-revocation.ts";
import { expectation, fate, type Expectation } from "./policy-test-expectation.ts";
import { claims, expires } from "./policy-test-handshake.ts";

/** A new proof for an open connection: what is absent stays as it was. */
export interface GivenRefresh {
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  /** Milliseconds from now. */
  readonly expires?: number | undefined;
}

/** One thing that happens to an open connection. */
export type Step = { readonly expect: Expectation } & (
  | {
      readonly kind: "client" | "server";
      readonly payload: Uint8Array;
      readonly binary: boolean;
      readonly repeat: number;
    }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "revoke"; readonly target: unknown }
  | { readonly kind: "refresh"; readonly proof: GivenRefresh }
);

const LONGEST_WAIT_MS = 30 * 86_400_000;
const MOST_REPEATS = 100_000;
const LARGEST_MESSAGE = 64 * 1024 * 1024;

/** What a revocation names. */
export const revocationTarget: z.ZodType<Readonly<Record<string, unknown>>> = z
  .record(z.string(), z.unknown())
  .superRefine((target, context) => {
    const made = newRevocation(target, 0);
    if (!made.ok) context.addIssue({ code: "custom", message: made.problem });
  });

const whatHappens = {
  client: z
    .unknown()
    .optional()
    .describe("A message of the client: a text as it is; anything else is written as JSON."),
  server: z.unknown().optional().describe("A message of the application, in the same way."),
  wait: duration
    .refine((ms) => ms > 0 && ms <= LONGEST_WAIT_MS, { error: "expected a duration of up to 30d" })
    .optional()
    .describe("So much time goes by; nobody waits for it."),
  revoke: revocationTarget
    .optional()
    .describe("Something is revoked: `user`, `tokenId`, `tenant`, … as in `POST /revocations`."),
  refresh: z
    .strictObject({ claims: claims.optional(), expires: expires.optional() })
    .optional()
    .describe("A new proof of the same user comes into force. What is left out stays as it was."),
} as const;

const KINDS = ["client", "server", "wait", "revoke", "refresh"] as const;

const writtenStep = z.strictObject({
  ...whatHappens,
  as: z
    .enum(["text", "json", "binary"])
    .optional()
    .describe("How the message is meant, where that is not plain: `binary` is base64."),
  size: size
    .refine((bytes) => bytes <= LARGEST_MESSAGE, { error: "expected at most 64MiB" })
    .optional()
    .describe("Makes the message this long: with spaces at its end, a binary one with zeros."),
  repeat: z
    .int()
    .min(1)
    .max(MOST_REPEATS)
    .optional()
    .describe("Sends it so many times at once; the first that does not pass decides."),
  expect: fate.optional(),
});
type WrittenStep = z.output<typeof writtenStep>;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function kindOf(written: WrittenStep): (typeof KINDS)[number] | null {
  const [kind, ...more] = KINDS.filter((name) => written[name] !== undefined);
  return kind === undefined || more.length > 0 ? null : kind;
}

function isMessage(kind: string): kind is "client" | "server" {
  return kind === "client" || kind === "server";
}

/** The payload of a message as it is written; `null` where it is not base64 and should be. */
function payloadOf(value: unknown, as: WrittenStep["as"]): Uint8Array | null {
  if (as === "binary")
    return typeof value === "string" && BASE64.test(value) ? Buffer.from(value, "base64") : null;
  const asText = typeof value === "string" && as !== "json";
  return Buffer.from(asText ? value : JSON.stringify(value));
}

function checkStep(written: WrittenStep, context: z.RefinementCtx): void {
  const complain = (message: string, ...path: string[]): void =>
    context.addIssue({ code: "custom", message, path, input: written });
  const kind = kindOf(written);
  if (kind === null) return complain(`expected exactly one of ${KINDS.join(", ")}`);
  const { as, size: wanted, repeat, expect } = written;
  if (!isMessage(kind)) {
    for (const [key, value] of Object.entries({ as, size: wanted, repeat }))
      if (value !== undefined) complain("belongs to a message of `client` or `server`", key);
    if (expect !== undefined && expect.verdict !== "open" && expect.verdict !== "close")
      complain("expected `open` or `{ close: … }`: no message is sent here", "expect");
    return;
  }
  if (expect?.verdict === "open") complain("expected what becomes of the message, such as `pass`", "expect");
  const payload = payloadOf(written[kind], as);
  if (payload === null) return complain("expected base64", kind);
  if (wanted !== undefined && wanted < payload.length)
    complain(`expected at least the ${payload.length} bytes of the message`, "size");
}

function padded(payload: Uint8Array, bytes: number, filler: number): Uint8Array {
  const whole = new Uint8Array(Math.max(bytes, payload.length)).fill(filler);
  whole.set(payload);
  return whole;
}

function toStep(written: WrittenStep): Step {
  const kind = kindOf(written) ?? "wait";
  const { as, size: bytes = 0, repeat = 1 } = written;
  if (isMessage(kind)) {
    const binary = as === "binary";
    const payload = padded(payloadOf(written[kind], as) ?? Buffer.alloc(0), bytes, binary ? 0 : 0x20);
    return { kind, payload, binary, repeat, expect: written.expect ?? expectation("pass") };
  }
  const expect = written.expect ?? expectation("open");
  if (kind === "revoke") return { kind, target: written.revoke, expect };
  if (kind === "refresh") return { kind, proof: written.refresh ?? {}, expect };
  return { kind, ms: written.wait ?? 0, expect };
}

/** One step of a case. */
export const step: z.ZodType<Step> = writtenStep.superRefine(checkStep).transform(toStep);
