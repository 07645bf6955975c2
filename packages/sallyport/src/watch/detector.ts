import type { z } from "zod";
import type { Answer, Severity, Subject } from "../events.ts";
import type { People } from "./people.ts";
import type { Places } from "./places.ts";
import type { WatchSignal } from "./signal.ts";

/** What a detector noticed, before anything is done about it. */
export interface Finding {
  readonly subject: Subject;
  /** One sentence with its numbers, such as `54 handshakes from 203.0.113.0/24 were refused within 60 s, by 3 guards`. */
  readonly sentence: string;
  /** The numbers of the sentence, by name. */
  readonly measured: Readonly<Record<string, number>>;
  /** How bad it is, on any scale of this detector's own: what is much worse than what was told is told at once. Default: as bad. */
  readonly magnitude?: number;
  /** What of the subject this is about, where a detector finds more than one thing of it: one being told does not quiet the other. Default: the one thing. */
  readonly aspect?: string;
  readonly route?: string | null;
  readonly address?: string | null;
  readonly user?: string | null;
  readonly session?: string | null;
  /** What is done instead of the detector's own answer, where that would be more than the evidence bears. */
  readonly answer?: Answer;
}

/** Options that every detector has. */
export interface DetectorOptions {
  readonly severity: Severity;
  readonly answer: Answer;
}

/** What a detector has learnt about one route, or is still learning. */
export interface Learning {
  readonly route: string;
  /** `false`: nothing is told of this route yet. */
  readonly learnt: boolean;
  readonly samples: number;
}

/** A detector at work. Takes time as milliseconds that never run backwards; has no timer of its own. */
export interface Detector {
  /** Takes a signal of one of the types that its definition `hears`. */
  take(signal: WatchSignal, now: number): void;
  /** Called about every second. */
  turn?(now: number): void;
  /** What it knows of each route, where it compares with the past. */
  learning?(now: number): readonly Learning[];
  /** Keys that it holds; bounded. */
  readonly size: number;
}

/** What a detector is given. */
export interface DetectorServices {
  /** Tells what was noticed. The watch names it, leaves out what it told of the same subject a short time ago, and has it answered. */
  readonly find: (finding: Finding, now: number) => void;
  /** Keys that each table of a detector tells apart exactly. */
  readonly keys: number;
  /** How long a route is learnt before anything is told that compares with its past, in ms. */
  readonly learnMs: number;
  /** What addresses count as. */
  readonly places: Places;
  /** How many people are at home behind an address or in a subnet. */
  readonly people: People;
  /** So that nobody outside knows which keys share a counter. */
  readonly seed: number;
}

/** What one detector file exports. One name, many places: file, config key, event field, metric label, docs page. */
export interface DetectorDefinition<Options extends DetectorOptions> {
  readonly name: string;
  /** What it notices, in one sentence. */
  readonly notices: string;
  /** When it speaks though nothing is wrong, and what to do then. */
  readonly falsePositives: string;
  /** What somebody could make it say about somebody else, and what prevents harm. */
  readonly forgery: string;
  /** Such as `ATT&CK T1110.004`. */
  readonly references: readonly string[];
  /** The types of signals that it is given. */
  readonly hears: readonly WatchSignal["type"][];
  readonly options: z.ZodType<Options>;
  create(options: Options, services: DetectorServices): Detector;
}
