import { z } from "zod";
import { quoted } from "../guards/quoted.ts";
import { aboveZero } from "../quantity.ts";
import type { Detector, DetectorDefinition, DetectorOptions, DetectorServices } from "./detector.ts";
import { answerOption, severityOption } from "./detector-options.ts";
import type { Place } from "./places.ts";
import { Recent } from "./recent.ts";
import { saidDuration } from "./said.ts";
import type { CredentialSignal, TrafficSignal, WatchSignal } from "./signal.ts";

/** The options of `tokenSharing`. */
export interface TokenSharingOptions extends DetectorOptions {
  readonly active: number;
  readonly open: number;
}

/** Places of one credential that are told apart; further ones take the place of the one that was used longest ago. */
const MOST_PLACES = 4;
/** Places of one credential that are not told again. */
const MOST_TOLD = 8;

interface Use {
  readonly place: Place;
  session: string;
  /** When the connection was opened. */
  since: number;
  /** When the client sent something for the first and for the last time while another place was in use, too. */
  activeFrom: number | null;
  activeTo: number;
  /** When it was last told that the connection is open. */
  seenAt: number;
}

/** A credential, and where it is in use. */
class Credential {
  readonly uses: Use[] = [];
  /** Subnets about which was told; the oldest go. */
  readonly told: string[] = [];

  get suspicion(): number {
    return this.uses.length;
  }
}

class TokenSharing implements Detector {
  readonly #options: TokenSharingOptions;
  readonly #services: DetectorServices;
  readonly #credentials: Recent<Credential>;
  /** Connections of credentials that are in use at several places. */
  readonly #contested = new Map<string, Credential>();

  constructor(options: TokenSharingOptions, services: DetectorServices) {
    this.#options = options;
    this.#services = services;
    this.#credentials = new Recent(services.keys);
  }

  get size(): number {
    return this.#credentials.size + this.#contested.size;
  }

  take(signal: WatchSignal, now: number): void {
    if (signal.type === "traffic") this.#carried(signal, now);
    else if (signal.type === "credential") this.#used(signal, now);
    else if (signal.type === "closed") this.#ended(signal.session);
  }

  #used(signal: CredentialSignal, now: number): void {
    const place = this.#services.places.of(signal.address);
    if (place === null) return;
    let credential = this.#credentials.get(signal.fingerprint);
    if (credential === undefined) {
      credential = new Credential();
      this.#dropped(this.#credentials.add(signal.fingerprint, credential));
    }
    const { uses } = credential;
    const known = uses.find((use) => use.place.subnet === place.subnet);
    if (known === undefined) {
      uses.push({ place, session: signal.session, since: now, activeFrom: null, activeTo: now, seenAt: now });
      if (uses.length > MOST_PLACES) this.#contested.delete(uses.shift()?.session ?? "");
    } else if (known.session !== signal.session) {
      this.#contested.delete(known.session);
      Object.assign(known, { session: signal.session, since: now, activeFrom: null });
    }
    if (uses.length > 1) for (const { session } of uses) this.#contested.set(session, credential);
  }

  // What a client sends is proof that it is there. What is sent to it is none: it may have gone to another network a moment ago.
  #carried(signal: TrafficSignal, now: number): void {
    if (this.#contested.size === 0) return;
    const credential = this.#contested.get(signal.session);
    const own = credential?.uses.find(({ session }) => session === signal.session);
    if (credential === undefined || own === undefined) return;
    const from = now - signal.spanMs;
    own.seenAt = now;
    for (const other of credential.uses) {
      if (other === own || other.place.family !== own.place.family) continue;
      const both = Math.max(own.since, other.since);
      if (from < both) continue;
      if (signal.inbound.messages > 0) {
        own.activeFrom ??= from;
        own.activeTo = now;
      }
      const bothOpen = Math.min(now, other.seenAt) - both;
      if (overlapOf(own, other) >= this.#options.active || bothOpen >= this.#options.open)
        return this.#tell(credential, { signal, own, other, forMs: now - both }, now);
    }
  }

  #tell(credential: Credential, { signal, own, other, forMs }: Shared, now: number): void {
    const places = credential.uses.length;
    const news = [own, other]
      .map(({ place }) => place.subnet)
      .filter((one) => !credential.told.includes(one));
    if (news.length === 0) return;
    credential.told.push(...news);
    if (credential.told.length > MOST_TOLD) credential.told.splice(0, news.length);
    const { user } = signal;
    this.#services.find(
      {
        subject: user === null ? { kind: "session", value: signal.session } : { kind: "user", value: user },
        sentence: `one credential${user === null ? "" : ` of user ${quoted(user)}`} has been in use at ${own.place.one} and ${other.place.one} at once for ${saidDuration(forMs)}`,
        measured: { places, forMs },
        route: signal.route,
        address: signal.address,
        user,
        session: signal.session,
      },
      now,
    );
  }

  #ended(session: string): void {
    const credential = this.#contested.get(session);
    if (credential === undefined) return;
    this.#contested.delete(session);
    const { uses } = credential;
    const at = uses.findIndex((use) => use.session === session);
    if (at !== -1) uses.splice(at, 1);
    if (uses.length === 1) this.#contested.delete(uses[0]?.session ?? "");
  }

  #dropped(credential: Credential | undefined): void {
    for (const { session } of credential?.uses ?? []) this.#contested.delete(session);
  }
}

/** How long two places were active side by side, in ms. */
function overlapOf(one: Use, other: Use): number {
  if (one.activeFrom === null || other.activeFrom === null) return 0;
  return Math.min(one.activeTo, other.activeTo) - Math.max(one.activeFrom, other.activeFrom);
}

interface Shared {
  readonly signal: TrafficSignal;
  readonly own: Use;
  readonly other: Use;
  readonly forMs: number;
}

const options: z.ZodType<TokenSharingOptions> = z
  .strictObject({
    severity: severityOption("high"),
    answer: answerOption("alert"),
    active: aboveZero
      .prefault("1m")
      .describe("So long may clients at two places send messages side by side by the same credential."),
    open: aboveZero
      .prefault("5m")
      .describe(
        "So long may connections by the same credential be open at two places, whether they send or not. Longer than `heartbeat` leaves a connection open whose client has gone.",
      ),
  })
  .prefault({});

/** A credential is used by more than one. */
export const tokenSharing: DetectorDefinition<TokenSharingOptions> = {
  name: "tokenSharing",
  notices:
    "One token, session cookie or certificate is in use at two places at once: subnets (/24, /48) of the same kind of address, both of which send, or stay open for minutes.",
  falsePositives:
    "Services that share one token; networks that send one person's connections through several exits. It is told once for each place that a credential comes to. Give each service a token of its own. A phone that changes networks is not told: its old connection falls silent. One place by IPv4 and one by IPv6 may be one home, and are not told either.",
  forgery:
    "Who has somebody's token can bring a finding about them, and then it is true. `answer: close` ends the connections of the victim as well, who then signs in anew.",
  references: ["ATT&CK T1550.001", "ATT&CK T1539", "OWASP API2:2023"],
  hears: ["credential", "traffic", "closed"],
  options,
  create: (given, services) => new TokenSharing(given, services),
};
