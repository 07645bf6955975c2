import type { Gate } from "./gate.ts";

/** How a drain goes: connections are told 1012 in batches, so that not all come back in one moment. */
export interface DrainOptions {
  /** Connections per batch. */
  readonly batch: number;
  /** Milliseconds between batches; each is varied by up to half of it. */
  readonly pauseMs: number;
  /** After this many milliseconds whatever is left is ended. */
  readonly withinMs: number;
}

/** Batches of a hundred every 100 ms: a thousand connections are told within a second. */
export const DEFAULT_DRAIN: DrainOptions = { batch: 100, pauseMs: 100, withinMs: 20_000 };

/** Closes every open connection with 1012, in batches. Resolves when all are gone. */
export async function closeSessions(gate: Gate, { batch, pauseMs, withinMs }: DrainOptions): Promise<void> {
  const until = gate.now() + withinMs;
  const open = [...gate.sessions.values()];
  for (let index = 0; index < open.length; index += batch) {
    for (const { driver } of open.slice(index, index + batch))
      driver.close("session.draining", "the gate is shutting down");
    if (index + batch < open.length) await delay(pauseMs * (0.5 + Math.random()));
  }
  while (gate.sessions.size > 0 && gate.now() < until) await delay(20);
  for (const { driver } of gate.sessions.values()) {
    driver.destroy("client");
    driver.destroy("application");
  }
}

/** Resolves after some milliseconds. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
