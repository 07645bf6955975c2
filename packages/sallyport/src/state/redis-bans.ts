import { z } from "zod";
import { parseRange } from "../guards/address-table.ts";
import type { Ban, MemoryBans } from "./memory-bans.ts";
import type { LogEntry, LogKind, RedisLog } from "./redis-log.ts";

/** A ban as it stands in the engine, under its range. */
const stored = z.object({ reason: z.string().max(4096), automatic: z.literal(true).optional() });

const entryOf = ({ cidr, reason, until, automatic }: Ban): LogEntry => ({
  name: cidr,
  value: { reason, ...(automatic === true && { automatic }) },
  until,
});

/** Bans as a kind of entries of a log. @param copy those of this node */
export function banKind(copy: MemoryBans, maxEntries: number): LogKind {
  return {
    kind: "bans",
    maxEntries,
    take({ name, value, until }) {
      const parsed = stored.safeParse(value);
      const range = parseRange(name);
      if (!parsed.success || !range.ok || range.range.cidr !== name) return false;
      const { reason, automatic } = parsed.data;
      // Where there is no room this node keeps as many as it can.
      copy.add(name, { reason, until, ...(automatic === true && { automatic }) });
      return true;
    },
    drop: (name) => void copy.remove(name),
    list: (wallNow) => copy.list(wallNow).map(entryOf),
  };
}

/** The bans of all nodes: in force here at once, and everywhere as soon as the engine has them. */
export function shareBans(copy: MemoryBans, log: RedisLog, kind: LogKind): MemoryBans {
  return {
    ...copy,
    get size() {
      return copy.size;
    },
    add(addressOrCidr, terms) {
      const added = copy.add(addressOrCidr, terms);
      if (added.ok) void log.put(kind, entryOf(added.ban));
      return added;
    },
    remove(addressOrCidr) {
      const before = copy.get(addressOrCidr);
      if (before === null || !copy.remove(addressOrCidr)) return false;
      void log.remove(kind, before.cidr, before.until);
      return true;
    },
  };
}
