import { describe, expect, it, vi } from "vitest";
import { DEFAULTS } from "../src/socket-options.ts";
import { giveTicket, startPlainServer } from "./plain-server.ts";
import { openClient } from "./scene.ts";
import { fullJitter, playStorm, withoutJitter } from "./storm.ts";

const restart = { clients: 2000, downMs: 3000, perSecond: 400 };

/** The same numbers each time (mulberry32). */
function seedChance(seed: number): void {
  let state = seed;
  vi.spyOn(Math, "random").mockImplementation(() => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  });
}

describe("a storm of 2,000 clients after a restart", () => {
  it("spreads out by the client's own waits, and does not without jitter", () => {
    for (const seed of [1, 2, 3]) {
      seedChance(seed);
      const ours = playStorm({ ...restart, wait: fullJitter(DEFAULTS.reconnect) });
      const theirs = playStorm({ ...restart, wait: withoutJitter(DEFAULTS.reconnect) });
      expect([theirs.busiest, ours.busiest < 700]).toEqual([2000, true]);
      expect(ours.allAfterS).toBeLessThan(40);
      expect(theirs.allAfterS).toBeGreaterThan(ours.allAfterS);
    }
  });

  it("is over within one longest wait where the server takes all at once", () => {
    seedChance(4);
    const { allAfterS, busiest } = playStorm({
      ...restart,
      perSecond: 2000,
      wait: fullJitter(DEFAULTS.reconnect),
    });
    expect([allAfterS < 30, busiest < 700]).toEqual([true, true]);
  });
});

describe("a hundred real clients, whose server ends them all in one moment", () => {
  it("come back spread over the window, each once", async () => {
    const sockets: { end(bytes: Buffer): unknown }[] = [];
    const { url, asked } = await startPlainServer(giveTicket, (socket) => void sockets.push(socket));
    const clients = Array.from({ length: 100 }, () =>
      openClient(url, { reconnect: { firstMs: 2000, longestMs: 2000 } }),
    );
    await Promise.all(clients.map(({ next }) => next("open")));
    asked.splice(0);
    const opened = Promise.all(clients.map(({ next }) => next("open")));
    const from = performance.now();
    for (const socket of sockets.splice(0)) socket.end(Buffer.from([0x88, 2, 0x03, 0xf4]));
    await opened;
    const quarters = [0, 0, 0, 0];
    for (const { losses } of clients) {
      const [loss] = losses;
      expect([losses.length, loss?.code]).toEqual([1, 1012]);
      quarters[Math.floor((loss?.delayMs ?? 0) / 500)] =
        (quarters[Math.floor((loss?.delayMs ?? 0) / 500)] ?? 0) + 1;
    }
    expect(asked.length).toBe(100);
    expect(asked.filter((at) => at - from < 500).length).toBeLessThan(60);
    // 25 each by chance; fewer than 5 has a chance below one in a million.
    expect(Math.min(...quarters)).toBeGreaterThanOrEqual(5);
  });
});
