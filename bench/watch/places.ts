import { DAY, HOUR } from "./calendar.ts";
import type { Random } from "./random.ts";

/**
 * Addresses of nobody: people live in 198.18.0.0/15 (RFC 2544), those who attack from many IPv4 addresses in 100.64.0.0/10 (RFC 6598),
 * botnets and the internet's noise in 240.0.0.0/4 (RFC 1112), all of IPv6 in 2001:db8::/32 (RFC 3849).
 */
const PEOPLE_SECOND_OCTETS = [18, 19] as const;

/** Where somebody connects from. */
export interface Place {
  /** The address at that time; `random` is for carriers that draw one for each connection. */
  address(now: number, random: Random): string;
  /** The same place seen over the other internet protocol, for what one browser does over both (RFC 8305). */
  twin?(now: number, random: Random): string;
}

const group = (random: Random): string => (1 + random.whole(0xfffe)).toString(16);

/** An IPv4 address of a home or an office. */
export function peopleAddress(random: Random): string {
  return `198.${random.pick(PEOPLE_SECOND_OCTETS)}.${random.whole(256)}.${1 + random.whole(254)}`;
}

/** One of the four million from which attackers come. */
export function hiredAddress(random: Random): string {
  return `100.${64 + random.whole(64)}.${random.whole(256)}.${1 + random.whole(254)}`;
}

/** One of sixteen million with this first octet. */
export function farAddress(first: number, random: Random): string {
  return `${first}.${random.whole(256)}.${random.whole(256)}.${1 + random.whole(254)}`;
}

/** One of the internet at large. */
export function strayAddress(random: Random): string {
  return farAddress(240 + random.whole(10), random);
}

/** The first 48 bits of a site; `kind` keeps homes, carriers and attackers apart. */
export function ipv6Site(kind: "home" | "carrier" | "hired", random: Random): string {
  const first = { home: 0x1000, carrier: 0x5000, hired: 0x9000 }[kind];
  return `2001:db8:${(first + random.whole(0x3000)).toString(16)}`;
}

/** Another interface identifier in a /64 (RFC 8981). */
export function ipv6Address(network64: string, random: Random): string {
  return `${network64}:${group(random)}:${group(random)}:${group(random)}:${group(random)}`;
}

/** Another /64 of a site. */
export function ipv6Network(site: string, random: Random): string {
  return `${site}:${group(random)}`;
}

/** Many people behind one address that does not change. */
export function office(random: Random): Place {
  const address = peopleAddress(random);
  return { address: () => address };
}

/** One household; its provider gives it another address from time to time. */
export function home(random: Random, days: number): Place {
  const base = random.fork(`home ${random.next()}`);
  const at = (now: number): string => peopleAddress(base.fork(Math.floor(now / (days * DAY))));
  return { address: at };
}

/**
 * A household with both protocols: a /64 that stays, and an interface identifier that is drawn anew each day (RFC 8981: preferred for one
 * day). The twin is its IPv4 address.
 */
export function dualStackHome(random: Random): Place {
  const base = random.fork(`dual ${random.next()}`);
  const network = ipv6Network(ipv6Site("home", base), base);
  const ipv4 = peopleAddress(base);
  return {
    address: (now) => ipv6Address(network, base.fork(Math.floor(now / DAY))),
    twin: () => ipv4,
  };
}

/** How long a phone keeps the public address that its carrier lends it. */
const LEASE = 2 * HOUR;

/**
 * A mobile carrier's address sharing: thousands behind a few addresses. A phone keeps its own for as long as it is attached (pooling that is
 * "paired", RFC 6888 REQ-2), unless the carrier does not keep to that: then each connection may come from another.
 */
export function carrier(random: Random, addresses: number, isPaired: boolean): (phone: Random) => Place {
  const block = `198.18.${random.whole(256)}`;
  const first = 1 + random.whole(255 - addresses);
  const of = (draw: Random): string => `${block}.${first + draw.whole(addresses)}`;
  return (phone) => ({
    address: (now, draw) => of(isPaired ? phone.fork(Math.floor(now / LEASE)) : draw),
  });
}

/** A carrier that gives each phone a /64 of its own, another each time it attaches (3GPP TS 23.401). */
export function ipv6Carrier(random: Random): (phone: Random) => Place {
  const site = ipv6Site("carrier", random);
  return (phone) => ({
    address: (now) => {
      const lease = phone.fork(Math.floor(now / LEASE));
      return ipv6Address(ipv6Network(site, lease), lease);
    },
  });
}
