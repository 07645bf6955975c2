import { found, type Outcome, passed } from "../../check.ts";
import type { CheckContext } from "../../check-context.ts";
import { NotTestedError } from "../../not-tested.ts";
import type { HandshakeChange } from "../../probe/handshake.ts";
import { describeRequest, serializeRequest } from "../../probe/handshake.ts";
import type { Exchange } from "../../probe/transcript.ts";

/** How the time of an answer grows with the size of what was sent, against something harmless of the largest size. */
export interface Growth {
  /** Median times in milliseconds, of the smallest size to the largest, less that of what is harmless. */
  readonly excessMs: readonly number[];
  /** The shortest times, less the shortest of what is harmless: a machine that is busy makes times longer, and none shorter. */
  readonly leastMs: readonly number[];
  readonly harmlessMs: number;
  readonly exchange: Exchange;
}

/** What is sent for a size, and something harmless that is as large as the largest. */
export interface GrowthProbe {
  readonly sizes: readonly [number, number, number];
  readonly evil: (size: number) => HandshakeChange;
  readonly harmless: HandshakeChange;
}

const ROUNDS = 5;
/** An answer that takes longer than this above what is harmless is worth looking at; shorter ones are the network. */
export const WORTH_MS = 25;
/** By which time grows when the size doubles: 2 is linear, 4 quadratic. */
const STEEP = 2.6;
/** What grows by itself is a quarter as long at half the size; what comes from nowhere is a machine that is busy. */
const SUDDEN = 16;
const LONGEST_MS = 10_000;

/**
 * Measures: medians of five, in turn, so that what disturbs disturbs all alike. After two rounds in which nothing is slow it stops, since
 * what is slow by its nature is slow each time.
 */
export async function measureGrowth(
  context: CheckContext,
  { sizes, evil, harmless }: GrowthProbe,
): Promise<Growth> {
  const changes = [harmless, ...sizes.map(evil)];
  const times: number[][] = changes.map(() => []);
  let exchange: Exchange | null = null;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [at, change] of changes.entries()) {
      const answer = await timeOne(context, change, at === 0 ? context.answerMs : LONGEST_MS);
      if (at === 0 && !answer.isAnswered)
        throw new NotTestedError("a handshake without anything slow in it is not answered");
      times[at]?.push(answer.ms);
      exchange = answer.exchange;
    }
    if (round > 0 && !mayBeSlow(times)) break;
  }
  return {
    ...excessOf(times),
    harmlessMs: median(times[0] ?? []),
    exchange: exchange ?? { about: "nothing was sent", lines: [] },
  };
}

/** Measures, and says whether the time grows faster than the size. */
export async function judgeGrowth(context: CheckContext, probe: GrowthProbe): Promise<Outcome> {
  const growth = await measureGrowth(context, probe);
  const words = describeGrowth(growth, probe.sizes);
  if (!isSteep(growth)) return passed(words);
  return found({
    detail: `The time grows faster than the size: ${words}.`,
    evidence: [growth.exchange],
    confidence: "firm",
  });
}

/** Whether the time grows faster than the size, and is long enough to matter: by the medians, and by the shortest times alike. */
export function isSteep({ excessMs, leastMs }: Pick<Growth, "excessMs" | "leastMs">): boolean {
  return rises(excessMs) && rises(leastMs);
}

function rises([small = 0, middle = 0, large = 0]: readonly number[]): boolean {
  return (
    large >= WORTH_MS && large / Math.max(middle, 0.5) >= STEEP && middle >= small && middle >= large / SUDDEN
  );
}

/** The growth in words. */
export function describeGrowth(
  { excessMs, harmlessMs }: Pick<Growth, "excessMs" | "harmlessMs">,
  sizes: readonly number[],
): string {
  const each = sizes.map((size, at) => `${size}: ${(excessMs[at] ?? 0).toFixed(1)} ms`);
  return `median times above the ${harmlessMs.toFixed(1)} ms of what is harmless, by size: ${each.join(", ")}`;
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0;
}

/** Times by what was sent, that of what is harmless first, as growth. */
export function excessOf([harmless = [], ...evil]: readonly number[][]): Pick<
  Growth,
  "excessMs" | "leastMs"
> {
  return {
    excessMs: evil.map((times) => median(times) - median(harmless)),
    leastMs: evil.map((times) => Math.min(...times) - Math.min(...harmless)),
  };
}

/** Whether the largest was slow even once, beside what is harmless at its best. */
function mayBeSlow([harmless = [], ...evil]: readonly number[][]): boolean {
  return Math.max(...(evil.at(-1) ?? [])) - Math.min(...harmless) >= WORTH_MS;
}

async function timeOne(
  context: CheckContext,
  change: HandshakeChange,
  withinMs: number,
): Promise<{ readonly ms: number; readonly isAnswered: boolean; readonly exchange: Exchange }> {
  const request = await context.prepare(context.handshake(change));
  const probe = await context.dial();
  const begun = performance.now();
  probe.send(serializeRequest(request), describeRequest(request));
  await probe.waitFor(() => probe.head !== null || probe.isGarbage, withinMs);
  const ms = performance.now() - begun;
  const exchange = probe.exchange("a handshake that takes its time");
  probe.destroy();
  return { ms, isAnswered: probe.head !== null, exchange };
}
