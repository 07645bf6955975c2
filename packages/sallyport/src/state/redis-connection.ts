import { randomBytes } from "node:crypto";
import { problemOf } from "../problem-of.ts";
import { LooseBeat } from "./loose-beat.ts";
import { createRedisClient, isRefusal, type RedisClient, type RedisPlace } from "./redis-client.ts";
import { PARTS } from "./redis-parts.ts";
import { redisScript, type RedisScript } from "./redis-script.ts";
import { LAST_MOMENT } from "../last-moment.ts";

/** The version of everything that is written into an engine. Nodes that write another one do not see each other's keys. */
export const REDIS_FORMAT = 2;

/** Whether an engine can be used now. */
export interface RedisStatus {
  /** Whether it was read and written within the bound of a command, last time that somebody tried. */
  readonly up: boolean;
  /** Since when it is as it is: wall clock of this node, milliseconds since the epoch. */
  readonly since: number;
  /** What is wrong, without any secret; `null` while it is up. */
  readonly problem: string | null;
  /** How far the engine's clock is ahead of this node's, milliseconds, as last measured. 0 before it was. */
  readonly clockAheadMs: number;
}

/**
 * The one connection of a process to the engine, which everything that is kept there shares. The shape of it:
 *
 * - `key(tag, name)` makes every key: `sallyport:2:{tag}:name` (prefix, format, tag, name). In a cluster all keys of one tag are on one
 *   server: what one script touches must share its tag, and what is much and independent had better have many tags.
 * - `run(script, keys, values)` and `command(key, words)` answer within `timeoutMs` or reject with `StateUnreachable`; while the engine is
 *   down they reject at once. Nothing is queued for later. What the engine itself refuses rejects with its words.
 * - `every(ms, task)`, `about(ms, task)` and `after(ms, task)` are the only timers that state has; `watch` tells when the engine goes and comes back.
 *
 * Messages of a connection never wait for any of it.
 */
export interface RedisConnection {
  /** A name for this process while it lives, of 22 letters: for leases that end with it. */
  readonly node: string;
  /** @param tag what belongs on one server, such as `quotas`; no braces */
  key(tag: string, name: string): string;
  /** Runs a script as one step. Rejects when the engine is down, does not answer in time, or refuses. */
  run(script: RedisScript, keys: readonly string[], values: readonly (string | number)[]): Promise<unknown>;
  /** Sends one command. @param key any key that it is about: which server of a cluster is asked */
  command(key: string, words: readonly string[]): Promise<unknown>;
  status(): RedisStatus;
  /** Has `listener` called whenever the engine goes or comes back. Returns how to stop. */
  watch(listener: (status: RedisStatus) => void): () => void;
  /**
   * Does something again and again until the connection is closed, never twice at once. What it rejects with is dropped: whoever
   * wants to know asks `status`. Returns how to stop.
   */
  every(ms: number, task: () => unknown): () => void;
  /** Does something once, unless the connection is closed before. It must not throw. Returns how to take it back. */
  after(ms: number, task: () => unknown): () => void;
  /** As `every`, up to a fifth of the time and 200 ms sooner, with others that are due then: for whatever goes on while nobody does anything. */
  about(ms: number, task: () => unknown): () => void;
  /** Ends at once: what waits rejects. */
  close(): void;
}

/** What a connection is made of. */
export interface RedisConnectionOptions {
  readonly place: RedisPlace;
  /** What keys begin with. Letters, digits, `_`, `-`, `.` and `:`. */
  readonly prefix: string;
  /** How long a command may take until the engine counts as down, milliseconds. */
  readonly timeoutMs: number;
  /** How often it is looked whether the engine can be written to, milliseconds. Default: 1,000. */
  readonly probeMs?: number;
  /** Wall clock. Default: `Date.now`. */
  readonly wallNow?: () => number;
  /** A client, for tests. Default: one for `place`. */
  readonly createClient?: typeof createRedisClient;
}

/** The engine cannot be reached, or does not do what it is asked. The message holds no secret and nothing that was sent. */
export class StateUnreachable extends Error {
  override readonly name = "StateUnreachable";
}

/** As many characters are told of what an engine says. */
const MAX_WORDS = 300;
const PROBE_MS = 1000;
/** A connection without a byte for so long is made anew; probes keep a good one busy. */
const SILENT_PROBES = 5;
/**
 * Tags under which most is kept, each of which may be on another server of a cluster. One that was down is up again when all of them can be written to:
 * otherwise it would come back with each look and go with the next command, for as long as one of its servers is gone.
 */
const TAGS: readonly string[] = ["log", "nodes", "rates", ...PARTS.map((part) => `tickets-${part}`)];
/** What a node left of its last look, gone soon after it. */
const PROBE_LIFE_MS = 60_000;

/** A client that has not been answered for so long is replaced, milliseconds. */
const RENEW_MS = 10_000;

/** Writes, so that an engine that is full or only a copy is found out, and tells the engine's time. */
const probe = redisScript(
  "probe",
  `redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
local now = redis.call('TIME')
return {now[1], now[2]}`,
);

/** Connects to an engine, and goes on trying for as long as it takes. Returns before there is a connection. */
export function openRedis(options: RedisConnectionOptions): RedisConnection {
  return new Connection(options);
}

class Connection implements RedisConnection {
  readonly node: string = randomBytes(16).toString("base64url");
  readonly #options: RedisConnectionOptions;
  readonly #wallNow: () => number;
  readonly #listeners = new Set<(status: RedisStatus) => void>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** What has no answer yet, the first that was sent first: all have the same time. */
  readonly #waiting = new Set<Waiting>();
  /** Whether a timer is there that looks at the first that waits: one for all, made anew once in that time and not with each command. */
  #isTimed = false;
  readonly #beat = new LooseBeat();
  #client: RedisClient | null = null;
  #status: RedisStatus;
  #lastProblem = "not connected yet";
  #closed = false;
  #isDownTold = false;
  #hasConnected = false;
  /** When the client was made, or last answered; monotonic milliseconds. */
  #heardAt = 0;

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
    this.#wallNow = options.wallNow ?? (() => Date.now());
    this.#status = { up: false, since: this.#wallNow(), problem: this.#lastProblem, clockAheadMs: 0 };
    this.about(options.probeMs ?? PROBE_MS, () => this.#probe());
    void this.#probe();
  }

  key(tag: string, name: string): string {
    return `${this.#options.prefix}:${REDIS_FORMAT}:{${tag}}:${name}`;
  }

  run(script: RedisScript, keys: readonly string[], values: readonly (string | number)[]): Promise<unknown> {
    return this.#status.up ? this.#runNow(script, keys, values) : this.#refused();
  }

  command(key: string, words: readonly string[]): Promise<unknown> {
    return this.#status.up ? this.#send(key, words, null) : this.#refused();
  }

  status(): RedisStatus {
    return this.#status;
  }

  watch(listener: (status: RedisStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  every(ms: number, task: () => unknown): () => void {
    const timer = setInterval(oneAtATime(task), ms).unref();
    this.#timers.add(timer);
    return () => {
      clearInterval(timer);
      this.#timers.delete(timer);
    };
  }

  after(ms: number, task: () => unknown): () => void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      task();
    }, ms).unref();
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }

  about(ms: number, task: () => unknown): () => void {
    return this.#beat.every(ms, oneAtATime(task));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#beat.stop();
    this.#listeners.clear();
    this.#down("closed");
    this.#drop();
  }

  #refused(): Promise<never> {
    return Promise.reject(new StateUnreachable(this.#status.problem ?? "down"));
  }

  #runNow(
    script: RedisScript,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<unknown> {
    const words = ["EVALSHA", script.sha1, String(keys.length)].concat(keys, values.map(String));
    return this.#send(keys[0] ?? "", words, script);
  }

  /** One promise for each command: they are what a handshake costs beside one without an engine. @param script what it is about, as it may not be known there */
  #send(key: string, words: readonly string[], script: RedisScript | null): Promise<unknown> {
    const client = this.#client;
    if (client === null) return Promise.reject(new StateUnreachable(this.#lastProblem));
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        this.#waiting.delete(waiting);
        const problem = this.#wordsOf(error);
        if (script !== null && problem.startsWith("NOSCRIPT"))
          return resolve(this.#send(key, ["EVAL", script.text, ...words.slice(2)], null));
        // Not what the client threw: that may hold what was sent.
        if (isRefusal(error)) return reject(new Error(problem));
        // A client that was replaced meanwhile says nothing about the one that is there now.
        if (client === this.#client) this.#down(problem);
        reject(error instanceof StateUnreachable ? error : new StateUnreachable(problem));
      };
      const waiting: Waiting = { until: performance.now() + this.#options.timeoutMs, fail };
      this.#waiting.add(waiting);
      if (!this.#isTimed) this.#lookAfter(this.#options.timeoutMs);
      client.send(key, words).then((answer) => {
        this.#waiting.delete(waiting);
        resolve(answer);
      }, fail);
    });
  }

  #lookAfter(ms: number): void {
    this.#isTimed = true;
    setTimeout(() => this.#failLate(), ms).unref();
  }

  /** What is not answered in time fails. */
  #failLate(): void {
    const now = performance.now();
    for (const { until, fail } of this.#waiting) {
      if (until > now) return this.#lookAfter(until - now);
      fail(new StateUnreachable(`no answer within ${this.#options.timeoutMs} ms`));
    }
    this.#isTimed = false;
  }

  async #probe(): Promise<void> {
    if (this.#closed) return;
    // Whatever it is that it waits for: a new one looks where the engine is now.
    if (this.#client !== null && performance.now() - this.#heardAt > RENEW_MS) this.#drop();
    if (this.#client === null) return this.#connect();
    // What connects for the first time says itself when it cannot.
    if (!this.#hasConnected) return;
    const before = this.#wallNow();
    const isWhole = this.#options.place.kind !== "cluster" || this.#status.up;
    const keys = isWhole ? [] : TAGS.map((tag) => this.key(tag, `probe:${this.node}`));
    const [answer] = await Promise.all(
      [this.key("probe", this.node), ...keys].map((key) => this.#runNow(probe, [key], [PROBE_LIFE_MS])),
    ).catch((error: unknown) => {
      this.#down(this.#wordsOf(error));
      return [];
    });
    if (answer === undefined || this.#closed) return;
    const [seconds = Number.NaN, micros = Number.NaN] = Array.isArray(answer) ? answer.map(Number) : [];
    // By its clock it is reckoned how long everything holds.
    if (!isMoment(seconds * 1000 + micros / 1000)) return this.#down("it tells no time");
    const after = this.#wallNow();
    const clockAheadMs = Math.round(seconds * 1000 + micros / 1000 - (before + after) / 2);
    const came = !this.#status.up;
    this.#heardAt = performance.now();
    this.#status = { up: true, since: came ? after : this.#status.since, problem: null, clockAheadMs };
    if (came) this.#tell();
  }

  /** A client connects again by itself; where it has given up, or does not find its way for so long, the next look makes another one. */
  #connect(): void {
    const { place, createClient = createRedisClient, probeMs = PROBE_MS, timeoutMs } = this.#options;
    const client = createClient(place, {
      silentMs: Math.max(SILENT_PROBES * probeMs, 2 * timeoutMs),
      onProblem: (error) => {
        if (client === this.#client && !this.#closed) this.#down(this.#wordsOf(error));
      },
    });
    this.#client = client;
    this.#hasConnected = false;
    this.#heardAt = performance.now();
    client.connect().then(
      () => {
        if (client !== this.#client) return undefined;
        this.#hasConnected = true;
        return this.#probe();
      },
      (error: unknown) => {
        if (client !== this.#client) return;
        this.#down(this.#wordsOf(error));
        this.#drop();
      },
    );
  }

  #drop(): void {
    const client = this.#client;
    this.#client = null;
    try {
      client?.destroy();
    } catch {
      // It had ended by itself.
    }
  }

  #down(problem: string): void {
    this.#lastProblem = problem;
    const { up, since, clockAheadMs } = this.#status;
    this.#status = { up: false, since: up ? this.#wallNow() : since, problem, clockAheadMs };
    // One that was never reached is told of once, too.
    if (up || !this.#isDownTold) this.#tell();
    this.#isDownTold = true;
  }

  /** What went wrong, as it may be told: an engine may say anything, also what it was sent to sign in with. */
  #wordsOf(error: unknown): string {
    const { password, sentinelPassword } = this.#options.place;
    const secrets = [password, sentinelPassword].filter((secret) => secret !== null && secret !== "");
    const text = secrets.reduce<string>(
      (told, secret) => told.replaceAll(secret ?? "", "***"),
      wordsOf(error),
    );
    return text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS)}…` : text;
  }

  #tell(): void {
    const status = this.#status;
    for (const listener of this.#listeners) listener(status);
  }
}

/** A command that was sent and has no answer yet. */
interface Waiting {
  /** Monotonic milliseconds. */
  readonly until: number;
  readonly fail: (error: unknown) => void;
}

/** Begins a task unless it has not ended yet. What it rejects with is told by `status`. */
function oneAtATime(task: () => unknown): () => void {
  let busy = false;
  const turn = async (): Promise<void> => {
    busy = true;
    try {
      await task();
    } catch {
      // Told by `status`.
    } finally {
      busy = false;
    }
  };
  return () => {
    if (!busy) void turn();
  };
}

/** What went wrong; several addresses that all failed have no message of their own. */
function wordsOf(error: unknown): string {
  // Where in a script it happened is of no use to an operator, and what a command was sent with is nobody's business: it may be cut in a secret.
  const text = problemOf(error).replace(/ script: [0-9a-f]{40}.*$|,? with args beginning with.*$/s, "");
  if (text !== "") return text;
  const [first] = error instanceof AggregateError ? error.errors : [];
  return first === undefined ? "it cannot be reached" : problemOf(first);
}

function isMoment(ms: number): boolean {
  return ms >= 0 && ms <= LAST_MOMENT;
}
