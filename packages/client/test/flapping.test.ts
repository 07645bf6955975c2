import { describe, expect, it, vi } from "vitest";
import { bytesOf } from "../../sallyport/test/gateway/harness.ts";
import type { Message } from "../src/outbox.ts";
import { openClient, startRelay, startScene } from "./scene.ts";

const CUTS = 200;

describe("SallyportSocket, over a network that is cut two hundred times", () => {
  it(
    "loses no message in silence, sends none twice, and is open in the end",
    { timeout: 300_000 },
    async () => {
      const received: string[] = [];
      const { application, tokens, gate } = await startScene({
        onConnection: (socket) =>
          socket.on("message", (data) => void received.push(bytesOf(data).toString())),
        route: { connectionLimit: "off" },
      });
      const relay = await startRelay(gate.port);
      const client = openClient(`wss://localhost:${relay.port}/chat`, {
        token: () => tokens.sign("ada"),
        reconnect: { firstMs: 1, longestMs: 2 },
        report: { settleMs: Infinity },
      });
      const { socket, losses } = client;
      const unconfirmed = new Set<number>();
      socket.addEventListener("lost", ({ detail }) => {
        for (const { sequence } of detail.unconfirmed) unconfirmed.add(sequence);
      });
      let sent = 0;
      const say = (): void => {
        sent = socket.send(`message ${sent + 1}`);
      };
      while (losses.filter(({ cause }) => cause === "closed").length < CUTS) {
        if (socket.readyState !== 1) await client.next("open");
        for (let count = 0; count < 3; count += 1) say();
        const lost = client.next("lost");
        // Some cuts come before anything has left, some after, and one in ten after it has arrived.
        const isLate = losses.length % 10 === 0;
        const before = isLate ? received.length : -1;
        await vi.waitUntil(() => received.length > before, { interval: 2 });
        if (sent % 2 === 0) await new Promise(setImmediate);
        relay.cut();
        say();
        await lost;
        say();
      }
      if (socket.readyState !== 1) await client.next("open");
      socket.close(1000);
      const { detail } = await client.ended();
      expect(detail).toMatchObject({ code: 1000, wasClean: true, unsent: [], unconfirmed: [] });

      expect(new Set(received).size).toBe(received.length);
      const arrived = new Set(received.map((text) => Number(text.split(" ")[1])));
      const all = Array.from({ length: sent }, (_, index) => index + 1);
      expect(all.filter((sequence) => !arrived.has(sequence) && !unconfirmed.has(sequence))).toEqual([]);
      expect([sent, losses.filter(({ forgotten }) => forgotten > 0).length]).toEqual([CUTS * 5, 0]);
      expect([arrived.size > 0, unconfirmed.size > 0]).toEqual([true, true]);
      // Every attempt was a connection or two (ticket, socket) of the relay: none was left over, none was needless.
      expect(relay.count()).toBeLessThanOrEqual(2 * (losses.length + 1));
      await expect.poll(() => application.server.clients.size).toBe(0);
    },
  );
});

describe("Message", () => {
  it("is numbered in the order of send", async () => {
    const { tokens, url } = await startScene();
    const { socket, next } = openClient(url, { token: () => tokens.sign("ada") });
    const numbers: Message["sequence"][] = [socket.send("a"), socket.send("b")];
    await next("open");
    numbers.push(socket.send("c"));
    expect(numbers).toEqual([1, 2, 3]);
  });
});
