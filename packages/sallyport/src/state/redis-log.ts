import { z } from "zod";
import { problemOf } from "../problem-of.ts";
import { readEngineMemory, type EngineMemory } from "./engine-memory.ts";
import { CLOCK_SET_MS, InStep } from "./in-step.ts";
import { jsonIn } from "./json-in.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { changeEntry, LOG_LENGTH, readEntries, readLog } from "./redis-log-scripts.ts";
import { LAST_MOMENT } from "../last-moment.ts";

/** An entry as a node has it. */
export interface LogEntry {
  readonly name: string;
  /** Plain JSON. */
  readonly value: unknown;
  /** Wall clock of this node, milliseconds since the epoch; `null`: for good. */
  readonly until: number | null;
}

/** One kind of what every node has a copy of. */
export interface LogKind {
  /** In keys: letters. */
  readonly kind: string;
  /** Entries in the engine at most, those included that were taken back and have not ended. */
  readonly maxEntries: number;
  /** Takes an entry into the copy of this node. `false`: its value is nothing that fits. */
  take(entry: LogEntry): boolean;
  /** Takes an entry out of the copy. */
  drop(name: string): void;
  /** What the copy has in force. */
  list(wallNow: number): readonly LogEntry[];
}

/** What a log says of itself. */
export interface LogFigures {
  /** Changes of this node that the engine has not got yet. */
  readonly unpublished: number;
  /** Entries that were put back after the engine had lost them. */
  readonly putBack: number;
  /** Entries in the engine that did not fit, and were not taken. */
  readonly misfits: number;
  /** Of the server that has the log, as last asked; `null`: it has not said. */
  readonly memory: EngineMemory | null;
}

/** Copies of what all nodes share, kept in step through a log in the engine. */
export interface RedisLog {
  /** Tells every node of an entry. Resolves with whether the engine has it; it goes on trying. Never rejects. */
  put(kind: LogKind, entry: LogEntry): Promise<boolean>;
  /** Tells every node that an entry is taken back. @param until when it would have ended; `null`: never */
  remove(kind: LogKind, name: string, until: number | null): Promise<boolean>;
  /** Since when the copies may be out of date; 0 where there was nothing to copy from yet. `null`: they are in step. */
  outage(): { readonly since: number; readonly problem: string } | null;
  figures(): LogFigures;
  /** Lets every node hear, with its next look, that orders wait. Rejects when the engine cannot be asked. */
  ring(): Promise<unknown>;
}

/** What a log is made of. */
export interface RedisLogOptions {
  readonly connection: RedisConnection;
  readonly kinds: readonly LogKind[];
  /** Is told once of each kind of which something did not fit. */
  readonly onMisfit: (kind: string) => void;
  /** Is told after changes of other nodes were taken; `RING`: somebody rang. */
  readonly onTaken: (kinds: ReadonlySet<string>) => void;
  /** Is told how much memory the engine uses, whenever it was asked. */
  readonly onMemory?: (memory: EngineMemory) => void;
  /** How often the log is read, milliseconds. Default: 250: a revocation is everywhere within a second. */
  readonly readMs?: number;
  /**
   * How long a log that began anew may lack what other nodes know, milliseconds: who has only started, or was away, relies on it no sooner. Who was in step
   * just before is so still. Default: 3,000.
   */
  readonly settleMs?: number;
  /** Wall clock. Default: `Date.now`. */
  readonly wallNow?: () => number;
}

/** Stands in the log where no entry changed: orders wait for some node. */
export const RING = "orders";

const READ_MS = 250;
/** So long after the last reading the copies count as out of date. */
const STALE_READS = 8;
/** Others look for an engine once a second, find it within another, and then put back what they know. */
const SETTLE_MS = 3000;
const CHANGES_AT_ONCE = 1000;
const SENT_AT_ONCE = 100;
/** How often it is looked whether it is still the same server: another one may have missed the last changes of the one before. */
const SERVER_MS = 10_000;
/** How long it is known that something without an end was taken back: nodes that were away longer begin anew anyway. */
const LONGEST_MEMORY_MS = 30 * 86_400_000;
/** An entry of ours has a tenth of it. */
const MAX_ENTRY_LENGTH = 16_384;
/** Before a value stands when it ends, of 16 digits at most, and a space. */
const MAX_VALUE_LENGTH = MAX_ENTRY_LENGTH - 17;
/** Changes that wait for the engine to come back; then the oldest of them stays with this node. */
const MAX_UNPUBLISHED = 100_000;

const reading = z.tuple([
  z.literal([0, 1, 2]),
  z.string(),
  z.array(z.tuple([z.string(), z.array(z.string())])),
  z.number(),
]);
const page = z.tuple([z.string(), z.array(z.string())]);

interface Change {
  readonly kind: LogKind;
  readonly name: string;
  readonly value: unknown;
  readonly until: number | null;
  readonly isRemoval: boolean;
}

/** Opens the log of a connection: reads everything first, and follows it from then on, for as long as the connection is open. */
export function openRedisLog(options: RedisLogOptions): RedisLog {
  return new Log(options);
}

class Log implements RedisLog {
  readonly #options: RedisLogOptions;
  readonly #connection: RedisConnection;
  readonly #kinds: ReadonlyMap<string, LogKind>;
  readonly #wallNow: () => number;
  readonly #readMs: number;
  readonly #settleMs: number;
  readonly #unpublished = new Map<string, Change>();
  readonly #told = new Set<string>();
  /** A place in the log; empty: everything is to be read. */
  #place = "";
  #server: string | null = null;
  /** Monotonic milliseconds; 0: not yet, or not since the engine came back. */
  #serverAskedAt = 0;
  readonly #inStep: InStep;
  /** How far the engine's clock was ahead when everything was read. */
  #readAheadMs = 0;
  #problem = "nothing was read yet";
  #putBack = 0;
  #misfits = 0;
  #memory: EngineMemory | null = null;

  constructor(options: RedisLogOptions) {
    this.#options = options;
    this.#connection = options.connection;
    this.#kinds = new Map(options.kinds.map((kind) => [kind.kind, kind]));
    this.#wallNow = options.wallNow ?? (() => Date.now());
    this.#inStep = new InStep(this.#wallNow);
    this.#readMs = options.readMs ?? READ_MS;
    this.#settleMs = options.settleMs ?? SETTLE_MS;
    this.#connection.about(this.#readMs, () => this.#turn());
    this.#connection.watch(({ up }) => {
      this.#serverAskedAt = 0;
      if (up) void this.#turn();
    });
  }

  async put(kind: LogKind, { name, value, until }: LogEntry): Promise<boolean> {
    // No node would take it: whoever puts it is told that the others do not have it.
    if (JSON.stringify(value).length > MAX_VALUE_LENGTH) return false;
    return await this.#publish({ kind, name, value, until, isRemoval: false });
  }

  async remove(kind: LogKind, name: string, until: number | null): Promise<boolean> {
    return await this.#publish({ kind, name, value: null, until, isRemoval: true });
  }

  outage(): { readonly since: number; readonly problem: string } | null {
    const { up, problem } = this.#connection.status();
    if (!up) return { since: this.#inStep.since(), problem: problem ?? "down" };
    const isStale = this.#place === "" || this.#inStep.isOlderThan(STALE_READS * this.#readMs);
    return isStale ? { since: this.#inStep.since(), problem: this.#problem } : null;
  }

  figures(): LogFigures {
    return {
      unpublished: this.#unpublished.size,
      putBack: this.#putBack,
      misfits: this.#misfits,
      memory: this.#memory,
    };
  }

  async ring(): Promise<unknown> {
    const key = this.#key("log");
    return await this.#connection.command(key, [
      "XADD",
      key,
      "MAXLEN",
      "~",
      String(LOG_LENGTH),
      "*",
      "kind",
      RING,
    ]);
  }

  /** Keeps a change until the engine has it: of one entry the last one. */
  async #publish(change: Change): Promise<boolean> {
    const key = `${change.kind.kind} ${change.name}`;
    this.#unpublished.delete(key);
    this.#unpublished.set(key, change);
    const [oldest] = this.#unpublished.size > MAX_UNPUBLISHED ? this.#unpublished.keys() : [];
    if (oldest !== undefined) this.#unpublished.delete(oldest);
    return await this.#send(key, change, "put").catch(() => false);
  }

  async #send(key: string, change: Change, how: "put" | "restore"): Promise<boolean> {
    const { kind, name, value, until, isRemoval } = change;
    const life = until === null ? 0 : until - this.#wallNow();
    const longest = isRemoval && life === 0 ? LONGEST_MEMORY_MS : life;
    // What has ended meanwhile is nothing to tell of.
    const hasEnded = until !== null && life <= 0;
    const answer = hasEnded
      ? 1
      : await this.#connection.run(changeEntry, this.#keysOf(kind), [
          kind.kind,
          name,
          isRemoval ? "" : JSON.stringify(value),
          Math.ceil(longest),
          kind.maxEntries,
          how,
        ]);
    if (this.#unpublished.get(key) === change) this.#unpublished.delete(key);
    return answer === 1;
  }

  #key(name: string): string {
    return this.#connection.key("log", name);
  }

  #keysOf({ kind }: LogKind): readonly string[] {
    return [this.#key(kind), this.#key(`${kind}-ends`), this.#key("log")];
  }

  #turning: Promise<void> | null = null;

  /** One after the other, whoever asks for it. */
  #turn(): Promise<void> {
    this.#turning ??= this.#follow()
      .catch((error: unknown) => {
        this.#problem = problemOf(error);
      })
      .finally(() => {
        this.#turning = null;
      });
    return this.#turning;
  }

  async #follow(): Promise<void> {
    if (!this.#connection.status().up) return;
    await this.#publishAll();
    if ((await this.#isAnotherServer()) || this.#isClockSet()) this.#place = "";
    for (;;) {
      const begunAt = performance.now();
      const { isLost, isMore, place, changes, ageMs } = await this.#read();
      if (isLost) {
        const knowsAll = ageMs < 0 || this.outage() === null;
        this.#place = "";
        this.#readAheadMs = this.#connection.status().clockAheadMs;
        await this.#readEverything();
        this.#place = place;
        this.#inStep.wait(knowsAll ? 0 : Math.max(0, this.#settleMs - ageMs));
      } else {
        this.#takeAll(changes);
        if (isMore) continue;
        if (!this.#inStep.note(begunAt))
          this.#problem = "it began anew, and other nodes may have something to put back";
        return;
      }
    }
  }

  /** Until when entries hold is kept by the node's clock: everything is read anew. */
  #isClockSet(): boolean {
    return Math.abs(this.#connection.status().clockAheadMs - this.#readAheadMs) > CLOCK_SET_MS;
  }

  async #publishAll(): Promise<void> {
    const waiting = [...this.#unpublished.entries()];
    while (waiting.length > 0) {
      const some = waiting.splice(0, SENT_AT_ONCE);
      await Promise.all(some.map(([key, change]) => this.#send(key, change, "put")));
    }
  }

  async #read(): Promise<{
    readonly isLost: boolean;
    readonly isMore: boolean;
    readonly place: string;
    readonly changes: readonly (readonly [place: string, fields: readonly string[]])[];
    readonly ageMs: number;
  }> {
    const keys = ["log", ...this.#kinds.keys()].map((name) => this.#key(name));
    const answer = await this.#connection.run(readLog, keys, [this.#place, CHANGES_AT_ONCE]);
    if (answer === 0) return { isLost: false, isMore: false, place: this.#place, changes: [], ageMs: -1 };
    const parsed = reading.safeParse(answer);
    if (!parsed.success) throw new Error("the log in the engine is not one of ours");
    const [how, place, changes, ageMs] = parsed.data;
    return { isLost: how === 1, isMore: how === 2, place, changes, ageMs };
  }

  #takeAll(changes: readonly (readonly [place: string, fields: readonly string[]])[]): void {
    const taken = new Set<string>();
    for (const [place, fields] of changes) {
      this.#place = place;
      const [, kind = "", , name = "", , entry = ""] = fields;
      if (kind === "begun") continue;
      if (kind === RING) taken.add(kind);
      const known = this.#kinds.get(kind);
      // Of a kind that only newer nodes know, this one needs no copy.
      if (known === undefined) continue;
      this.#take(known, name, entry);
      taken.add(kind);
    }
    if (taken.size > 0) this.#options.onTaken(taken);
  }

  /** Takes an entry as the engine has it into the copy. */
  #take(kind: LogKind, name: string, entry: string): void {
    const match = entry.length > MAX_ENTRY_LENGTH ? null : /^(\d{1,16}) (.*)$/s.exec(entry);
    const [, ends = "", text = ""] = match ?? [];
    if (match === null) return this.#misfit(kind);
    if (text === "") return kind.drop(name);
    const until = ends === "0" ? null : Number(ends) - this.#connection.status().clockAheadMs;
    if (until !== null && until > LAST_MOMENT) return this.#misfit(kind);
    if (!kind.take({ name, value: jsonIn(text), until })) this.#misfit(kind);
  }

  /** Told once of each kind: whoever plants one may plant a million. */
  #misfit({ kind }: LogKind): void {
    this.#misfits++;
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.#options.onMisfit(kind);
  }

  /** Reads all entries, and puts back what the engine should have and has not. Changes meanwhile are in the log behind the place. */
  async #readEverything(): Promise<void> {
    for (const kind of this.#kinds.values()) {
      const seen = await this.#readKind(kind);
      const missing = kind.list(this.#wallNow()).filter(({ name }) => !seen.has(name));
      while (missing.length > 0) {
        const some = missing.splice(0, SENT_AT_ONCE);
        await Promise.all(
          some.map((entry) => this.#send("", { kind, ...entry, isRemoval: false }, "restore")),
        );
        this.#putBack += some.length;
      }
    }
    // Who rang meanwhile is not heard of any more.
    this.#options.onTaken(new Set([...this.#kinds.keys(), RING]));
  }

  async #readKind(kind: LogKind): Promise<ReadonlySet<string>> {
    const key = this.#key(kind.kind);
    const seen = new Set<string>();
    let cursor = "0";
    do {
      const answer = await this.#connection.run(readEntries, [key], [cursor, kind.maxEntries]);
      if (answer === 0) throw new Error(`there are more ${kind.kind} in the engine than nodes put there`);
      const parsed = page.safeParse(answer);
      if (!parsed.success) throw new Error(`the ${kind.kind} in the engine are none of ours`);
      const [next, fields] = parsed.data;
      for (let index = 0; index + 1 < fields.length; index += 2) {
        const [name = "", entry = ""] = fields.slice(index, index + 2);
        seen.add(name);
        this.#take(kind, name, entry);
      }
      cursor = next;
    } while (cursor !== "0");
    return seen;
  }

  /** Whether another server answers than before: after a restart from its disk, or a failover, the last changes may be missing. */
  async #isAnotherServer(): Promise<boolean> {
    const now = performance.now();
    if (this.#serverAskedAt !== 0 && now - this.#serverAskedAt < SERVER_MS) return false;
    // Who may not ask for it is told by the log alone.
    const asked = ["INFO", "server", "memory"];
    const answer = await this.#connection.command(this.#key("log"), asked).catch(() => null);
    this.#serverAskedAt = now;
    this.#memory = readEngineMemory(answer) ?? this.#memory;
    if (this.#memory !== null) this.#options.onMemory?.(this.#memory);
    const server = typeof answer === "string" ? (/^run_id:(\w+)/m.exec(answer)?.[1] ?? null) : null;
    const before = this.#server;
    this.#server = server ?? before;
    return before !== null && server !== null && server !== before;
  }
}
