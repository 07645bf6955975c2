import type { Stats } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { boundedFetch, describeFailure } from "./bounded-fetch.ts";
import type { GuardServices } from "./guard.ts";
import { parseJsonWebKeySet } from "./json-web-key-set.ts";
import type { KeySet } from "./json-web-key-set.ts";

/** Bytes of a key set at most: 256 KiB are several hundred RSA keys with certificates. */
export const MAX_KEY_SET_BYTES = 262_144;
/** Milliseconds between two fetches while all is well. */
export const REFRESH_MS = 600_000;
/** Milliseconds between two fetches for the sake of an unknown key id, however many tokens name one. */
export const RENEW_COOLDOWN_MS = 60_000;
/** Milliseconds before the first retry after a failure; it doubles up to `MAX_RETRY_MS`. */
export const FIRST_RETRY_MS = 1000;
/** Milliseconds between two retries at most. */
export const MAX_RETRY_MS = 60_000;
/** Milliseconds that known keys go on serving while their source fails, where nothing else is said: a day. */
export const KEEP_KEYS_MS = 86_400_000;
/** Milliseconds between two looks at a file. */
export const FILE_POLL_MS = 1000;

/** Where the keys come from that verify tokens. `now` is monotonic milliseconds. */
export interface JsonWebKeys {
  /** The keys in force; `null` while none could be loaded. The same object as long as the keys are the same. */
  current(now: number): Promise<KeySet | null>;
  /** The keys after a look at the source, as far as one is due: for a token that names a key we do not have. */
  renew(now: number): Promise<KeySet | null>;
  /** `ready`: there are keys. `problem`: why the last look at the source failed. */
  status(): { readonly ready: boolean; readonly problem: string | null };
  /** Stops timers and fetches. */
  dispose(): void;
}

/** What a source of keys needs. */
export interface KeyServices extends Pick<GuardServices, "emit" | "fetch" | "wallNow"> {
  /** Milliseconds that known keys go on serving while their source fails. Default: `KEEP_KEYS_MS`. */
  readonly keepMs?: number;
}

/** The last good keys, and what has gone wrong since: told once when it begins and once when it ends. */
class HeldKeys {
  readonly #source: string;
  readonly #services: Omit<KeyServices, "fetch">;
  #set: KeySet | null = null;
  /** Wall clock, milliseconds: when the source was last good. */
  #goodAt = 0;
  problem: string | null = null;

  constructor(source: string, services: Omit<KeyServices, "fetch">) {
    this.#source = source;
    this.#services = services;
  }

  /** The keys in force; `null` when there never were any, or their source has failed for too long. */
  get set(): KeySet | null {
    const { keepMs = KEEP_KEYS_MS, wallNow } = this.#services;
    if (this.#set === null || this.problem === null || wallNow() - this.#goodAt < keepMs) return this.#set;
    this.#set = null;
    this.#tell("error", "identity: the keys are too old to go on with", this.problem);
    return null;
  }

  accept(set: KeySet): void {
    if (this.problem !== null) this.#tell("info", "identity: the keys can be loaded again");
    this.problem = null;
    this.#goodAt = this.#services.wallNow();
    if (set.digest === this.#set?.digest) return;
    this.#set = set;
    if (set.refused.length > 0)
      this.#tell("warn", "identity: keys were refused", `${this.#source} holds ${set.refused.join("; ")}`);
  }

  fail(error: unknown): void {
    const before = this.problem;
    this.problem = `${this.#source} ${describeFailure(error)}`;
    if (before !== null) return;
    if (this.#set === null) this.#tell("error", "identity: the keys could not be loaded", this.problem);
    else this.#tell("warn", "identity: the keys could not be refreshed, the old ones stay", this.problem);
  }

  #tell(level: "info" | "warn" | "error", message: string, detail = this.#source): void {
    this.#services.emit({ type: "gate", level, message, detail });
  }
}

/** Where the keys of a provider are. */
export interface KeyLocation {
  /** For the operator. */
  readonly name: string;
  /** The URL of the JWKS, asked for before each fetch. @throws Error when it cannot be found */
  find(signal: AbortSignal): Promise<string>;
}

function locationOf(source: string | KeyLocation): KeyLocation {
  if (typeof source !== "string") return source;
  const { origin, pathname } = new URL(source);
  return { name: `${origin}${pathname}`, find: () => Promise.resolve(source) };
}

class RemoteKeys implements JsonWebKeys {
  readonly #location: KeyLocation;
  readonly #fetch: GuardServices["fetch"];
  readonly #held: HeldKeys;
  readonly #disposed = new AbortController();
  #loading: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #renewedAt = -Infinity;

  constructor(source: string | KeyLocation, services: KeyServices) {
    this.#location = locationOf(source);
    this.#fetch = services.fetch;
    this.#held = new HeldKeys(this.#location.name, services);
  }

  current(): Promise<KeySet | null> {
    return Promise.resolve(this.#held.set);
  }

  async renew(now: number): Promise<KeySet | null> {
    if (this.#loading === null && now - this.#renewedAt < RENEW_COOLDOWN_MS) return this.#held.set;
    this.#renewedAt = now;
    await this.load();
    return this.#held.set;
  }

  status(): { ready: boolean; problem: string | null } {
    return { ready: this.#held.set !== null, problem: this.#held.problem };
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#disposed.abort(new Error("was given up"));
  }

  /** One fetch at a time, shared by all who wait for it; never rejects. */
  load(): Promise<void> {
    this.#loading ??= this.#attempt().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #attempt(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      this.#held.accept(parseJsonWebKeySet(await this.#request()));
      this.#failures = 0;
      this.#schedule(REFRESH_MS);
    } catch (error) {
      if (this.#disposed.signal.aborted) return;
      this.#held.fail(error);
      this.#schedule(Math.min(FIRST_RETRY_MS * 2 ** this.#failures, MAX_RETRY_MS));
      this.#failures += 1;
    }
  }

  #schedule(delayMs: number): void {
    if (this.#disposed.signal.aborted) return;
    this.#timer = setTimeout(() => void this.load(), delayMs);
    this.#timer.unref();
  }

  async #request(): Promise<string> {
    const { status, text } = await boundedFetch(this.#fetch, {
      url: await this.#location.find(this.#disposed.signal),
      headers: { accept: "application/jwk-set+json, application/json" },
      maxBytes: MAX_KEY_SET_BYTES,
      signal: this.#disposed.signal,
    });
    if (status === 200) return text;
    throw new Error(`answered ${status}; 200 is needed, and redirects are not followed`);
  }
}

class FileKeys implements JsonWebKeys {
  readonly #file: string;
  readonly #parse: (bytes: Buffer) => KeySet;
  readonly #held: HeldKeys;
  #checkedAt = -Infinity;
  #read: { readonly signature: string; readonly set: KeySet } | null = null;

  constructor(file: string, parse: (bytes: Buffer) => KeySet, services: Omit<KeyServices, "fetch">) {
    this.#file = file;
    this.#parse = parse;
    this.#held = new HeldKeys(file, services);
  }

  async current(now: number): Promise<KeySet | null> {
    if (now - this.#checkedAt < FILE_POLL_MS) return this.#held.set;
    this.#checkedAt = now;
    try {
      await this.load();
    } catch (error) {
      this.#held.fail(error);
    }
    return this.#held.set;
  }

  renew(now: number): Promise<KeySet | null> {
    return this.current(now);
  }

  status(): { ready: boolean; problem: string | null } {
    return { ready: this.#held.set !== null, problem: this.#held.problem };
  }

  dispose(): void {
    this.#checkedAt = Infinity;
  }

  /** Reads the file if it is another one than last time. @throws Error when it cannot be read or parsed */
  async load(): Promise<void> {
    const found = await stat(this.#file);
    const signature = `${found.dev}:${found.ino}:${found.size}:${found.mtimeMs}`;
    if (this.#read?.signature !== signature) this.#read = { signature, set: await this.#parsed(found) };
    this.#held.accept(this.#read.set);
  }

  async #parsed(found: Stats): Promise<KeySet> {
    if (!found.isFile() || found.size > MAX_KEY_SET_BYTES)
      throw new Error(`is not a file of at most ${MAX_KEY_SET_BYTES} bytes`);
    return this.#parse(await readFile(this.#file));
  }
}

/**
 * Keys from a JWKS URL, or from where a location says. Resolves after the first attempt, whether it succeeded or not: a provider that is down keeps the
 * gate from being ready, not from starting. Only a 200 with a key set of at most 256 KiB within 5 s counts; redirects are
 * refused. After a failure the old keys stay for `keepMs`, and it is tried again after 1 s, 2 s, 4 s … 60 s. Fetches every 10
 * minutes, and for an unknown key id at most once a minute. Emits `gate` events when it begins to fail and when it recovers.
 */
export async function loadRemoteKeys(
  source: string | KeyLocation,
  services: KeyServices,
): Promise<JsonWebKeys> {
  const keys = new RemoteKeys(source, services);
  await keys.load();
  return keys;
}

/**
 * Keys from a file, read again when the file changes (looked at on use, at most once a second). A changed file that cannot be
 * read or parsed leaves the old keys in force for `keepMs` and emits a `gate` event.
 *
 * @throws Error when the file cannot be read or parsed at the start, with the file's name and the reason
 */
export async function loadFileKeys(
  file: string,
  parse: (bytes: Buffer) => KeySet,
  services: Omit<KeyServices, "fetch">,
): Promise<JsonWebKeys> {
  const keys = new FileKeys(file, parse, services);
  try {
    await keys.load();
  } catch (error) {
    throw new Error(`${file} ${describeFailure(error)}`, { cause: error });
  }
  return keys;
}
