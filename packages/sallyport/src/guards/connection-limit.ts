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
import { createKeyedBuckets, type KeyedBuckets } from "./keyed-buckets.ts";
import { duration, mode, rate } from "./quantity.ts";
import { quoted } from "./quoted.ts";

/** The options of `connectionLimit`. Counts are of one route, in one process. */
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
/** 65,536 addresses at about 200 bytes are 13 MiB. */
const MAX_ADDRESSES = 65_536;
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

/** Connections by key. Entries live as long as their connections, so the table is as bounded as those are. */
class Tally {
  readonly #counts = new Map<string, number>();

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  add(key: string): void {
    this.#counts.set(key, this.of(key) + 1);
  }

  remove(key: string): void {
    const left = this.of(key) - 1;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
  }
}

/** What is open on a route now, whatever policy admitted it. */
interface OpenConnections {
  total: number;
  readonly addresses: Tally;
  readonly users: Tally;
}

const newOpenConnections = (): OpenConnections => ({ total: 0, addresses: new Tally(), users: new Tally() });

function once(release: () => void): () => void {
  let done = false;
  return () => {
    if (!done) release();
    done = true;
  };
}

function tooFast(
  key: string,
  buckets: KeyedBuckets,
  handshake: Handshake,
  perSecond: number,
): Refusal | null {
  const waitMs = buckets.take(key, handshake.now);
  if (waitMs === 0) return null;
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
  create({ mode: inForce, total, perAddress, perUser, handshakesPerAddress, authenticateWithin }, services) {
    const burst = Math.max(1, handshakesPerAddress * BURST_SECONDS);
    const buckets = createKeyedBuckets({ perSecond: handshakesPerAddress, burst, maxKeys: MAX_ADDRESSES });
    const open = services.keep(newOpenConnections);
    const { addresses, users } = open;

    const checkCounts = (key: string): Refusal | null => {
      if (open.total >= total) return full("connectionLimit.total", `${open.total} connections are open`);
      const own = addresses.of(key);
      return own < perAddress
        ? null
        : full("connectionLimit.perAddress", `${quoted(key)} has ${own} connections open`);
    };
    const take = (key: string, handshake: Handshake): void => {
      open.total += 1;
      addresses.add(key);
      handshake.releases.push(
        once(() => {
          open.total -= 1;
          addresses.remove(key);
        }),
      );
    };

    return {
      name: "connectionLimit",
      mode: inForce,
      authenticateWithinMs: authenticateWithin,
      handshake(handshake) {
        const key = addressKey(handshake.request.address);
        const refusal = tooFast(key, buckets, handshake, handshakesPerAddress) ?? checkCounts(key);
        if (refusal === null || inForce === "observe") take(key, handshake);
        return refusal ?? pass;
      },
      admission({ identity, releases }) {
        const key = userKey(identity);
        if (perUser === undefined || key === null) return pass;
        const own = users.of(key);
        const refused = own >= perUser;
        if (refused && inForce === "enforce") return fullUser(own);
        users.add(key);
        releases.push(once(() => users.remove(key)));
        return refused ? fullUser(own) : pass;
      },
    };
  },
};

function fullUser(own: number): Refusal {
  return full("connectionLimit.perUser", `the user has ${own} connections open`);
}
