import { setTimeout as delay } from "node:timers/promises";

const LOOK_EVERY_MS = 25;
const WITHIN_MS = 90_000;

/** Resolves with what a look found, once it is neither `false`, `null` nor `undefined`. Rejects when it is not there within 90 s. */
export async function until<Found>(
  what: string,
  look: () => Found | Promise<Found>,
  withinMs: number = WITHIN_MS,
): Promise<NonNullable<Found>> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== false && found !== null && found !== undefined) return found;
    if (performance.now() > end) throw new Error(`not within ${withinMs / 1000} s: ${what}`);
    await delay(LOOK_EVERY_MS);
  }
}
