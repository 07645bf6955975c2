import { setTimeout as delay } from "node:timers/promises";
import type { Emit, GateEvent } from "../../events.ts";
import { quoted } from "../../guards/quoted.ts";
import type { AcmeOptions } from "../../policy/acme-options.ts";
import { problemOf } from "../../problem-of.ts";
import type { CertificatePair } from "../certificate.ts";
import { certificateName } from "./acme-board.ts";
import { acmeName, type AcmeLock, type AcmeStore } from "./acme-store.ts";
import { newKeyPem } from "./certificate-request.ts";
import { checkIssued, type IssuedLife } from "./check-issued.ts";
import type { CertificateOrder, PresentedChallenge } from "./order-certificate.ts";
import { renewalTime, retryDelay } from "./renewal-time.ts";

/** What a keeper does with what it has. */
export interface KeeperHands {
  /** Puts a certificate before the listeners. */
  serve(pair: CertificatePair): void;
  /** Answers these challenges and no others; resolves when they are answered everywhere. */
  present(challenges: readonly PresentedChallenge[]): Promise<void>;
  /** Tells other nodes that there is a new one in the store. Never rejects. */
  stored(): Promise<void>;
}

/** What a keeper needs. */
export interface AcmeKeeperOptions {
  readonly acme: AcmeOptions;
  /** PEM; `null`: the system's CAs. */
  readonly directoryCa: string | null;
  readonly store: AcmeStore;
  readonly hands: KeeperHands;
  readonly emit: Emit;
  /** Asks the authority. */
  readonly order: (wanted: CertificateOrder) => Promise<string>;
  /** Wall clock, milliseconds since the epoch. Default: the present. */
  readonly wallNow?: () => number;
  /** Waits, until the signal ends it. Default: a timer that keeps no process alive. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 to 1. Default: chance. */
  readonly chance?: () => number;
}

/** Other nodes may have renewed, and clocks are set: how often it is looked. */
const LOOK_EVERY_MS = 60_000;
/** An order takes seconds; an authority that is asked to look at names from many places, a minute. */
const ORDER_WITHIN_MS = 300_000;
/** Longer than an order: whoever died with the lock keeps others out no longer. */
const LOCK_FOR_MS = 2 * ORDER_WITHIN_MS;

/** After one that was had: what is due again at once, by a clock that is wrong or for a life that began long ago, is not had without end. */
const ISSUED_AGAIN_MS = 3_600_000;
/** No wait is longer: one that is was begun by a clock that was set back since. */
const LONGEST_WAIT_MS = 8 * 3_600_000;

/** Nobody was asked yet where the storage fails: it is tried again soon. */
const STORAGE_AGAIN_MS = 5000;

const STORAGE_FAILS = "certificate: the storage cannot be used";

/** A certificate that was looked at, and may serve. */
interface Looked {
  readonly pair: CertificatePair;
  readonly life: IssuedLife;
}

interface Current extends Looked {
  readonly renewAt: number;
}

/**
 * Keeps one certificate: takes what the store has, renews it when a third of its life is left, and tells when it cannot. A new one serves after
 * it was looked at and stored; until then, and whatever fails, the old one does.
 */
export class AcmeKeeper {
  readonly #options: AcmeKeeperOptions;
  readonly #name: string;
  readonly #ending = new AbortController();
  readonly #chance: () => number;
  #current: Current | null = null;
  #failures = 0;
  #retryAt = 0;
  /** Until when none is asked for, since one was had. */
  #quietUntil = 0;
  #told = "";
  #running: Promise<void> = Promise.resolve();
  /** Keeps others from asking before it is time again. */
  #kept: AcmeLock | null = null;
  /** The account's key, should the store lose it. */
  #account: string | null = null;

  constructor(options: AcmeKeeperOptions) {
    this.#options = options;
    this.#name = certificateName(options.acme);
    this.#chance = options.chance ?? Math.random;
  }

  /** Serves what is stored. Never rejects. */
  async begin(): Promise<void> {
    await this.look();
  }

  /** Goes on from there: asks for what is not there, and renews. The listeners must be open, for the authority comes to them. */
  start(): void {
    this.#running = this.#run();
  }

  /** Ends an order that is under way. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
    await this.#kept?.release();
  }

  /** Takes what another node has stored, and stores what is not stored yet, or not any more. Never rejects. */
  async look(): Promise<void> {
    await this.#take().catch((error: unknown) => this.#tell("error", STORAGE_FAILS, problemOf(error)));
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    const wait = this.#options.wait ?? waitQuietly;
    while (!signal.aborted) {
      if (this.#isDue()) await this.#renew();
      await wait(this.#untilNext(), signal).catch(() => {});
      if (!signal.aborted) await this.look();
    }
  }

  #wallNow(): number {
    return this.#options.wallNow?.() ?? Date.now();
  }

  #isDue(): boolean {
    const now = this.#wallNow();
    const isOver = (until: number): boolean => now >= until || until - now > LONGEST_WAIT_MS;
    return isOver(this.#retryAt) && isOver(this.#quietUntil) && now >= (this.#current?.renewAt ?? 0);
  }

  #untilNext(): number {
    const now = this.#wallNow();
    const next = Math.max(this.#retryAt, this.#quietUntil, this.#current?.renewAt ?? 0);
    return Math.min(LOOK_EVERY_MS, Math.max(next - now, 1000));
  }

  /** Rejects when the store cannot be used. */
  async #take(): Promise<void> {
    const stored = await this.#stored();
    const current = this.#current;
    if (stored === null || (current !== null && isOlder(stored, current))) {
      // An engine that was emptied, an older one that was put back: others need what serves here.
      if (current !== null && current.life.notAfter > this.#wallNow()) await this.#save(current);
    } else if (stored.pair.cert !== current?.pair.cert) this.#serve(this.#toServe(stored));
    if (stored !== null) this.#told = "";
  }

  /** What is stored and may serve; what may not is told. Rejects when the store cannot be asked. */
  async #stored(): Promise<Looked | null> {
    const text = await this.#options.store.load(this.#name);
    if (text === null) return null;
    try {
      const pair = readPair(text);
      return { pair, life: checkIssued(pair, this.#issuedFor()) };
    } catch (error) {
      this.#tell("error", STORAGE_FAILS, problemOf(error));
      return null;
    }
  }

  #issuedFor(): { readonly domains: readonly string[]; readonly wallNow: number } {
    return { domains: this.#options.acme.domains, wallNow: this.#wallNow() };
  }

  #toServe({ pair, life }: Looked): Current {
    return { pair, life, renewAt: renewalTime(life, this.#chance()) };
  }

  #serve(current: Current): void {
    this.#current = current;
    void this.#kept?.release();
    this.#kept = null;
    this.#failures = 0;
    this.#retryAt = 0;
    this.#told = "";
    this.#options.hands.serve(current.pair);
  }

  async #save(current: Current): Promise<void> {
    await this.#options.store.save(this.#name, JSON.stringify(current.pair));
  }

  /** One try. Never rejects. */
  async #renew(): Promise<void> {
    const lock = await this.#lock();
    if (lock === null) return;
    this.#kept = null;
    try {
      if (this.#isDue()) await this.#order();
      await lock.release();
    } catch (error) {
      this.#failed(problemOf(error));
      this.#kept = lock;
      // Authorities count failures by name, whoever asks.
      await lock.keep(this.#retryAt - this.#wallNow() + LOOK_EVERY_MS);
    }
  }

  /** The right to ask, after a look at what others have had meanwhile; `null`: not now. Never rejects. */
  async #lock(): Promise<AcmeLock | null> {
    let lock: AcmeLock | null = null;
    try {
      lock = await this.#options.store.lock(this.#name, LOCK_FOR_MS);
      // Another node asks for it: what comes of that is in the store.
      if (lock === null) this.#retryAt = this.#wallNow() + LOOK_EVERY_MS;
      else await this.#take();
      return lock;
    } catch (error) {
      await lock?.release();
      this.#retryAt = this.#wallNow() + STORAGE_AGAIN_MS;
      this.#tell("error", STORAGE_FAILS, problemOf(error));
      return null;
    }
  }

  async #order(): Promise<void> {
    const { acme, directoryCa, hands, order, store } = this.#options;
    const [accountKey, key] = [await this.#accountKey(), newKeyPem()];
    // Nothing is asked for that could not be kept: authorities count what they issue.
    await store.save(`${this.#name}-next`, JSON.stringify({ key }));
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(ORDER_WITHIN_MS)]);
    const { directory, email, domains, challenge } = acme;
    let cert: string;
    try {
      const asked = { directory, directoryCa, email, domains, challenge, accountKey, key, signal };
      cert = await order({ ...asked, present: (challenges) => hands.present(challenges) });
    } finally {
      await hands.present([]);
    }
    const pair = { cert, key };
    const current = this.#toServe({ pair, life: checkIssued(pair, this.#issuedFor()) });
    const [now, { notAfter }] = [this.#wallNow(), current.life];
    this.#quietUntil = now + Math.min(ISSUED_AGAIN_MS, (notAfter - now) / 2);
    await this.#trySave(current);
    this.#serve(current);
    await hands.stored();
    const end = new Date(notAfter).toISOString();
    this.#emit("info", "certificate: issued", `${domains.join(", ")}: valid until ${end}`);
  }

  /** One that cannot be stored serves all the same, and is stored when that is possible again. Never rejects. */
  async #trySave(current: Current): Promise<void> {
    try {
      await this.#save(current);
      await this.#options.store.remove(`${this.#name}-next`);
    } catch (error) {
      this.#tell("error", STORAGE_FAILS, problemOf(error));
    }
  }

  /** The account's key: made once for each authority. */
  async #accountKey(): Promise<string> {
    const { acme, store } = this.#options;
    const name = acmeName("account", acme.directory);
    const text = await store.load(name);
    this.#account = text === null ? (this.#account ?? newKeyPem()) : readKey(text);
    await store.save(name, JSON.stringify({ key: this.#account }));
    return this.#account;
  }

  #failed(problem: string): void {
    if (this.#ending.signal.aborted) return;
    this.#failures += 1;
    const now = this.#wallNow();
    this.#retryAt = now + retryDelay(this.#failures, this.#chance());
    const { domains, directory } = this.#options.acme;
    const [current, next] = [this.#current, new Date(this.#retryAt).toISOString()];
    const serves =
      current === null
        ? "there is none yet"
        : `the old one serves until ${new Date(current.life.notAfter).toISOString()}`;
    const detail = `${domains.join(", ")} from ${new URL(directory).host}: ${quoted(problem)}; ${serves}; the next try is at ${next}`;
    this.#emit("error", "certificate: none could be had", detail);
  }

  /** Once for each distinct problem in a row. */
  #tell(level: GateEvent["level"], message: string, problem: string): void {
    if (this.#told === problem || this.#ending.signal.aborted) return;
    this.#told = problem;
    this.#emit(level, message, `${this.#options.acme.domains.join(", ")}: ${quoted(problem)}`);
  }

  #emit(level: GateEvent["level"], message: string, detail: string): void {
    this.#options.emit({ type: "gate", level, message, detail });
  }
}

function isOlder(one: Looked, other: Looked): boolean {
  return one.life.notBefore < other.life.notBefore;
}

async function waitQuietly(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false });
}

function readPair(text: string): CertificatePair {
  const { cert } = readJson(text);
  if (typeof cert !== "string") throw new Error("what is stored is not a certificate");
  return { cert, key: readKey(text) };
}

function readKey(text: string): string {
  const { key } = readJson(text);
  if (typeof key !== "string") throw new Error("what is stored is not a key");
  return key;
}

/** What stands there may be a key: an error says nothing of it. */
function readJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // Told below, without the text.
  }
  throw new Error("what is stored is not JSON");
}
