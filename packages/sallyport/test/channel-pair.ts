import type { Channel } from "../src/state/calls.ts";

/** The two ends of a channel in one process: what is sent arrives as JSON, in order, a little later. */
export function channelPair(): readonly [Channel, Channel] {
  const listeners: ((message: unknown) => void)[] = [];
  const end = (own: number, other: number): Channel => ({
    send: (message) => {
      const sent = JSON.stringify(message);
      queueMicrotask(() => listeners[other]?.(JSON.parse(sent)));
    },
    receive: (listener) => void (listeners[own] = listener),
  });
  return [end(0, 1), end(1, 0)];
}
