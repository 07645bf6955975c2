import { Buffer } from "node:buffer";
import { RE2JS, RE2Set } from "re2js";
import {
  byteAt,
  isWord,
  isWordBefore,
  type LeakDetector,
  type LeakText,
  type LeakTrigger,
} from "./leak-detector.ts";
import type { LeakFinding } from "./leak-scan.ts";

/** A team's own pattern, list of words, or values that nobody else can know. */
export interface OwnDetectorsOptions {
  readonly patterns: readonly { readonly name: string; readonly pattern: string }[];
  readonly dictionaries: readonly { readonly name: string; readonly words: readonly string[] }[];
  readonly canaries: readonly string[];
}

/** What a team looks for besides what everybody does. */
export interface OwnDetectors {
  /** For the scanner: words and canaries. */
  readonly detectors: readonly LeakDetector[];
  /** Every one of them, those with patterns too. */
  readonly all: readonly LeakDetector[];
  /** What the patterns find. */
  find(text: LeakText): readonly LeakFinding[];
}

const NOTHING: readonly LeakFinding[] = [];
/** Finds of one pattern in one message at most. */
const MAX_PATTERN_FINDINGS = 1000;

function own(id: string, what: string, triggers: readonly LeakTrigger[]): LeakDetector {
  return { id, group: "own", what, validation: "", finds: "", passes: "", triggers };
}

/** Lines of an entry: a file that is filled in may hold several values. */
function linesOf(entries: readonly string[]): readonly string[] {
  return entries
    .flatMap((entry) => entry.split(/\r?\n/))
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function wordDetector(id: string, words: readonly string[]): LeakDetector {
  const triggers = linesOf(words).map((word): LeakTrigger => {
    const { length } = Buffer.from(word);
    const find = ({ bytes }: LeakText, at: number) =>
      isWordBefore(bytes, at) || isWord(byteAt(bytes, at + length)) ? null : { start: at, end: at + length };
    return { kind: "words", words: [word], ignoreCase: true, find };
  });
  return own(id, "Words of a dictionary", triggers);
}

function canaryDetector(canaries: readonly string[]): LeakDetector {
  const triggers = linesOf(canaries).map((canary): LeakTrigger => {
    const { length } = Buffer.from(canary);
    return { kind: "words", words: [canary], find: (_, at) => ({ start: at, end: at + length }) };
  });
  return own("canary", "Canary values", triggers);
}

/** @throws RE2JSException for a pattern that RE2 does not know: the options were checked */
export function createOwnDetectors({ patterns, dictionaries, canaries }: OwnDetectorsOptions): OwnDetectors {
  const words = dictionaries.map(({ name, words: list }) => wordDetector(`dictionary ${name}`, list));
  const values = linesOf(canaries).length === 0 ? [] : [canaryDetector(canaries)];
  const compiled = patterns.map(({ name, pattern }) => ({
    detector: own(`pattern ${name}`, "A pattern", []),
    // Bytes are looked at as ISO 8859-1, so a pattern is written as its bytes too.
    pattern: Buffer.from(pattern).toString("latin1"),
  }));
  const set = new RE2Set();
  for (const { pattern } of compiled) set.add(pattern);
  const regexes = compiled.map(({ pattern }) => RE2JS.compile(pattern));
  return {
    detectors: [...words, ...values],
    all: [...words, ...values, ...compiled.map(({ detector }) => detector)],
    find(text) {
      // Before the text is made a string, which costs as much as the look at it.
      if (compiled.length === 0) return NOTHING;
      const { latin1 } = text;
      return set.match(latin1).flatMap((index) => {
        const [pattern, regex] = [compiled[index], regexes[index]];
        return pattern === undefined || regex === undefined ? [] : findsOf(pattern.detector, regex, latin1);
      });
    },
  };
}

function findsOf(detector: LeakDetector, regex: RE2JS, text: string): readonly LeakFinding[] {
  const matcher = regex.matcher(text);
  const found: LeakFinding[] = [];
  while (found.length < MAX_PATTERN_FINDINGS && matcher.find())
    if (matcher.end() > matcher.start()) found.push({ detector, start: matcher.start(), end: matcher.end() });
  return found;
}
