import { Buffer } from "node:buffer";
import { hkdfSync } from "node:crypto";
import type { PayloadKind } from "./journal-record.ts";

/**
 * What a reader may open, each more than the one before it: `viewer` the metadata of everything; `analyst` also content that was
 * redacted before it was kept; `investigator` all that was kept.
 */
export const readerRoles = ["viewer", "analyst", "investigator"] as const;

/** One of them. */
export type ReaderRole = (typeof readerRoles)[number];

/** The keys of one rotation that a role has; `null` for those that it has not. */
export interface RoleKeys {
  /** Wraps the data keys of segments: records and indexes. */
  readonly metadata: Uint8Array;
  /** Wraps the keys of content that was redacted. */
  readonly redacted: Uint8Array | null;
  /** Wraps the keys of whole content, and of digests. */
  readonly full: Uint8Array | null;
}

/** Which key wraps the key of a payload. */
export type PayloadClass = "redacted" | "full";

const SECRET_BYTES = 32;
const rank = (role: ReaderRole): number => readerRoles.indexOf(role);

/**
 * Which key a kind of content is kept under. A digest counts as whole content: who can make digests can try what a short message
 * was, and who sees them knows which messages were equal.
 */
export function classOf(kind: Exclude<PayloadKind, "none">): PayloadClass {
  return kind === "redacted" ? "redacted" : "full";
}

/** Whether a role opens content of a kind; `none` is open to nobody, since it is not there. */
export function mayRead(role: ReaderRole, kind: PayloadKind): boolean {
  if (kind === "none") return false;
  return rank(role) >= rank(classOf(kind) === "redacted" ? "analyst" : "investigator");
}

/**
 * The secret of a lower role, from that of a higher one. It leads down only: of each secret the next is a one-way function
 * (HKDF-SHA256, RFC 5869), so that a reader needs one secret for each rotation, and no lower one tells anything of a higher.
 */
export function secretFor(role: ReaderRole, secret: Uint8Array, of: ReaderRole = "investigator"): Buffer {
  let result: Buffer = Buffer.from(secret);
  for (let at = rank(of) - 1; at >= rank(role); at--)
    result = derive(result, `sallyport journal secret\n${readerRoles[at]}\n`);
  return result;
}

/** The keys that follow from the secret of a role. */
export function roleKeys(secret: Uint8Array, role: ReaderRole = "investigator"): RoleKeys {
  const keyOf = (of: ReaderRole): Buffer | null =>
    rank(of) > rank(role) ? null : derive(secretFor(of, secret, role), `sallyport journal key\n${of}\n`);
  const metadata = derive(secretFor("viewer", secret, role), "sallyport journal key\nviewer\n");
  return { metadata, redacted: keyOf("analyst"), full: keyOf("investigator") };
}

/** Whether a role opens all that another does. */
export function covers(role: ReaderRole, other: ReaderRole): boolean {
  return rank(role) >= rank(other);
}

/** The keys that a role has among those of a higher one. */
export function keysFor(role: ReaderRole, { metadata, redacted, full }: RoleKeys): RoleKeys {
  return {
    metadata,
    redacted: covers(role, "analyst") ? redacted : null,
    full: covers(role, "investigator") ? full : null,
  };
}

/** A key that follows from a secret. @param info what it is for */
export function derive(secret: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, Buffer.alloc(0), info, SECRET_BYTES));
}
