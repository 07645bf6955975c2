import { farAddress, hiredAddress, ipv6Address, ipv6Network, ipv6Site } from "../places.ts";
import type { Random } from "../random.ts";

/** Where an attacker's next request comes from. */
export interface Source {
  readonly next: () => string;
  /** The range that all of them lie in, where single addresses would be too many to keep. */
  readonly network?: string;
  /** No address and no subnet stands out: only the route as a whole shows it. */
  readonly isScattered?: true;
}

/** From where attackers come, by name. */
export const sources = {
  address: (random: Random): Source => {
    const address = hiredAddress(random);
    return { next: () => address };
  },
  /** Two hundred of one /24. */
  subnet: (random: Random): Source => {
    const block = hiredAddress(random).split(".").slice(0, 3).join(".");
    return { next: () => `${block}.${20 + random.whole(200)}` };
  },
  /** Each request from another address of one /64, which one customer has. */
  network64: (random: Random): Source => {
    const network = ipv6Network(ipv6Site("hired", random), random);
    return { next: () => ipv6Address(network, random) };
  },
  /** Each request from another /64 of one /48, which one customer may have (RFC 6177). */
  site48: (random: Random): Source => {
    const site = ipv6Site("hired", random);
    return { next: () => ipv6Address(ipv6Network(site, random), random), network: `${site}::/48` };
  },
  /** Five thousand hired machines all over the internet, in a range of their own. */
  botnet: (random: Random): Source => {
    const bots = Array.from({ length: 5000 }, () => farAddress(251, random));
    return { next: () => random.pick(bots), isScattered: true };
  },
  /** Hardly ever twice from the same: residential proxies. A range of its own, so that nobody else's finding is taken for this one's. */
  rotating: (random: Random): Source => ({
    next: () => farAddress(253, random),
    network: "253.0.0.0/8",
    isScattered: true,
  }),
  /** A million, all over the internet. */
  everywhere: (random: Random): Source => ({
    next: () => farAddress(250, random),
    network: "250.0.0.0/8",
    isScattered: true,
  }),
} as const;

export type SourceName = keyof typeof sources;
