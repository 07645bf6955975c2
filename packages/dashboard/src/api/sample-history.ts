import type { GateSample } from "../../../sallyport/src/hosts/dashboard/live-message.ts";

/** The samples of the last hour: each second of the last minutes, and before that one for ten seconds. Bounded. */
export interface SampleHistory {
  /** What the gate knew before the page came. Replaces everything. */
  seed(samples: readonly GateSample[]): void;
  take(sample: GateSample): void;
  /** The oldest first. @param seconds how far back, at most 3600 */
  last(seconds: number): readonly GateSample[];
}

/** So many seconds are kept as they came: 300 samples of some 500 bytes take 150 kB. */
const FINE = 300;
/** An hour of ten seconds each. */
const COARSE = 360;
const COARSE_SECONDS = 10;

/** Makes an empty history. */
export function createSampleHistory(): SampleHistory {
  let fine: GateSample[] = [];
  let coarse: GateSample[] = [];
  let gathering: GateSample[] = [];
  return {
    seed(samples) {
      coarse = samples.slice(-COARSE);
      fine = [];
      gathering = [];
    },
    take(sample) {
      keep(fine, sample, FINE);
      gathering.push(sample);
      if (secondsOf(gathering) < COARSE_SECONDS) return;
      keep(coarse, average(gathering), COARSE);
      gathering = [];
    },
    last(seconds) {
      const newest = fine.at(-1) ?? coarse.at(-1);
      if (newest === undefined) return [];
      const from = newest.at - seconds * 1000;
      if (seconds <= FINE && (fine[0]?.at ?? Infinity) <= from + COARSE_SECONDS * 1000)
        return fine.filter(({ at }) => at > from);
      // What is not ten seconds yet stands at the end as it is.
      return [...coarse, ...gathering].filter(({ at }) => at > from);
    },
  };
}

function keep(samples: GateSample[], sample: GateSample, most: number): void {
  samples.push(sample);
  if (samples.length > most) samples.shift();
}

function secondsOf(samples: readonly GateSample[]): number {
  return samples.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** One sample for several: what is counted on the average, what is worst at its worst, and the rest as it was at the end. */
export function average(samples: readonly GateSample[]): GateSample {
  const last = samples.at(-1);
  if (last === undefined) throw new RangeError("no samples");
  const mean = (of: (sample: GateSample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample) * sample.seconds, 0) / secondsOf(samples);
  const worst = (of: (sample: GateSample) => number): number => Math.max(...samples.map(of));
  const measured = samples.flatMap(({ latencyAddedMs }) => latencyAddedMs ?? []);
  return {
    at: last.at,
    seconds: secondsOf(samples),
    connections: last.connections,
    perRoute: Object.fromEntries(
      Object.entries(last.perRoute).map(([route, { connections }]) => [
        route,
        {
          connections,
          messagesIn: mean(({ perRoute }) => perRoute[route]?.messagesIn ?? 0),
          messagesOut: mean(({ perRoute }) => perRoute[route]?.messagesOut ?? 0),
          bytesIn: mean(({ perRoute }) => perRoute[route]?.bytesIn ?? 0),
          bytesOut: mean(({ perRoute }) => perRoute[route]?.bytesOut ?? 0),
        },
      ]),
    ),
    handshakes: mean(({ handshakes }) => handshakes),
    refusals: Object.fromEntries(
      [...new Set(samples.flatMap(({ refusals }) => Object.keys(refusals)))].map((guard) => [
        guard,
        mean(({ refusals }) => refusals[guard] ?? 0),
      ]),
    ),
    latencyAddedMs:
      measured.length === 0
        ? null
        : {
            p50: measured.reduce((sum, { p50 }) => sum + p50, 0) / measured.length,
            p99: Math.max(...measured.map(({ p99 }) => p99)),
          },
    cpu: mean(({ cpu }) => cpu),
    memory: last.memory,
    loopDelayMs: worst(({ loopDelayMs }) => loopDelayMs),
  };
}
