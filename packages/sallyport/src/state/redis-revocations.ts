import { z } from "zod";
import type { Revocation } from "../guards/shared-state.ts";
import type { MemoryRevocations } from "./memory-revocations.ts";
import type { SharedRevocations } from "./memory-state.ts";
import type { LogEntry, LogKind, RedisLog } from "./redis-log.ts";
import { LAST_MOMENT } from "../last-moment.ts";

const text = z.string().min(1).max(2048);
const moment = z.number().min(0).max(LAST_MOMENT);

/** A revocation as it stands in the engine. What a newer node writes beside it is left out; what names nobody does not fit. */
const stored = z
  .object({
    id: text,
    tokenId: text.optional(),
    session: text.optional(),
    providerSession: text.optional(),
    user: text.optional(),
    subject: text.optional(),
    withoutProviderSession: z.literal(true).optional(),
    issuer: text.optional(),
    tenant: text.optional(),
    issuedBefore: moment.optional(),
    reason: z.string().max(2048),
    closes: z.boolean(),
    createdAt: moment,
    expiresAt: moment,
  })
  .refine(({ tokenId, session, providerSession, user, subject, tenant, issuedBefore }) =>
    [tokenId, session, providerSession, user, subject, tenant, issuedBefore].some(
      (value) => value !== undefined,
    ),
  );

function entryOf(revocation: Revocation): LogEntry {
  return { name: revocation.id, value: revocation, until: revocation.expiresAt };
}

/** Revocations as a kind of entries of a log. @param copy those of this node */
export function revocationKind(copy: MemoryRevocations, maxEntries: number): LogKind {
  return {
    kind: "revocations",
    maxEntries,
    take({ name, value, until }) {
      const parsed = stored.safeParse(value);
      if (!parsed.success || parsed.data.id !== name || until === null) return false;
      const { createdAt, expiresAt } = parsed.data;
      // Whoever wrote it may have another clock: the engine's says how long it holds.
      copy.add({ ...parsed.data, createdAt: createdAt + until - expiresAt, expiresAt: until });
      return true;
    },
    drop: (name) => void copy.remove(name),
    list: (wallNow) => copy.list(wallNow).map(entryOf),
  };
}

/** The revocations of all nodes: in force here at once, and everywhere as soon as the engine has them. */
export function shareRevocations(copy: MemoryRevocations, log: RedisLog, kind: LogKind): SharedRevocations {
  return {
    ...copy,
    add(revocation) {
      if (!copy.add(revocation)) return false;
      // One that the others would leave out holds here alone, and whoever adds it learns that.
      if (!stored.safeParse(revocation).success) return Promise.resolve(false);
      return log.put(kind, entryOf(revocation));
    },
    remove(id) {
      const before = copy.get(id);
      if (before === null || !copy.remove(id)) return false;
      void log.remove(kind, id, before.expiresAt);
      return true;
    },
    outage: () => log.outage(),
  };
}
