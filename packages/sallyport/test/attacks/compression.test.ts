import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, it, vi } from "vitest";
import { serializeFrame } from "../../src/protocol/frame-serializer.ts";
import { compressedFrame, deflated } from "../deflated.ts";
import { openRaw, op, RawPeer, switchingHead } from "../gateway/raw-client.ts";
import {
  guardServer,
  openRoute,
  upgradeServer,
  type GuardedServer,
  type HostName,
} from "../hosts/guarded-server.ts";
import { startTarget } from "./target.ts";
import {
  aftermath,
  describeAttacks,
  heapBytes,
  sessionsLeft,
  settledHeapBytes,
  unharmed,
} from "./attack-suite.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const inspected = {
  ...openRoute,
  compression: "inspect" as const,
  connectionLimit: { perAddress: 2000, handshakesPerAddress: "10000/s" },
};
const lines = ["Sec-WebSocket-Extensions: permessage-deflate"];
const maskKey = Buffer.alloc(4, 7);

/** 64 KiB are the windows of both directions; the rest is of the test's own ends. What deflates and inflates takes 300 KiB. */
const MAX_BYTES_PER_SOCKET = 256 * KIB;
const SOCKETS = 300;
const BOMBS = 200;

function compressed(payload: Uint8Array, opcode: number = op.binary): Buffer {
  return compressedFrame({ opcode, payload, maskKey });
}

/** 64 MiB in some 64 KiB. */
const bomb = compressed(deflated(Buffer.alloc(64 * MIB)));

interface Scene {
  readonly guarded: GuardedServer;
  /** Its connections, as bytes. */
  readonly accepted: RawPeer[];
  /** How many data frames it was sent. */
  readonly frames: () => number;
}

/** An application that agrees to compression, inflates nothing, and sends data frames back as they came, but unmasked. */
async function guardEcho(host: HostName, route: object = {}): Promise<Scene> {
  if (host === "listen") return await guardMessages(route);
  const accepted: RawPeer[] = [];
  let frames = 0;
  const server = upgradeServer((request) => {
    const peer = accept(request);
    accepted.push(peer);
    void echoFrames(peer, () => (frames += 1));
  });
  const guarded = await guardServer(host, server, { routes: [{ ...inspected, ...route }] });
  return { guarded, accepted, frames: () => frames };
}

/** With `listen` the gate agrees, and the application takes what was inflated. */
async function guardMessages(route: object): Promise<Scene> {
  const { server, messages } = startTarget();
  const guarded = await guardServer("listen", server, { routes: [{ ...inspected, ...route }] });
  return { guarded, accepted: [], frames: () => messages.length };
}

function accept({ socket, headers }: IncomingMessage): RawPeer {
  const key = `Sec-WebSocket-Key: ${headers["sec-websocket-key"]}\r\n`;
  const offered = headers["sec-websocket-extensions"];
  return new RawPeer(socket).send(switchingHead(key, offered === undefined ? [] : lines));
}

async function echoFrames(peer: RawPeer, count: () => void): Promise<void> {
  try {
    for (;;) {
      const { opcode, payload, raw } = await peer.readFrame(20_000);
      const frame = { opcode, payload, maskKey: null };
      const isCompressed = ((raw[0] ?? 0) & 0x40) !== 0;
      if (opcode !== op.close) count();
      peer.send(isCompressed ? compressedFrame(frame) : serializeFrame(frame));
    }
  } catch {
    // The connection is over.
    peer.socket.destroy();
  }
}

async function openMany(count: number, port: number): Promise<RawPeer[]> {
  const opened: RawPeer[] = [];
  while (opened.length < count)
    opened.push(...(await Promise.all(Array.from({ length: 50 }, () => openRaw(port, { lines })))));
  return opened;
}

describeAttacks("attacks with compression", ({ host, asksByHttp }) => {
  it.each([
    ["C01: a bomb of 64 KiB that is 64 MiB (CVE-2026-1526)", [bomb], 1009],
    [
      "C01: a bomb of 1 KiB that is 1 MiB, a thousand times as much",
      [compressed(deflated(Buffer.alloc(MIB)))],
      1009,
    ],
    ["C02: garbage (RFC 7692 7.2.2)", [compressed(Buffer.from("no deflate data"))], 1007],
    ["C02: a message that breaks off", [compressed(deflated("hello, hello").subarray(0, -3))], 1007],
    [
      "C03: RSV1 on a continuation (RFC 7692 6.1)",
      [
        compressedFrame({ opcode: op.text, payload: Buffer.of(0), maskKey, fin: false }),
        compressed(Buffer.of(0), op.continuation),
      ],
      1002,
    ],
    ["C04: RSV1 on a ping (RFC 7692 6.1)", [compressed(Buffer.of(0), op.ping)], 1002],
    [
      "C05: compressed text that is no UTF-8 (RFC 6455 8.1)",
      [compressed(deflated(Buffer.of(0x41, 0xff)), op.text)],
      1007,
    ],
  ])("%s", async (_name, frames, code) => {
    const scene = await guardEcho(host);
    const peer = await openRaw(scene.guarded.port, { lines });
    peer.send(Buffer.concat([...frames, compressed(deflated("behind it"), op.text)]));
    expect((await peer.readClose()).code).toBe(code);
    peer.socket.destroy();
    expect(scene.frames()).toBe(0);
    expect(await aftermath(scene.guarded)).toEqual(unharmed);
  });

  it("C06: an empty compressed message is echoed (RFC 7692 7.2.3.6)", async () => {
    const { guarded } = await guardEcho(host);
    const peer = await openRaw(guarded.port, { lines });
    const { raw } = await peer.send(compressed(Buffer.of(0), op.text)).readFrame();
    expect(raw.toString("hex")).toBe(asksByHttp ? "c10100" : "8100");
    peer.socket.destroy();
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it.runIf(asksByHttp)(
    "C01: a bomb of the application is 1001 to the client, and the application is told 1009 (only on hosts that ask by HTTP)",
    async () => {
      const { guarded, accepted } = await guardEcho(host, { messageSize: { outbound: "1MiB" } });
      const peer = await openRaw(guarded.port, { lines });
      const atApplication = vi.spyOn(accepted[0]?.socket ?? peer.socket, "write");
      accepted[0]?.send(
        compressedFrame({ opcode: op.binary, payload: deflated(Buffer.alloc(4 * MIB)), maskKey: null }),
      );
      expect((await peer.readClose()).code).toBe(1001);
      expect(await guarded.seen("decision")).toMatchObject({
        direction: "outbound",
        code: "messageSize.ratio",
      });
      expect(atApplication).toHaveBeenCalled();
      peer.socket.destroy();
      expect(await aftermath(guarded)).toEqual(unharmed);
    },
  );

  it("C01: many small messages inflate no faster than the rate allows", async () => {
    const messageRate = { bytesPerConnection: "1MiB/s", perConnection: "10000/s" };
    const { guarded, frames } = await guardEcho(host, { messageRate });
    const peer = await openRaw(guarded.port, { lines });
    const small = compressed(deflated(Buffer.alloc(64 * KIB)));
    expect(small.length).toBeLessThan(100);
    const began = performance.now();
    peer.send(Buffer.concat(Array.from({ length: 100 }, () => small)));
    await vi.waitUntil(() => frames() > 20, { timeout: 10_000 });
    const allowed = 1 + (performance.now() - began) / 1000;
    expect((frames() * 64 * KIB) / MIB).toBeLessThan(allowed + 0.5);
    peer.socket.destroy();
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it("L08: sockets that keep the largest windows take these and no more, and give them back (RFC 7692 7.1)", async () => {
    const { guarded } = await guardEcho(host);
    // Fills a window; short on its way, and not so short that what inflates it shares memory with what the test keeps.
    const digits = randomBytes(4 * KIB).toString("hex");
    const payload = deflated(digits + "sallyport".repeat(4 * KIB));
    const peers = await openMany(SOCKETS, guarded.port);
    const before = await settledHeapBytes();
    for (const peer of peers) {
      peer.send(compressed(payload));
      await peer.readFrame();
    }
    const each = ((await settledHeapBytes()) - before) / SOCKETS;
    // The window of the client's side, and of the application's where that compresses, too.
    expect(each).toBeGreaterThan(asksByHttp ? 64 * KIB : 32 * KIB);
    expect(each).toBeLessThan(MAX_BYTES_PER_SOCKET);
    for (const { socket } of peers) socket.destroy();
    expect(await sessionsLeft(guarded)).toBe(0);
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it("L09: two hundred bombs at once are 1009 each, and others are served meanwhile (CVE-2026-1526)", async () => {
    const { guarded, frames } = await guardEcho(host);
    const peers = await openMany(BOMBS, guarded.port);
    const other = await openRaw(guarded.port, { lines });
    const before = await settledHeapBytes();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const cpu = process.cpuUsage();
    for (const peer of peers) peer.send(bomb);
    const codes = await Promise.all(peers.map(async (peer) => (await peer.readClose()).code));
    const { user, system } = process.cpuUsage(cpu);
    delay.disable();
    expect(new Set(codes)).toEqual(new Set([1009]));
    // Inflated whole, they would be 12.5 GiB, and some thirty seconds.
    expect((user + system) / 1000).toBeLessThan(5000);
    expect(delay.max / 1e6).toBeLessThan(12_000);
    // The loop comes round between them: how often, and not how fast, since a busy machine says nothing about that.
    expect(delay.count).toBeGreaterThan(5);
    // What has ended is given back when its turn comes.
    await vi.waitFor(() => expect(heapBytes() - before).toBeLessThan(32 * MIB), { interval: 250 });
    expect(frames()).toBe(0);
    const { payload } = await other.send(compressed(deflated("hello"))).readFrame();
    expect(payload.equals(asksByHttp ? deflated("hello") : Buffer.from("hello"))).toBe(true);
    for (const { socket } of [...peers, other]) socket.destroy();
    expect(await aftermath(guarded)).toEqual(unharmed);
  });
});
