import { z } from "zod";
import type { Answer, HandshakeEvent, OpenEvent } from "../events.ts";
import { quoted } from "../guards/quoted.ts";
import type { Detector, DetectorDefinition, DetectorOptions, DetectorServices } from "./detector.ts";
import { severityOption } from "./detector-options.ts";
import { Distinct } from "./distinct.ts";
import { comparedHost, hostOfOrigin, looksAlike, type ComparedHost } from "./look-alike.ts";
import type { Place } from "./places.ts";
import type { WatchSignal } from "./signal.ts";
import { Suspects } from "./suspects.ts";
import { Tally } from "./tally.ts";

/** The options of `originProbe`. */
export interface OriginProbeOptions extends DetectorOptions {
  readonly origins: number;
}

/** Hosts of pages that were let in, of all routes; hosts that were asked for; and look-alikes of them. The oldest go. */
const MOST_HOSTS = 64;
/** A look-alike from more addresses than this is a page that people visit. */
const VISITORS = 3;

const fresh = (): Tally => new Tally();

class OriginProbe implements Detector {
  readonly #options: OriginProbeOptions;
  readonly #services: DetectorServices;
  readonly #addresses: Suspects<Tally>;
  readonly #hosts = new Map<string, ComparedHost>();
  /** Apart, since a client that is no browser may write any `Host` where routes name none: it must put out no page. */
  readonly #served = new Map<string, ComparedHost>();
  readonly #alike = new Map<string, Distinct>();

  constructor(options: OriginProbeOptions, services: DetectorServices) {
    this.#options = options;
    this.#services = services;
    this.#addresses = new Suspects(services, fresh);
  }

  get size(): number {
    return this.#addresses.size + this.#hosts.size + this.#served.size + this.#alike.size;
  }

  take(signal: WatchSignal, now: number): void {
    if (signal.type === "open") this.#learn(signal);
    if (signal.type !== "handshake" || signal.origin === null) return;
    if (signal.code !== "origin.foreign" && signal.code !== "origin.malformed") return;
    const place = this.#services.places.of(signal.address);
    if (place === null) return;
    this.#countOrigins(signal, { place, origin: signal.origin }, now);
    const host = hostOfOrigin(signal.origin);
    const known = host === null ? undefined : this.#resembled(host);
    if (known !== undefined) this.#tellAlike(signal, { place, origin: signal.origin, known }, now);
  }

  // What was let in is on the route's own list: nobody can teach a host of theirs.
  #learn({ origin, arrival }: OpenEvent): void {
    const host = origin === null ? null : hostOfOrigin(origin);
    if (host !== null) remember(this.#hosts, host);
    if (arrival !== undefined && arrival.host !== "") remember(this.#served, arrival.host);
  }

  #resembled(host: string): string | undefined {
    if (this.#hosts.has(host) || this.#served.has(host)) return undefined;
    const compared = comparedHost(host);
    for (const hosts of [this.#hosts, this.#served])
      for (const known of hosts.values()) if (looksAlike(compared, known)) return known.host;
    return undefined;
  }

  #countOrigins(
    signal: HandshakeEvent,
    { place, origin }: { readonly place: Place; readonly origin: string },
    now: number,
  ): void {
    const tally = this.#addresses.came(place.one, now);
    if (tally === null) return;
    tally.add(now, 1);
    tally.kinds.add(origin, this.#services.seed);
    const origins = tally.kinds.count;
    // Where many people are at home, more pages are tried, and more extensions used.
    if (origins < this.#options.origins * this.#services.people.factorAt(place.one)) return;
    tally.kinds.clear();
    this.#services.find(
      {
        subject: { kind: "address", value: place.one },
        sentence: `${origins} different foreign origins came from ${place.one} within a day, the last being ${quoted(origin)}`,
        measured: { origins, refused: tally.counts.today },
        route: signal.route,
        address: signal.address,
      },
      now,
    );
  }

  #tellAlike(signal: HandshakeEvent, { place, origin, known }: Alike, now: number): void {
    const seen = this.#alike.get(origin) ?? new Distinct();
    this.#alike.delete(origin);
    this.#alike.set(origin, seen);
    if (this.#alike.size > MOST_HOSTS) dropFirst(this.#alike);
    seen.add(place.one, this.#services.seed);
    const addresses = seen.count;
    const visited = addresses > VISITORS;
    this.#services.find(
      {
        subject: visited
          ? { kind: "route", value: signal.route ?? "*" }
          : { kind: "address", value: place.one },
        sentence: `${quoted(origin)}, which looks like ${quoted(known)}, asked for a connection from ${visited ? `${addresses} addresses: a page that people visit` : place.one}`,
        measured: { addresses },
        route: signal.route,
        address: visited ? null : signal.address,
      },
      now,
    );
  }
}

interface Alike {
  readonly place: Place;
  readonly origin: string;
  readonly known: string;
}

function remember(hosts: Map<string, ComparedHost>, host: string): void {
  if (hosts.has(host)) return;
  hosts.set(host, comparedHost(host));
  if (hosts.size > MOST_HOSTS) dropFirst(hosts);
}

function dropFirst(table: Map<string, unknown>): void {
  for (const key of table.keys()) {
    table.delete(key);
    return;
  }
}

const alertAlone: z.ZodType<Answer, Answer> = z.literal("alert", {
  error: "expected `alert`: any page can bring this about for whoever visits it",
});

const options: z.ZodType<OriginProbeOptions> = z
  .strictObject({
    severity: severityOption("medium"),
    answer: alertAlone
      .default("alert")
      .describe("`alert` alone: any page can bring this about for whoever visits it."),
    origins: z
      .int()
      .min(2)
      .max(100)
      .default(5)
      .describe("So many different foreign origins of one address within a day are told."),
  })
  .prefault({});

/** Somebody tries which pages may connect. */
export const originProbe: DetectorDefinition<OriginProbeOptions> = {
  name: "originProbe",
  notices:
    "Connections from one address name several foreign origins, or one that looks like an origin of yours (`https://app-example.com`, `https://app.example.com.evil.test`).",
  falsePositives:
    "Developers behind one address who try pages on several hosts. A domain of your own that is not in `origin.allow` and is named alike: add it there, or mend the page.",
  forgery:
    "A browser says in `Origin` where a page is from, and a page can make the browser of whoever visits it connect: so nothing but an alert answers a finding. Only pages that were let in are what others are compared with.",
  references: ["ATT&CK T1595", "CWE-1385", "ATT&CK T1583.001"],
  hears: ["handshake", "open"],
  options,
  create: (given, services) => new OriginProbe(given, services),
};
