import { z } from "zod";
import { quoted } from "../guards/quoted.ts";
import { aboveZero } from "../quantity.ts";
import type {
  Detector,
  DetectorDefinition,
  DetectorOptions,
  DetectorServices,
  Learning,
} from "./detector.ts";
import { answerOption, severityOption } from "./detector-options.ts";
import { boundedKey, hashText } from "./hash-text.ts";
import { Recent } from "./recent.ts";
import { saidDuration } from "./said.ts";
import type { NameSignal, WatchSignal } from "./signal.ts";

/** The options of `newName`. */
export interface NewNameOptions extends DetectorOptions {
  readonly burst: number;
  readonly within: number;
  readonly settled: number;
}

/** Routes that are told apart: as many as a configuration has, within reason. */
const MOST_ROUTES = 1024;
/** Names of a route that are known, in both directions together: as many as each process tells for certain. */
const MOST_NAMES = 8192;

interface Route {
  readonly since: number;
  lastNew: number;
  /** Hashes of names that came, from whichever process: one that started anew knows none, and tells all of them again. */
  readonly names: Set<number>;
}

class Caller {
  since: number;
  names = 0;

  constructor(now: number) {
    this.since = now;
  }

  get suspicion(): number {
    return this.names;
  }
}

class NewName implements Detector {
  readonly #options: NewNameOptions;
  readonly #services: DetectorServices;
  readonly #routes = new Map<string, Route>();
  /** Who brought new names. */
  readonly #callers: Recent<Caller>;

  constructor(options: NewNameOptions, services: DetectorServices) {
    this.#options = options;
    this.#services = services;
    this.#callers = new Recent(services.keys);
  }

  get size(): number {
    return this.#routes.size + this.#callers.size;
  }

  learning(now: number): readonly Learning[] {
    return [...this.#routes].map(([route, { since, names }]) => ({
      route,
      learnt: now - since >= this.#services.learnMs,
      samples: names.size,
    }));
  }

  take(signal: WatchSignal, now: number): void {
    const { route: name } = signal.type === "name" || signal.type === "open" ? signal : { route: null };
    const route = name === null ? null : this.#routeOf(name, now);
    if (route === null || signal.type !== "name") return;
    const hash = hashText(`${signal.direction} ${signal.name}`, this.#services.seed);
    if (route.names.has(hash)) return;
    // What is no longer kept cannot be called new: it would be everybody's whose names came later.
    if (route.names.size >= MOST_NAMES) return this.#tellFull(signal.route, now);
    const quietFor = now - route.lastNew;
    route.lastNew = now;
    route.names.add(hash);
    if (now - route.since < this.#services.learnMs) return;
    this.#judge(signal, { route, quietFor }, now);
  }

  #tellFull(route: string, now: number): void {
    this.#services.find(
      {
        subject: { kind: "route", value: route },
        sentence: `messages on ${route} have had ${MOST_NAMES} different names, and no more are told apart: somebody makes them up, or they have something in them that is no name`,
        measured: { names: MOST_NAMES },
        route,
        answer: "alert",
      },
      now,
    );
  }

  #judge(signal: NameSignal, { route, quietFor }: { route: Route; quietFor: number }, now: number): void {
    const { burst, within, settled } = this.#options;
    const value = signal.user ?? this.#services.places.of(signal.address)?.one ?? signal.session;
    const caller = this.#callerOf(signal.user === null ? value : `user ${value}`, now);
    // What the application sends for the first time is not its client's doing.
    if (signal.direction === "inbound") caller.names += 1;
    const names = Math.max(1, caller.names);
    const isBurst = names >= burst && signal.direction === "inbound";
    if (!isBurst && quietFor < settled) return;
    if (isBurst) caller.names = 0;
    const who = signal.user === null ? value : `user ${quoted(signal.user)}`;
    const span = isBurst ? ` within ${saidDuration(Math.min(within, now - caller.since))}` : "";
    this.#services.find(
      {
        subject: { kind: signal.user === null ? "session" : "user", value: signal.user ?? signal.session },
        sentence: `${names} message ${names === 1 ? "name" : "names"} of ${who} had never been seen ${signal.direction} on ${signal.route}${span}; it knew ${route.names.size - names}, and had learnt none for ${saidDuration(quietFor)}`,
        measured: { names, known: route.names.size - names, quietMs: quietFor },
        route: signal.route,
        address: signal.address,
        user: signal.user,
        session: signal.session,
        ...(isBurst ? {} : { answer: "alert" as const }),
      },
      now,
    );
  }

  #routeOf(name: string, now: number): Route | null {
    let route = this.#routes.get(name);
    if (route === undefined && this.#routes.size < MOST_ROUTES) {
      route = { since: now, lastNew: now, names: new Set() };
      this.#routes.set(name, route);
    }
    return route ?? null;
  }

  #callerOf(longKey: string, now: number): Caller {
    const key = boundedKey(longKey, this.#services.seed);
    const known = this.#callers.get(key);
    const caller = known ?? new Caller(now);
    if (known === undefined) this.#callers.add(key, caller);
    if (now - caller.since >= this.#options.within) {
      caller.since = now;
      caller.names = 0;
    }
    return caller;
  }
}

const options: z.ZodType<NewNameOptions> = z
  .strictObject({
    severity: severityOption("low"),
    answer: answerOption("alert"),
    burst: z
      .int()
      .min(1)
      .max(1000)
      .default(3)
      .describe("So many new names of one user (of one session, where nobody is known) are told."),
    within: aboveZero.prefault("1h").describe("Within how long they count."),
    settled: aboveZero
      .prefault("1d")
      .describe("Where a route had no new name for so long, even a single one is told, by an alert alone."),
  })
  .prefault({});

/** Messages have names that no message had before. */
export const newName: DetectorDefinition<NewNameOptions> = {
  name: "newName",
  notices:
    "Message names come that had never been seen on their route: several of one user, or a single one where there had been no new one for a day. The sentence does not tell them: the journal does.",
  falsePositives:
    "A new version of the application brings new names, and so does whoever uses a rare function first. What comes within `watch.learn` after the start is never told.",
  forgery:
    "Only who is let in as a user can send as that user. Nobody is held to a single name, nor to what the application sends.",
  references: ["ATT&CK T1190", "OWASP API9:2023"],
  hears: ["name", "open"],
  options,
  create: (given, services) => new NewName(given, services),
};
