import { createKeyedBuckets, type KeyedBuckets } from "../guards/keyed-buckets.ts";
import type { Entered, Entry, EntryRefusal, Place, Rate } from "../guards/quotas.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { NODES_TAG, type RedisNodes } from "./redis-nodes.ts";
import { COUNT_LIFE_MS, enterPlaces, tellPlaces } from "./redis-place-scripts.ts";

/** What places need of their surroundings. */
export interface RedisPlacesOptions {
  readonly connection: Pick<RedisConnection, "run" | "key" | "every" | "about" | "status">;
  readonly nodes: RedisNodes;
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
}

/** How soon others are told what was given back, milliseconds, in one call; an entry of the same count tells it before. So often it is tried again. */
const TELL_WITHIN_MS = 25;
/** So old a count is written anew: whatever went wrong with it, is right from then on. */
const COUNT_OLD_MS = COUNT_LIFE_MS / 3;
/** Counts of one call. */
const MAX_BATCH = 500;
/** Handshakes of how many keys are told apart while the engine cannot be asked. */
const MAX_SHARES = 65_536;

/** What this node has of one count. */
interface Count {
  held: number;
  /** Asked for, and not answered yet. */
  pending: number;
  /** Given back, and not told yet. */
  left: number;
  /** Whether the engine may have another number than we: then it is told ours. */
  isUnsure: boolean;
  /** Whether the engine may have heard of it: what came and went while it was away is nothing to tell. */
  isHeardOf: boolean;
  /** When the engine was last known to have our number, monotonic milliseconds. */
  toldAt: number;
}

/**
 * Places that all nodes share: counted exactly, by one script, and so one round trip for each entry. The engine has, for each
 * count, how many each node holds; a node's number counts while the node is alive. Each node is the one that knows its own number:
 * after a failure, and when others may have forgotten it, it writes it anew; so the engine may lose everything and has it again.
 * What is given back is told with the next entry of the same count, or within 25 ms, in one call for all. What a node has for certain it says with each entry:
 * where the engine dropped the count, its own places are not given once more.
 *
 * **Without the engine** a node counts those that it has itself, and lets in up to the limit. When the engine is back all count again:
 * there may be more than the limit then, which stay; nobody else is let in until they are fewer.
 */
export class RedisPlaces {
  readonly #options: RedisPlacesOptions;
  readonly #counts = new Map<string, Count>();
  readonly #untold = new Set<string>();
  readonly #shares = new Map<string, KeyedBuckets>();
  /** Takes back that it is told soon; `null`: there is nothing to be told. */
  #stopSoon: (() => void) | null = null;

  constructor(options: RedisPlacesOptions) {
    this.#options = options;
    options.nodes.watchForgotten(() => this.#doubtAll());
    options.connection.about(COUNT_OLD_MS / 10, () => this.#doubtOld());
  }

  /** Asks for an entry. @param nameOf a key of the guard, as what is kept is called */
  async enter({ rate, places, evenIfRefused }: Entry, nameOf: (key: string) => string): Promise<Entered> {
    const { connection, nodes } = this.#options;
    const keys = places.map(({ key }) => connection.key(NODES_TAG, `places:${nameOf(key)}`));
    const asked = keys.map((key) => this.#ask(key));
    const rateKeys = rate === null ? [] : [connection.key(NODES_TAG, `rate:${nameOf(rate.key)}`)];
    const values = [nodes.node, evenIfRefused ? 1 : 0, (rate?.perSecond ?? 0) / 1000, rate?.burst ?? 0];
    let refusal: EntryRefusal | null;
    try {
      const limits = places.map(({ limit }) => limit);
      const answer = await connection.run(
        enterPlaces,
        [...nodes.keys, ...keys, ...rateKeys],
        [...values, ...limits, ...asked.map(({ left }) => left), ...asked.map(({ held }) => held)],
      );
      const { refusal: found, isAlive } = answerOf(answer);
      if (!isAlive) void nodes.beat();
      refusal = found;
    } catch {
      // Perhaps it was counted, perhaps not.
      for (const key of keys) this.#doubt(key);
      refusal = this.#refusalHere(rate, places, keys);
    }
    return this.#entered(keys, refusal, refusal === null || evenIfRefused);
  }

  /** Tells the engine what it does not know. Never rejects. */
  async tell(): Promise<void> {
    if (this.#untold.size > 0 && !this.#options.connection.status().up) return this.#tellSoon();
    this.#stopSoon?.();
    this.#stopSoon = null;
    if (this.#untold.size === 0) return;
    const all = [...this.#untold];
    this.#untold.clear();
    const batches = Array.from({ length: Math.ceil(all.length / MAX_BATCH) }, (_, index) =>
      all.slice(index * MAX_BATCH, (index + 1) * MAX_BATCH),
    );
    await Promise.all(batches.map((keys) => this.#tell(keys)));
  }

  async #tell(keys: readonly string[]): Promise<void> {
    const { connection, nodes, now } = this.#options;
    const values = keys.flatMap((key) => {
      const count = this.#countOf(key);
      const [how, number] = count.isUnsure ? ["=", count.held + count.pending] : ["-", count.left];
      count.left = 0;
      count.isHeardOf = true;
      // Whether what is asked for now will be given we do not know yet.
      count.isUnsure &&= count.pending > 0;
      if (count.isUnsure) this.#doubt(key);
      count.toldAt = now();
      return [how, number] as const;
    });
    try {
      await connection.run(tellPlaces, [...nodes.keys, ...keys], [nodes.node, ...values]);
      for (const key of keys) this.#forgetEmpty(key);
    } catch {
      for (const key of keys) {
        this.#doubt(key);
        // It may have been forgotten here meanwhile.
        this.#countOf(key).isHeardOf = true;
      }
    }
  }

  /** One more is asked for. Answers how many were given back, which is told with it, and how many this node has for certain. */
  #ask(key: string): Pick<Count, "left" | "held"> {
    const count = this.#countOf(key);
    const { left, held } = count;
    count.pending += 1;
    count.left = 0;
    count.isHeardOf ||= this.#options.connection.status().up;
    if (!count.isUnsure) this.#untold.delete(key);
    return { left, held };
  }

  #entered(keys: readonly string[], refusal: EntryRefusal | null, isHeld: boolean): Entered {
    for (const key of keys) {
      const count = this.#countOf(key);
      count.pending -= 1;
      if (isHeld) count.held += 1;
      this.#forgetEmpty(key);
    }
    let held = isHeld ? keys : [];
    const release = (): void => {
      for (const key of held) {
        const count = this.#countOf(key);
        count.held -= 1;
        count.left += 1;
        this.#untold.add(key);
        this.#forgetEmpty(key);
      }
      if (held.length > 0) this.#tellSoon();
      held = [];
    };
    return { refusal, release };
  }

  #refusalHere(rate: Rate | null, places: readonly Place[], keys: readonly string[]): EntryRefusal | null {
    const waitMs = rate === null ? 0 : this.#shareOf(rate).take(rate.key, this.#options.now());
    if (waitMs > 0) return { place: null, taken: 0, waitMs };
    for (const [place, { limit }] of places.entries()) {
      const taken = this.#countOf(keys[place] ?? "").held;
      if (taken >= limit) return { place, taken, waitMs: 0 };
    }
    return null;
  }

  #shareOf({ perSecond, burst }: Rate): KeyedBuckets {
    const nodes = this.#options.nodes.alive.length;
    const name = `${perSecond}/${burst}/${nodes}`;
    const known = this.#shares.get(name);
    if (known !== undefined) return known;
    const share = { perSecond: perSecond / nodes, burst: Math.max(1, burst / nodes), maxKeys: MAX_SHARES };
    const made = createKeyedBuckets(share);
    this.#shares.clear();
    this.#shares.set(name, made);
    return made;
  }

  #countOf(key: string): Count {
    const known = this.#counts.get(key);
    if (known !== undefined) return known;
    const made: Count = {
      held: 0,
      pending: 0,
      left: 0,
      isUnsure: false,
      isHeardOf: false,
      toldAt: this.#options.now(),
    };
    this.#counts.set(key, made);
    return made;
  }

  #doubt(key: string): void {
    this.#countOf(key).isUnsure = true;
    this.#untold.add(key);
    this.#tellSoon();
  }

  #tellSoon(): void {
    this.#stopSoon ??= this.#options.connection.every(TELL_WITHIN_MS, () => this.tell());
  }

  #doubtAll(): void {
    for (const key of this.#counts.keys()) this.#doubt(key);
    void this.tell();
  }

  #doubtOld(): void {
    const before = this.#options.now() - COUNT_OLD_MS;
    for (const [key, { toldAt }] of this.#counts) if (toldAt < before) this.#doubt(key);
  }

  #forgetEmpty(key: string): void {
    const count = this.#counts.get(key);
    if (count === undefined || count.held !== 0 || count.pending !== 0) return;
    if (count.isHeardOf && (this.#untold.has(key) || count.left !== 0)) return;
    this.#untold.delete(key);
    this.#counts.delete(key);
  }
}

/** What the engine says of an entry. */
interface EntryAnswer {
  readonly refusal: EntryRefusal | null;
  readonly isAlive: boolean;
}

const ENTERED: EntryAnswer = { refusal: null, isAlive: true };

function answerOf(answer: unknown): EntryAnswer {
  if (answer === 1) return ENTERED;
  const [place, taken, waitMs, isAlive] = Array.isArray(answer) ? answer.map(Number) : [];
  if (place === undefined || taken === undefined || waitMs === undefined)
    throw new Error("no answer to an entry");
  const refusal =
    waitMs > 0 ? { place: null, taken: 0, waitMs } : place < 0 ? null : { place, taken, waitMs: 0 };
  return { refusal, isAlive: isAlive === 1 };
}
