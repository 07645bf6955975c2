import { isIPv4 } from "node:net";
import { addressKey, subnetOf } from "../guards/address-table.ts";

/** Subnets by their own, higher limits: what one customer of a provider, or one company, is usually given. */
const SUBNET_BITS = { 4: 24, 6: 48 } as const;
const REMEMBERED = 8192;

/** What an address counts as. */
export interface Place {
  /** An IPv4 address, or the /64 of an IPv6 one. */
  readonly one: string;
  /** The /24 or /48 that it is in. */
  readonly subnet: string;
  readonly family: 4 | 6;
}

/**
 * What addresses count as. Remembers some, since many signals come from few addresses, and working one out takes microseconds.
 * Signals say the address that the gate believes: what a forwarding header says counts there only where a trusted proxy wrote it.
 */
export class Places {
  #recent = new Map<string, Place | null>();
  #earlier = new Map<string, Place | null>();

  /** What an address counts as; `null` for what is none, of which nothing can be said. */
  of(address: string): Place | null {
    const known = this.#recent.get(address) ?? this.#earlier.get(address);
    const place = known === undefined ? work(address) : known;
    if (this.#recent.has(address)) return place;
    if (this.#recent.size >= REMEMBERED) {
      this.#earlier = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(address, place);
    return place;
  }
}

// Most addresses are four plain numbers, which are their own key.
function work(address: string): Place | null {
  if (isIPv4(address))
    return { one: address, subnet: `${address.slice(0, address.lastIndexOf("."))}.0/24`, family: 4 };
  const one = addressKey(address);
  const subnet = subnetOf(address, SUBNET_BITS);
  if (subnet === null) return null;
  return { one, subnet, family: isIPv4(one) ? 4 : 6 };
}
