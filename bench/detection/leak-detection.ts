import { shareWithInterval } from "./wilson.ts";
import { leakDetectors } from "../../packages/sallyport/src/guards/leak-detectors.ts";
import { LeakScanner, type LeakFinding } from "../../packages/sallyport/src/guards/leak-scan.ts";
import { laterCorpus, leakCorpus } from "../../packages/sallyport/test/corpus/leak/leak-corpus.ts";
import type { LeakSample } from "../../packages/sallyport/test/corpus/leak/leak-sample.ts";

/** A share of a count. */
export interface Share {
  readonly hits: number;
  readonly of: number;
}

/** What was found in one half of the corpus. */
export interface LeakDetection {
  readonly half: "tuned" | "heldOut";
  /** Values found, by detector. */
  readonly recall: ReadonlyMap<string, Share>;
  /** The same of detectors that came when the corpus was frozen. */
  readonly later: ReadonlyMap<string, Share>;
  /** Messages in which something was found that is none, by traffic. */
  readonly falsePositives: ReadonlyMap<string, Share>;
  /** What was not found: detector, carrier and kind. */
  readonly misses: readonly string[];
}

/** The detectors that reach their threshold in one message. */
function actingIn(finds: readonly LeakFinding[]): ReadonlySet<string> {
  const acting = leakDetectors.filter((detector) => {
    const count = finds.filter((found) => found.detector === detector).length;
    return count >= (detector.threshold?.count ?? 1);
  });
  return new Set(acting.map(({ id }) => id));
}

/** Counts hits by a name. */
class Counts {
  readonly #counts = new Map<string, { hits: number; of: number }>();

  add(name: string, isHit: boolean): void {
    const { hits, of } = this.#counts.get(name) ?? { hits: 0, of: 0 };
    this.#counts.set(name, { hits: hits + Number(isHit), of: of + 1 });
  }

  shares(): ReadonlyMap<string, Share> {
    return this.#counts;
  }
}

/** What the default detectors find in one half of the frozen corpus, message by message. */
export function detectLeaks(half: "tuned" | "heldOut"): LeakDetection {
  const scanner = new LeakScanner(leakDetectors);
  const { positives, benign } = leakCorpus(half);
  const recall = new Counts();
  const falsePositives = new Counts();
  const misses: string[] = [];
  const later = new Counts();
  const look = (counts: Counts, { detector, message, carrier, kind }: LeakSample): void => {
    const isFound = actingIn(scanner.scan(Buffer.from(message))).has(detector);
    counts.add(detector, isFound);
    if (!isFound) misses.push(`${detector}, ${carrier}, ${kind}`);
  };
  for (const sample of positives) look(recall, sample);
  for (const sample of laterCorpus(half)) look(later, sample);
  for (const { traffic, message } of benign)
    falsePositives.add(traffic, actingIn(scanner.scan(Buffer.from(message))).size > 0);
  return {
    half,
    recall: recall.shares(),
    later: later.shares(),
    falsePositives: falsePositives.shares(),
    misses,
  };
}

function cells({ hits, of }: Share): string {
  return `${shareWithInterval(hits, of)} of ${of}`;
}

/** The tables of `docs/reference/detection.md` about `leak`, in Markdown. */
export function renderLeakDetection(): string {
  const halves = [detectLeaks("tuned"), detectLeaks("heldOut")] as const;
  const [tuned, heldOut] = halves;
  const table = (head: string, pick: (one: LeakDetection) => ReadonlyMap<string, Share>): string =>
    [
      `| ${head} | tuned half | held-out half |`,
      "|---|---|---|",
      ...[...pick(tuned)].map(([name, share]) => {
        const other = pick(heldOut).get(name);
        return `| \`${name}\` | ${cells(share)} | ${other === undefined ? "" : cells(other)} |`;
      }),
    ].join("\n");
  const missed = halves.flatMap(({ half, misses }) => misses.map((miss) => `- ${half}: ${miss}`));
  return [
    "### Values found",
    table("detector", ({ recall }) => recall),
    "### Values found of detectors that came later",
    "Their values were made when the detectors were there already, by the forms that providers publish, and are frozen since.",
    table("detector", ({ later }) => later),
    "### Harmless messages in which something was found",
    table("traffic", ({ falsePositives }) => falsePositives),
    "### What was missed",
    missed.join("\n"),
  ].join("\n\n");
}
