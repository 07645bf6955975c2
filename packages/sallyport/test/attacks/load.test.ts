import { randomBytes } from "node:crypto";
import { expect, it, vi } from "vitest";
import type { WebSocket } from "ws";
import { serializeFrame } from "../../src/protocol/frame-serializer.ts";
import { CLOSE_WITHIN_MS } from "../../src/session/session-options.ts";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import { connectRaw, openRaw, op, upgradeRequest, type RawPeer } from "../gateway/raw-client.ts";
import { closed, guardServer, openClient, openRoute, type GuardedServer } from "../hosts/guarded-server.ts";
import { skipAhead } from "../skip-ahead.ts";
import { aftermath, describeAttacks, settledHeapBytes, sessionsLeft, unharmed } from "./attack-suite.ts";
import { startTarget } from "./target.ts";

const MIB = 1024 * 1024;
/** What a gate under a flood may hold. Its clients and its application are in the same process, and hold some of it. */
const MAX_HELD_BYTES = 64 * MIB;

/** A route that lets one address do what these attacks do. */
const crowded = (options: Partial<AttachRouteInput> = {}): AttachRouteInput => ({
  ...openRoute,
  connectionLimit: { perAddress: 2000, handshakesPerAddress: "10000/s" },
  ...options,
});

const frames = (count: number, opcode: number, payload: string, fin = true): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, () =>
      serializeFrame({ opcode, payload: Buffer.from(payload), maskKey: Buffer.alloc(4, 7), fin }),
    ),
  );

const openMany = (count: number, { port }: GuardedServer): Promise<RawPeer[]> =>
  Promise.all(Array.from({ length: count }, () => openRaw(port)));

const codesOf = (peers: readonly RawPeer[]): Promise<number[]> =>
  Promise.all(peers.map(async (peer) => (await peer.readClose()).code));

const hangUp = (peers: readonly RawPeer[]): void => {
  for (const { socket } of peers) socket.destroy();
};

/** The longest of some round trips of a client that does nothing wrong, milliseconds. */
async function slowestEcho(peer: RawPeer, count: number): Promise<number> {
  let slowest = 0;
  for (let index = 0; index < count; index++) {
    const began = performance.now();
    peer.frame(op.text, `polite ${index}`);
    while ((await peer.readFrame()).payload.toString() !== `polite ${index}`);
    slowest = Math.max(slowest, performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return slowest;
}

/** An application that answers the first message with 64 MiB. */
function sendMuch(socket: WebSocket): void {
  socket.once("message", () => {
    for (let sent = 0; sent < 64 * MIB; sent += MIB) socket.send(Buffer.alloc(MIB));
  });
}

describeAttacks("floods and faults", ({ host, keepsItsOwnQueue }) => {
  it("L01, L02, F52: floods of messages and pings are held back, then 4429, and nobody else waits", async () => {
    const target = startTarget();
    const routes = [crowded({ messageRate: { perConnection: "50/s", burst: 10 } })];
    const guarded = await guardServer(host, target.server, { routes });
    const [messages, pings, polite] = await openMany(3, guarded);
    if (messages === undefined || pings === undefined || polite === undefined) throw new Error("not open");
    messages.send(frames(20_000, op.text, "x"));
    pings.send(frames(20_000, op.ping, "x"));
    // Behind the flood it would be minutes.
    expect(await slowestEcho(polite, 25)).toBeLessThan(15_000);
    // They end after ten seconds in debt.
    skipAhead(9000);
    expect(await codesOf([messages, pings])).toEqual([4429, 4429]);
    expect(target.messages.filter((text) => text === "x").length).toBeLessThan(50 * 15);
    hangUp([messages, pings, polite]);
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it("L03: a client that asks for much and reads nothing ends with 1013, and little is held for it", async () => {
    const target = startTarget(sendMuch);
    const routes = [crowded({ slowConsumer: { after: "500ms" } })];
    const guarded = await guardServer(host, target.server, { routes });
    const peer = await openRaw(guarded.port);
    peer.socket.pause();
    peer.frame(op.text, "give me all");
    const code = keepsItsOwnQueue ? "slowConsumer.after" : "slowConsumer.bytes";
    expect(await guarded.seen("decision")).toMatchObject({ code });
    skipAhead(CLOSE_WITHIN_MS);
    expect(await sessionsLeft(guarded)).toBe(0);
    expect(await guarded.seen("closed")).toMatchObject({ closedBy: "gate", closeCode: 1013 });
    hangUp([peer]);
    await vi.waitUntil(() => target.sockets.clients.size === 0, { timeout: 10_000 });
    const polite = startTarget();
    expect(await aftermath(await guardServer(host, polite.server))).toEqual(unharmed);
    expect(await sessionsLeft(guarded)).toBe(0);
  });

  it("L04: a frame that comes byte by byte ends with 1008 when its time is over", async () => {
    const target = startTarget();
    const routes = [crowded({ messageSize: { finishWithin: "500ms" } })];
    const guarded = await guardServer(host, target.server, { routes });
    const peer = await openRaw(guarded.port);
    peer.send(Buffer.from("82fe010037fa213d", "hex"));
    // All of it would take thirteen seconds.
    let dripped = 0;
    const drip = setInterval(() => void ((dripped += 1), peer.send("x")), 50);
    expect(await peer.readClose().finally(() => clearInterval(drip))).toMatchObject({ code: 1008 });
    expect(dripped).toBeLessThan(0x100);
    hangUp([peer]);
    expect(target.messages).toEqual([]);
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it("L05, F24, F25: 131,000 fragments on each of 30 sockets end with 1008, and are not kept", async () => {
    const target = startTarget();
    const guarded = await guardServer(host, target.server, { routes: [crowded()] });
    const peers = await openMany(30, guarded);
    const before = await settledHeapBytes();
    const [empty, one] = ["", "x"].map((payload) =>
      Buffer.concat([frames(1, op.text, "", false), frames(131_000, op.continuation, payload, false)]),
    );
    for (const [index, peer] of peers.entries()) peer.send((index % 2 === 0 ? empty : one) ?? "");
    expect(new Set(await codesOf(peers))).toEqual(new Set([1008]));
    expect((await settledHeapBytes()) - before).toBeLessThan(MAX_HELD_BYTES);
    hangUp(peers);
    expect(target.messages).toEqual([]);
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it("L06: two hundred half-open clients are gone after two silent intervals (RFC 6455 7.1.5)", async () => {
    const target = startTarget();
    const routes = [crowded({ heartbeat: { interval: "300ms", missed: 2 } })];
    const guarded = await guardServer(host, target.server, { routes });
    const peers = await openMany(200, guarded);
    for (const { socket } of peers) socket.pause();
    // The first of them may be gone before the last one came.
    const count = (type: string): number => guarded.events.filter((event) => event.type === type).length;
    expect(count("open")).toBe(200);
    await vi.waitUntil(() => count("decision") === 200);
    const codes = guarded.events.flatMap((event) => (event.type === "decision" ? [event.code] : []));
    expect(new Set(codes)).toEqual(new Set(["heartbeat.missed"]));
    skipAhead(CLOSE_WITHIN_MS);
    expect(await sessionsLeft(guarded)).toBe(0);
    hangUp(peers);
    expect(await aftermath(guarded)).toEqual(unharmed);
    await vi.waitUntil(() => target.sockets.clients.size === 0, { timeout: 10_000 });
  });

  it("L07: a client that does not answer a Close is ended all the same (RFC 6455 7.1.1)", async () => {
    const target = startTarget();
    const guarded = await guardServer(host, target.server, { routes: [crowded()] });
    const peers = await openMany(20, guarded);
    for (const socket of target.sockets.clients) socket.close(1000);
    expect(new Set(await codesOf(peers))).toEqual(new Set([1000]));
    skipAhead(CLOSE_WITHIN_MS);
    const ends = await Promise.all(peers.map((peer) => peer.ended()));
    expect(ends).toHaveLength(20);
    expect(await sessionsLeft(guarded)).toBe(0);
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it("L10: a thousand resets at once leave nothing, and every counter is back", async () => {
    const target = startTarget();
    const guarded = await guardServer(host, target.server, { routes: [crowded()] });
    for (let round = 0; round < 4; round++) {
      const peers = await openMany(250, guarded);
      for (const peer of peers) peer.frame(op.binary, randomBytes(1000));
      for (const { socket } of peers) socket.resetAndDestroy();
    }
    expect(await sessionsLeft(guarded)).toBe(0);
    await vi.waitUntil(() => target.sockets.clients.size === 0, { timeout: 10_000 });
    const count = (type: string): number => guarded.events.filter((event) => event.type === type).length;
    expect([count("open"), count("closed")]).toEqual([1000, 1000]);
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it("L13: a shut-down with two hundred sockets tells each 1012, and loses no message that was read", async () => {
    const target = startTarget();
    const guarded = await guardServer(host, target.server, { routes: [crowded()] });
    const clients = await Promise.all(Array.from({ length: 200 }, () => openClient(guarded.wsUrl)));
    const ends = clients.map((client) => closed(client));
    for (const client of clients) client.send("read before");
    await vi.waitUntil(() => target.messages.length === 200, { timeout: 10_000 });
    await guarded.drain();
    expect(new Set((await Promise.all(ends)).map(({ code }) => code))).toEqual(new Set([1012]));
    expect(await sessionsLeft(guarded)).toBe(0);
  });

  it("L13: a shut-down passes on what a guard holds back of messages that were read", async () => {
    const target = startTarget();
    const routes = [crowded({ messageRate: { perConnection: "1/s", burst: 1 } })];
    const guarded = await guardServer(host, target.server, { routes });
    const peer = await openRaw(guarded.port);
    peer.send(frames(30, op.text, "x"));
    await vi.waitUntil(() => target.messages.length > 0, { timeout: 10_000 });
    const drained = guarded.drain();
    expect(await peer.readClose()).toMatchObject({ code: 1012 });
    peer.close(1012).socket.end();
    await drained;
    expect(target.messages).toHaveLength(30);
  });

  it("L15: a storm behind one address is 429 with times to come back, then served", async () => {
    const target = startTarget();
    const routes = [
      { ...openRoute, connectionLimit: { perAddress: 10, handshakesPerAddress: "10000/s" as const } },
    ];
    const guarded = await guardServer(host, target.server, { routes });
    const knocks = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const peer = await connectRaw(guarded.port);
        return { peer, head: await peer.send(upgradeRequest()).head() };
      }),
    );
    const opened = knocks.filter(({ head }) => head.status === 101);
    const refused = knocks.filter(({ head }) => head.status === 429);
    expect([opened.length, refused.length, target.arrived.length]).toEqual([10, 190, 10]);
    expect(refused.every(({ head }) => Number(head.fields.get("retry-after")) >= 1)).toBe(true);
    hangUp(knocks.map(({ peer }) => peer));
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it("L20: back-pressure both ways at once keeps order and loses nothing", async () => {
    const target = startTarget();
    const routes = [crowded({ messageRate: "off" })];
    const guarded = await guardServer(host, target.server, { routes });
    const client = await openClient(guarded.wsUrl);
    client.pause();
    const message = Buffer.alloc(64 * 1024);
    const count = 1024;
    for (let index = 0; index < count; index++) {
      message.writeUInt32BE(index);
      client.send(Buffer.from(message));
    }
    const received: number[] = [];
    client.on("message", (data: Buffer) => received.push(data.readUInt32BE()));
    await new Promise((resolve) => setTimeout(resolve, 300));
    client.resume();
    await vi.waitUntil(() => received.length === count, { timeout: 45_000 });
    expect(received).toEqual(Array.from({ length: count }, (_, index) => index));
    client.close();
    await closed(client);
    expect(await aftermath(guarded)).toEqual(unharmed);
  });
});
