import type { Bans } from "../guards/shared-state.ts";
import type { MemoryBans } from "../state/memory-bans.ts";
import type { Gate } from "./gate.ts";

/** Ends the open connections whose address is banned now (4529). Answers how many. */
export function closeBanned(gate: Gate, bans: Bans): number {
  const now = gate.wallNow();
  const banned = [...gate.sessions.values()].filter(({ facts }) => bans.find(facts.address, now) !== null);
  for (const { driver } of banned) driver.close("firewall.banned", "banned while connected");
  return banned.length;
}

/** The same bans, but that one which is added here also ends the open connections that it covers. */
export function closingBans(bans: MemoryBans, close: () => void): MemoryBans {
  return {
    ...bans,
    get size() {
      return bans.size;
    },
    add(addressOrCidr, terms) {
      const added = bans.add(addressOrCidr, terms);
      if (added.ok) close();
      return added;
    },
  };
}
