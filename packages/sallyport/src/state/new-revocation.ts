import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Revocation } from "../guards/shared-state.ts";

/** Longer than most tokens live: a revocation may end once nothing that it names can be valid any more. */
const DEFAULT_SECONDS = 86_400;
const LONGEST_SECONDS = 366 * 86_400;
const LONGEST_TEXT = 512;

/** What an operator writes to revoke something: a target, and how. At least one field of the target must be there. */
export interface RevocationInput {
  readonly tokenId?: string | undefined;
  readonly session?: string | undefined;
  readonly providerSession?: string | undefined;
  readonly user?: string | undefined;
  readonly issuer?: string | undefined;
  readonly tenant?: string | undefined;
  /** ISO 8601: only what was issued before. */
  readonly issuedBefore?: string | undefined;
  /** For the operator. Default: `by hand`. */
  readonly reason?: string | undefined;
  /** Whether open connections end too. Default: `true`. */
  readonly closes?: boolean | undefined;
  /** How long it is in force. Default: 86,400, a day; at most a year. */
  readonly seconds?: number | undefined;
}

const text: z.ZodString = z.string().min(1, "expected at least one character").max(LONGEST_TEXT);

const schema = z
  .strictObject({
    tokenId: text.optional(),
    session: text.optional(),
    providerSession: text.optional(),
    user: text.optional(),
    issuer: text.optional(),
    tenant: text.optional(),
    issuedBefore: z.iso
      .datetime({ offset: true, error: "expected a time such as 2026-01-31T12:00:00Z" })
      .optional(),
    reason: text.default("by hand"),
    closes: z.boolean().default(true),
    seconds: z.number().positive().max(LONGEST_SECONDS).default(DEFAULT_SECONDS),
  })
  .refine(
    ({ tokenId, session, providerSession, user, tenant }) =>
      [tokenId, session, providerSession, user, tenant].some((value) => value !== undefined),
    {
      error:
        "expected at least one of tokenId, session, providerSession, user and tenant: an empty one would name everybody",
    },
  );

/** The input as a schema; `newRevocation` says what becomes of it. */
export const revocationInput: z.ZodType<RevocationInput> = schema;

/** A revocation ready to be put in force, or what is wrong with the input. */
export type NewRevocation =
  | { readonly ok: true; readonly revocation: Revocation }
  | { readonly ok: false; readonly problem: string };

/**
 * Makes a revocation of what somebody wrote. It lasts for `seconds` (default: a day; as long as the longest token that it names
 * may live), and closes open connections unless `closes` is false. One that names nobody is refused.
 */
export function newRevocation(input: unknown, wallNow: number): NewRevocation {
  const parsed = schema.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") ?? "";
    return { ok: false, problem: `${where === "" ? "" : `${where}: `}${issue?.message ?? "not understood"}` };
  }
  const { seconds, issuedBefore, ...rest } = parsed.data;
  return {
    ok: true,
    revocation: {
      ...rest,
      issuedBefore: issuedBefore === undefined ? undefined : Date.parse(issuedBefore),
      id: randomUUID(),
      createdAt: wallNow,
      expiresAt: wallNow + seconds * 1000,
    },
  };
}
