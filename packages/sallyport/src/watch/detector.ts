import type { z } from "zod";
import type { Answer, Severity, Subject } from "../events.ts";
import type { WatchSignal } from "./signal.ts";

/** What a detector noticed, before anything is done about it. */
export interface Finding {
  readonly subject: Subject;
  /** One sentence with its numbers, such as `54 handshakes from 203.0.113.0/24 were refused within 60 s, by 3 guards`. */
  readonly sentence: string;
  /** The numbers of the sentence, by name. */
  readonly measured: Readonly<Record<string, number>>;
  readonly route?: string | null;
  readonly address?: string | null;
  readonly user?: string | null;
  readonly session?: string | null;
}

/** Options that every detector has. */
export interface DetectorOptions {
  readonly severity: Severity;
  readonly answer: Answer;
}

/** A detector at work. Takes time as wall clock milliseconds; has no timer of its own. */
export interface Detector {
  /** Takes a signal. Cheap for those that it does not care about. */
  take(signal: WatchSignal, now: number): void;
  /** Called about every second. */
  turn?(now: number): void;
  /** Keys that it holds; bounded. */
  readonly size: number;
}

/** What a detector is given. */
export interface DetectorServices {
  /** Tells what was noticed. The watch names it, leaves out what it told of the same subject a short time ago, and has it answered. */
  readonly find: (finding: Finding, now: number) => void;
}

/** What one detector file exports. One name, many places: file, config key, event field, metric label, docs page. */
export interface DetectorDefinition<Options extends DetectorOptions> {
  readonly name: string;
  /** What it notices, in one sentence. */
  readonly notices: string;
  /** When it speaks though nothing is wrong, and what to do then. */
  readonly falsePositives: string;
  /** Such as `ATT&CK T1110.004`. */
  readonly references: readonly string[];
  readonly options: z.ZodType<Options>;
  create(options: Options, services: DetectorServices): Detector;
}
