import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { emptyDesk } from "../empty-desk.ts";
import { idleGate, openDashboard, TOKENS } from "./dashboard-fixture.ts";

/** The ends of the admin address that connections come to, in their order. */
function watchAccepted(port: number): readonly Socket[] {
  const accepted: Socket[] = [];
  const take = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    if (socket.localPort === port) accepted.push(socket);
  };
  subscribe("net.server.socket", take);
  onTestFinished(() => void unsubscribe("net.server.socket", take));
  return accepted;
}

async function dial(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1").on("error", () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** However it was ended. */
async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
}

const asking = (host: string): string => `GET /metrics HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

describe("callers of the admin address", () => {
  it("that take nothing of an answer are left, whoever they are (CWE-400)", async () => {
    const body = "x".repeat(32 * 1024 * 1024);
    const gate = idleGate({ metricsText: async () => ({ contentType: "text/plain", body }) });
    const { url, host } = await openDashboard({ gate, silentMs: 100 });
    const accepted = watchAccepted(Number(new URL(url).port));
    const socket = await dial(url);
    socket.pause().write(asking(host));
    await expect.poll(() => accepted.length).toBe(1);
    const [end] = accepted;
    if (end !== undefined) await closed(end);
    expect(end?.destroyed).toBe(true);
  });

  it("that take a long answer too slowly are left, so that its place is there for others (CWE-400)", async () => {
    const ended = Promise.withResolvers<void>();
    const piece = { done: false, value: "x".repeat(65_536) };
    const iterator = {
      next: async () => piece,
      return: async () => (ended.resolve(), { done: true as const, value: undefined }),
    };
    const value = { [Symbol.asyncIterator]: () => iterator };
    const desk = { ...emptyDesk, export: async () => ({ ok: true as const, value }) };
    // Of those that take nothing at all another clock would tell, which is far from its end here.
    const readPace = { bytesPerSecond: 64 * 1024 * 1024, graceMs: 50 };
    const { url, host, events } = await openDashboard({ gate: idleGate({ desk }), readPace });
    const socket = await dial(url);
    const head = `GET /journal/export?format=csv HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${TOKENS.viewer}`;
    socket.pause().write(`${head}\r\n\r\n`);
    await ended.promise;
    await expect
      .poll(() => events.at(-1))
      .toMatchObject({ type: "gate", level: "warn", detail: "viewer at 127.0.0.1: GET /journal/export" });
    socket.resume();
    await closed(socket);
  });

  it("are so many at a time, and no more", async () => {
    const { url, host } = await openDashboard({ maxConnections: 2 });
    const [first, second] = [await dial(url), await dial(url)];
    const third = await dial(url);
    await closed(third.resume());
    first.destroy();
    second.write(asking(host));
    expect(String((await once(second, "data"))[0])).toMatch(/^HTTP\/1\.1 200 OK/);
  });
});
