import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** When and how often something happens by chance. */
export interface Chance {
  readonly random: Random;
  readonly meanMs: number;
}

/** Does something again and again, at moments that do not depend on each other (a Poisson process). */
export function often(world: World, { random, meanMs }: Chance, act: (now: number) => void): void {
  const { agenda } = world;
  agenda.add(agenda.now + random.exponential(meanMs), {
    step: (now) => {
      act(now);
      return now + random.exponential(meanMs);
    },
  });
}

/** What happens a number of times within a span, at random moments. */
export interface Spread {
  readonly random: Random;
  readonly from: number;
  readonly lastsMs: number;
  readonly count: number;
}

/** Does something `count` times within the span: moments drawn evenly, in their order. */
export function spread(
  world: World,
  { random, from, lastsMs, count }: Spread,
  act: (index: number) => void,
): void {
  let done = 0;
  // The least of so many moments that are drawn evenly from what is left.
  const next = (now: number): number =>
    done >= count
      ? Infinity
      : now + (from + lastsMs - now) * (1 - (1 - random.next()) ** (1 / (count - done)));
  world.agenda.add(next(from), {
    step: (now) => {
      act(done);
      done += 1;
      return next(now);
    },
  });
}
