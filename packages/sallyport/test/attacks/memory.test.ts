import { totalmem } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { deflateRawSync } from "node:zlib";
import { afterEach, expect, it, vi } from "vitest";
import { serializeFrame } from "../../src/protocol/frame-serializer.ts";
import { connectRaw, openRaw, op, upgradeRequest, type RawPeer } from "../gateway/raw-client.ts";
import { guardServer, openRoute } from "../hosts/guarded-server.ts";
import { aftermath, describeAttacks, settledHeapBytes, sessionsLeft, unharmed } from "./attack-suite.ts";
import { startTarget } from "./target.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const crowded = {
  ...openRoute,
  connectionLimit: { perAddress: 2000, handshakesPerAddress: "10000/s" as const },
};
const RSV1 = 0x40;

/** The zlib window and hash tables of one deflating socket would be some 300 KiB; both ends of this test are in one process. */
const MAX_BYTES_PER_SOCKET = 64 * KIB;
const SOCKETS = 500;

/** Less than what inflating fifty bombs of 16 MiB takes: that is more than a second. */
const INFLATED_MS = 300;

/** A message that says it is compressed. */
function compressed(payload: Uint8Array, opcode: number = op.text): Buffer {
  const frame = serializeFrame({ opcode, payload, maskKey: Buffer.alloc(4, 7), fin: true });
  frame[0] = (frame[0] ?? 0) | RSV1;
  return Buffer.from(frame);
}

/** 16 MiB in some 16 KiB: with the end of a sync flush cut off, as RFC 7692 7.2.1 has it. */
const bomb = compressed(deflateRawSync(Buffer.alloc(16 * MIB)));

async function openMany(count: number, port: number, lines: readonly string[] = []): Promise<RawPeer[]> {
  const opened: RawPeer[] = [];
  while (opened.length < count)
    opened.push(...(await Promise.all(Array.from({ length: 50 }, () => openRaw(port, { lines })))));
  return opened;
}

describeAttacks("attacks on memory", ({ host }) => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("L08: who offers compression gets none, and no socket holds a window (RFC 7692 7.1)", async () => {
    const target = startTarget();
    const guarded = await guardServer(host, target.server, { routes: [crowded] });
    const offers = [
      "permessage-deflate; client_max_window_bits=15; server_max_window_bits=15",
      "permessage-deflate; client_no_context_takeover",
    ].map((offer) => `Sec-WebSocket-Extensions: ${offer}`);
    const first = await connectRaw(guarded.port);
    const { status, fields } = await first.send(upgradeRequest({ lines: offers })).head();
    expect([status, fields.get("sec-websocket-extensions")]).toEqual([101, undefined]);
    expect(target.arrived[0]?.headers["sec-websocket-extensions"]).toBeUndefined();
    const before = await settledHeapBytes();
    const peers = await openMany(SOCKETS, guarded.port, offers);
    for (const peer of peers) peer.frame(op.text, "x".repeat(1000));
    const echoes = await Promise.all(peers.map((peer) => peer.readFrame()));
    expect(echoes.filter(({ raw }) => ((raw[0] ?? 0) & RSV1) !== 0)).toEqual([]);
    expect(((await settledHeapBytes()) - before) / SOCKETS).toBeLessThan(MAX_BYTES_PER_SOCKET);
    for (const { socket } of [first, ...peers]) socket.destroy();
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it("L09, C01, C02, C05, C06: two hundred bombs at once are 1002 each, and nobody inflates or waits (CVE-2026-1526)", async () => {
    const target = startTarget();
    const guarded = await guardServer(host, target.server, { routes: [crowded] });
    const bodies = [
      bomb,
      compressed(deflateRawSync(Buffer.from([0xff, 0xfe]))),
      compressed(Buffer.from("no deflate data")),
      compressed(Buffer.of(0)),
    ];
    // What two hundred violations cost that nobody could take for a message, on the loop that the clients share.
    const harmless = await attackAll(guarded.port, [Buffer.from("a18037fa213d", "hex")]);
    const bombs = await attackAll(guarded.port, bodies);
    expect([harmless.codes, bombs.codes]).toEqual([new Set([1002]), new Set([1002])]);
    expect(bombs.cpuMs).toBeLessThan(harmless.cpuMs * 2 + INFLATED_MS);
    // A machine that is busy keeps the harmless ones waiting, too.
    expect(bombs.longestMs).toBeLessThan(harmless.longestMs * 4 + 4000);
    expect(bombs.heldBytes).toBeLessThan(32 * MIB);
    expect(target.messages).toEqual([]);
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it.each([
    [
      "C03: a continuation",
      [
        serializeFrame({ opcode: op.text, payload: Buffer.from("a"), maskKey: Buffer.alloc(4), fin: false }),
        compressed(Buffer.from("b"), op.continuation),
      ],
    ],
    ["C04: a ping", [compressed(Buffer.from("b"), op.ping)]],
  ])("%s that says it is compressed is 1002 (RFC 7692 6.1)", async (_name, frames) => {
    const target = startTarget();
    const guarded = await guardServer(host, target.server);
    const peer = await openRaw(guarded.port);
    peer.send(Buffer.concat(frames));
    expect(await peer.readClose()).toMatchObject({ code: 1002 });
    peer.socket.destroy();
    expect(target.messages).toEqual([]);
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it("L12: at 90 % of its memory the gate refuses new connections with 503, keeps the old, and tells it once", async () => {
    const target = startTarget();
    const guarded = await guardServer(host, target.server, { routes: [crowded] });
    const peer = await openRaw(guarded.port);
    const told = (): string[] =>
      guarded.events.flatMap((event) => (event.type === "gate" ? [event.level] : []));
    vi.spyOn(process.memoryUsage, "rss").mockReturnValue(Math.ceil(totalmem() * 0.95));
    await pastTheNextLook();
    for (let knocks = 0; knocks < 5; knocks++) {
      const head = await (await connectRaw(guarded.port)).send(upgradeRequest()).head();
      expect([head.status, Number(head.fields.get("retry-after")) >= 1]).toEqual([503, true]);
    }
    expect(await guarded.seen("handshake")).toMatchObject({ code: "session.no-memory" });
    expect((await peer.frame(op.text, "the old goes on").readFrame()).payload.toString()).toBe(
      "the old goes on",
    );
    expect((await fetch(`${guarded.url}/.sallyport/ready`)).status).toBe(503);
    expect(told()).toEqual(["error"]);
    vi.restoreAllMocks();
    await pastTheNextLook();
    peer.close();
    await peer.readClose();
    peer.socket.end();
    expect(await sessionsLeft(guarded)).toBe(0);
    expect(await aftermath(guarded)).toEqual(unharmed);
    expect(told()).toEqual(["error", "info"]);
    expect(target.arrived).toHaveLength(2);
  });

  it("L18: the addresses of one IPv6 /64 are one client, and those of another are not (RFC 6177)", async () => {
    const target = startTarget();
    const routes = [
      { ...openRoute, connectionLimit: { perAddress: 5, handshakesPerAddress: "10000/s" as const } },
    ];
    const guarded = await guardServer(host, target.server, { routes, trustedProxies: ["127.0.0.1"] });
    const peers: RawPeer[] = [];
    const knock = async (address: string): Promise<number> => {
      const peer = await connectRaw(guarded.port);
      peers.push(peer);
      return (await peer.send(upgradeRequest({ lines: [`X-Forwarded-For: ${address}`] })).head()).status;
    };
    const statuses: number[] = [];
    for (let index = 0; index < 50; index++)
      statuses.push(
        await knock(`2001:db8:0:1:${index.toString(16)}:${((index * 7919) & 0xffff).toString(16)}:abcd:1`),
      );
    expect(statuses).toEqual([...Array<number>(5).fill(101), ...Array<number>(45).fill(429)]);
    expect([await knock("2001:db8:0:2::1"), await knock("192.0.2.1")]).toEqual([101, 101]);
    expect(target.sockets.clients.size).toBe(7);
    for (const { socket } of peers) socket.destroy();
    expect(await aftermath(guarded)).toEqual(unharmed);
  });
});

/** What two hundred clients got that each sent one of these at once, and what it cost the process that they share with the gate. */
async function attackAll(port: number, bodies: readonly Buffer[]): Promise<Attacked> {
  const peers = await openMany(200, port);
  const before = await settledHeapBytes();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const cpu = process.cpuUsage();
  for (const [index, peer] of peers.entries()) peer.send(bodies[index % bodies.length] ?? "");
  const closes = await Promise.all(peers.map((peer) => peer.readClose()));
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  const heldBytes = (await settledHeapBytes()) - before;
  for (const { socket } of peers) socket.destroy();
  const codes = new Set(closes.map(({ code }) => code));
  return { codes, cpuMs: (user + system) / 1000, longestMs: delay.max / 1e6, heldBytes };
}

interface Attacked {
  readonly codes: ReadonlySet<number>;
  readonly cpuMs: number;
  readonly longestMs: number;
  readonly heldBytes: number;
}

/** The gate looks at its memory four times a second. */
async function pastTheNextLook(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 300));
}
