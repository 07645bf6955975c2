import { z } from "zod";
import { addressKey } from "./address-table.ts";
import {
  pass,
  type GuardDefinition,
  type Handshake,
  type HandshakeVerdict,
  type Identity,
  type Mode,
} from "./guard.ts";
import type { Entered, Entry, EntryRefusal, Place } from "./quotas.ts";
import { duration, mode, rate } from "../quantity.ts";
import { quoted } from "./quoted.ts";

/** The options of `connectionLimit`. Counts are of one route, over all workers. */
export interface ConnectionLimitOptions {
  readonly mode: Mode;
  /** Connections in all. Default 10,000: at some 30 KiB each they stay under 300 MiB. */
  readonly total: number;
  /** Connections of one address, an IPv6 /64 being one. Default 100: a large office behind one address fits. */
  readonly perAddress: number;
  /** Connections of one user (issuer and user id). Default: no limit. Anonymous callers are not counted. */
  readonly perUser?: number | undefined;
  /** Handshakes per second of one address. Default 20; the burst is five seconds' worth, so 100. */
  readonly handshakesPerAddress: number;
  /** Milliseconds that a socket may take to pass the handshake. Default 10,000. The host enforces it. */
  readonly authenticateWithin: number;
}

const BURST_SECONDS = 5;
/** When a connection ends cannot be foretold: soon enough to be useful, late enough not to be a storm. */
const FULL_RETRY_S = 5;
const HOUR_MS = 3_600_000;

const count = (fallback: number): z.ZodDefault<z.ZodNumber> =>
  z.int({ error: "expected a whole number" }).min(1, { error: "expected 1 or more" }).default(fallback);

const options: z.ZodType<ConnectionLimitOptions> = z
  .strictObject({
    mode,
    total: count(10_000).describe("Connections of this route in all."),
    perAddress: count(100).describe("Connections of one client address; an IPv6 /64 counts as one."),
    perUser: z
      .int({ error: "expected a whole number" })
      .min(1, { error: "expected 1 or more" })
      .optional()
      .describe("Connections of one user. Absent: no limit. Anonymous callers are not counted."),
    handshakesPerAddress: rate
      .prefault("20/s")
      .describe("Handshakes of one client address per time; five seconds' worth may come at once."),
    authenticateWithin: duration
      .refine((ms) => ms > 0 && ms <= HOUR_MS, { error: "expected more than 0s and at most 1h" })
      .prefault("10s")
      .describe("How long a socket may take until its handshake has passed every guard."),
  })
  .prefault({});

type Refusal = Extract<HandshakeVerdict, { verdict: "refuse" }>;

function tooFast(key: string, waitMs: number, perSecond: number): Refusal {
  return {
    verdict: "refuse",
    code: "connectionLimit.handshakesPerAddress",
    detail: `${quoted(key)} opens connections faster than ${Number(perSecond.toPrecision(3))}/s`,
    retryAfterS: Math.ceil(waitMs / 1000),
  };
}

function full(code: Refusal["code"], detail: string): Refusal {
  return { verdict: "refuse", code, detail, retryAfterS: FULL_RETRY_S };
}

function userKey(identity: Identity | null): string | null {
  return identity === null || identity.user === null
    ? null
    : JSON.stringify([identity.issuer, identity.user]);
}

/**
 * Bounds how many connections a route carries, in all, per address and per user, and how fast one address may open
 * them. In `observe` mode it counts what it lets through beyond its limits.
 */
export const connectionLimit: GuardDefinition<ConnectionLimitOptions> = {
  name: "connectionLimit",
  phases: ["handshake"],
  stops: "Too many connections or handshakes, and sockets that do not authenticate in time.",
  options,
  fromOptionsAlone: true,
  create(
    { mode: inForce, total, perAddress, perUser, handshakesPerAddress, authenticateWithin },
    { quotas },
  ) {
    const evenIfRefused = inForce === "observe";
    const burst = Math.max(1, handshakesPerAddress * BURST_SECONDS);
    const placesOf = (key: string): readonly Place[] => [
      { key: "total", limit: total },
      { key: `address ${key}`, limit: perAddress },
    ];
    const placesOfUser = ({ identity }: Handshake): readonly Place[] => {
      const key = userKey(identity);
      return perUser === undefined || key === null ? [] : [{ key: `user ${key}`, limit: perUser }];
    };
    const ask = (
      handshake: Handshake,
      entry: Omit<Entry, "evenIfRefused">,
      refused: (refusal: EntryRefusal) => Refusal,
    ): HandshakeVerdict | Promise<HandshakeVerdict> => {
      const take = ({ refusal, release }: Entered): HandshakeVerdict => {
        if (refusal === null || evenIfRefused) handshake.releases.push(release);
        return refusal === null ? pass : refused(refusal);
      };
      const entered = quotas.enter({ ...entry, evenIfRefused }, handshake.now);
      return entered instanceof Promise ? entered.then(take) : take(entered);
    };

    return {
      name: "connectionLimit",
      mode: inForce,
      authenticateWithinMs: authenticateWithin,
      handshake(handshake) {
        const key = addressKey(handshake.request.address);
        const entry = {
          rate: { key, perSecond: handshakesPerAddress, burst },
          places: isOwn(handshake) ? [] : placesOf(key),
        };
        return ask(handshake, entry, (refusal) => refusedAddress(key, refusal, handshakesPerAddress));
      },
      admission(handshake) {
        const places = isOwn(handshake) ? [] : placesOfUser(handshake);
        return places.length === 0 ? pass : ask(handshake, { rate: null, places }, refusedUser);
      },
      async room(handshake) {
        const key = addressKey(handshake.request.address);
        const refusal = await quotas.room([...placesOf(key), ...placesOfUser(handshake)]);
        if (refusal === null) return pass;
        return refusal.place === 2
          ? refusedUser(refusal)
          : refusedAddress(key, refusal, handshakesPerAddress);
      },
    };
  },
};

/** A request to the gate itself is no connection, and a session is refreshed also where there is no room for another: it costs a token of the rate alone. */
function isOwn({ request }: Handshake): boolean {
  return request.ownPath !== undefined;
}

function refusedUser({ taken }: EntryRefusal): Refusal {
  return full("connectionLimit.perUser", `the user has ${taken} connections open`);
}

function refusedAddress(key: string, refusal: EntryRefusal, perSecond: number): Refusal {
  if (refusal.place === null) return tooFast(key, refusal.waitMs, perSecond);
  return refusal.place === 0
    ? full("connectionLimit.total", `${refusal.taken} connections are open`)
    : full("connectionLimit.perAddress", `${quoted(key)} has ${refusal.taken} connections open`);
}
