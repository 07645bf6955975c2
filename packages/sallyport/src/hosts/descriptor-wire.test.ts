import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { TLSSocket } from "node:tls";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { heldMemory } from "../session/buffer-pool.ts";
import { descriptorWire, keepable } from "./descriptor-wire.ts";
import type { Wire, WireEvents } from "./wire.ts";

interface Pair {
  readonly server: Server;
  /** The side that a wire may take. */
  readonly accepted: Socket;
  readonly peer: Socket;
}

async function openPair(): Promise<Pair> {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const peer = connect({
    port: (server.address() as AddressInfo).port,
    host: "127.0.0.1",
    allowHalfOpen: true,
  });
  const [accepted] = (await once(server, "connection")) as [Socket];
  peer.on("error", () => {});
  onTestFinished(() => {
    peer.destroy();
    server.close();
  });
  return { server, accepted, peer };
}

function taken(socket: Socket): Wire {
  const wire = descriptorWire(socket);
  if (wire === null) throw new Error("the socket was not taken");
  onTestFinished(() => wire.destroy());
  return wire;
}

function recorded(): WireEvents & { readonly told: string[]; readonly bytes: Buffer[] } {
  const [told, bytes]: [string[], Buffer[]] = [[], []];
  return {
    told,
    bytes,
    data: (piece) => void bytes.push(Buffer.from(piece)),
    drained: () => void told.push("drained"),
    ended: () => void told.push("ended"),
    gone: () => void told.push("gone"),
  };
}

async function readAll(socket: Socket, size: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let seen = 0; seen < size;) {
    const [piece] = (await once(socket, "data")) as [Buffer];
    pieces.push(piece);
    seen += piece.length;
  }
  return Buffer.concat(pieces);
}

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("descriptorWire", () => {
  it("carries bytes both ways, in order, and tells the end and the loss of the peer", async () => {
    const { accepted, peer } = await openPair();
    const [wire, events] = [taken(accepted), recorded()];
    wire.bind(events);
    expect(wire.write([Buffer.from("one "), Buffer.from("two")])).toBe(true);
    expect((await readAll(peer, 7)).toString()).toBe("one two");
    peer.end("hello");
    await vi.waitFor(() => expect(events.told).toEqual(["ended"]), { timeout: 10_000 });
    expect(Buffer.concat(events.bytes).toString()).toBe("hello");
    wire.end();
    await vi.waitFor(() => expect(events.told).toEqual(["ended", "gone"]), { timeout: 10_000 });
  });

  it("writes nothing to a descriptor that has become somebody else's", async () => {
    const { accepted } = await openPair();
    const [wire, events] = [taken(accepted), recorded()];
    wire.bind(events);
    wire.destroy();
    await vi.waitFor(() => expect(events.told).toEqual(["gone"]), { timeout: 10_000 });
    const others = await Promise.all(Array.from({ length: 4 }, () => openPair()));
    expect(wire.write([Buffer.from("late")])).toBe(true);
    for (const other of others) {
      other.accepted.end("own");
      other.peer.end("own");
      expect((await readAll(other.peer, 3)).toString()).toBe("own");
      expect((await readAll(other.accepted, 3)).toString()).toBe("own");
    }
  });

  it("tells the end and the loss of a peer behind its last bytes, which came in the same turn", async () => {
    const { accepted, peer } = await openPair();
    const [wire, events] = [taken(accepted), recorded()];
    wire.bind({ ...events, data: (piece) => void events.told.push(Buffer.from(piece).toString()) });
    peer.end("last");
    await vi.waitFor(() => expect(events.told).toContain("ended"), { timeout: 10_000 });
    wire.end();
    await vi.waitFor(() => expect(events.told).toEqual(["last", "ended", "gone"]), { timeout: 10_000 });
  });

  it("gives each its own, in order, where many bring small and large things in one turn", async () => {
    const pairs = await Promise.all(Array.from({ length: 20 }, () => openPair()));
    const sent = pairs.map(() => [3, 900, 6000, 5].map((size) => randomBytes(size)));
    const all = pairs.map(({ accepted }) => {
      const events = recorded();
      taken(accepted).bind(events);
      return events;
    });
    for (const index of [0, 1, 2, 3])
      for (const [nth, { peer }] of pairs.entries()) peer.write(sent[nth]?.[index] ?? "");
    await vi.waitFor(
      () => {
        for (const [nth, { bytes }] of all.entries())
          expect(digest(Buffer.concat(bytes))).toBe(digest(Buffer.concat(sent[nth] ?? [])));
      },
      { timeout: 10_000 },
    );
  });

  it("keeps what the kernel does not take at once, though what was read is overwritten meanwhile", async () => {
    const [from, to] = [await openPair(), await openPair()];
    const [source, sink] = [taken(from.accepted), taken(to.accepted)];
    const sent = randomBytes(24 * 1024 * 1024);
    to.peer.pause();
    sink.bind({ ...recorded(), drained: () => source.setReading(true) });
    source.bind({
      ...recorded(),
      data: (piece) => {
        if (!sink.write([piece])) source.setReading(false);
      },
    });
    from.peer.write(sent);
    await vi.waitFor(() => expect(sink.waitingBytes).toBeGreaterThan(0), { timeout: 10_000 });
    const received = await readAll(to.peer.resume(), sent.length);
    expect(digest(received)).toBe(digest(sent));
  });

  it("gives bytes that came before it was bound first", async () => {
    const { accepted, peer } = await openPair();
    accepted.pause();
    peer.write("early");
    accepted.read(0);
    await vi.waitFor(() => expect(accepted.readableLength).toBe(5), { timeout: 10_000 });
    const [wire, events] = [taken(accepted), recorded()];
    wire.bind(events);
    await vi.waitFor(() => expect(Buffer.concat(events.bytes).toString()).toBe("early"), { timeout: 10_000 });
  });

  it("never throws for a peer that has gone, and reads nothing while told not to", async () => {
    const { accepted, peer } = await openPair();
    const [wire, events] = [taken(accepted), recorded()];
    wire.bind(events);
    wire.setReading(false);
    peer.write("unread");
    peer.resetAndDestroy();
    for (let count = 0; count < 50; count++) wire.write([Buffer.alloc(1000)]);
    wire.destroy();
    await vi.waitFor(() => expect(events.told).toContain("gone"), { timeout: 10_000 });
    expect(wire.write([Buffer.from("late")])).toBe(true);
    expect(events.bytes).toEqual([]);
  });

  it("lets the server that accepted it count it until it is gone", async () => {
    const { server, accepted } = await openPair();
    const wire = taken(accepted);
    wire.bind(recorded());
    const count = (): Promise<number> =>
      new Promise((resolve) => server.getConnections((_, open) => resolve(open)));
    expect(await count()).toBe(1);
    wire.destroy();
    await vi.waitFor(async () => expect(await count()).toBe(0), { timeout: 10_000 });
  });

  it("destroys the socket that it took over, unless others hold that", async () => {
    const [alone, held] = [await openPair(), await openPair()];
    taken(alone.accepted).bind(recorded());
    const wire = descriptorWire(held.accepted, true);
    wire?.bind(recorded());
    expect([alone.accepted.destroyed, held.accepted.destroyed]).toEqual([true, false]);
    const gone = once(held.accepted, "close");
    wire?.destroy();
    await gone;
  });

  it("ends with the socket that others hold, and passes on what is set there", async () => {
    const { accepted, peer } = await openPair();
    const wire = descriptorWire(accepted, true);
    const told = recorded();
    wire?.bind(told);
    expect(accepted.setNoDelay(true).setKeepAlive(true, 1000).unref().ref()).toBe(accepted);
    const ended = once(peer, "end");
    accepted.destroy();
    peer.resume();
    await ended;
    expect(told.told).toEqual(["gone"]);
  });

  it("writes more pieces than one call to the kernel takes, empty ones among them, in order", async () => {
    const { accepted, peer } = await openPair();
    const wire = taken(accepted);
    wire.bind(recorded());
    const pieces = Array.from({ length: 2000 }, (_, index) =>
      Buffer.from(index % 3 === 0 ? "" : `${index},`),
    );
    expect(wire.write(pieces)).toBe(true);
    const all = Buffer.concat(pieces);
    expect(Buffer.compare(await readAll(peer, all.length), all)).toBe(0);
  });

  it("keeps lent memory that the kernel does not take at once, and gives it back when it has gone", async () => {
    const { accepted, peer } = await openPair();
    const wire = taken(accepted);
    wire.bind(recorded());
    // Half of what the pool keeps: other tests of the process may have left something there.
    const lent = heldMemory.lend(8 * 1024 ** 2);
    lent.fill(7);
    expect(wire.write([lent])).toBe(false);
    heldMemory.takeBack(lent);
    expect(heldMemory.lend(lent.length)).not.toBe(lent);
    const read = await readAll(peer, lent.length);
    expect(read.every((byte) => byte === 7)).toBe(true);
    await vi.waitFor(() => expect(heldMemory.freeBytes).toBeGreaterThanOrEqual(lent.length), {
      timeout: 10_000,
    });
    expect(heldMemory.lend(lent.length)).toBe(lent);
  });

  it("never takes TLS, whose descriptor carries what must be encrypted first", async () => {
    const { accepted } = await openPair();
    const secure = new TLSSocket(accepted, { isServer: true });
    secure.on("error", () => {});
    onTestFinished(() => void secure.destroy());
    expect(descriptorWire(secure)).toBeNull();
    expect(descriptorWire(Object.assign((await openPair()).accepted, { encrypted: true }))).toBeNull();
  });

  it("takes nothing that is no socket, is gone, or is asked to stay a stream", async () => {
    expect(descriptorWire(new PassThrough())).toBeNull();
    const { accepted } = await openPair();
    vi.stubEnv("SALLYPORT_STREAMS", "1");
    expect(descriptorWire(accepted)).toBeNull();
    vi.unstubAllEnvs();
    accepted.destroy();
    expect(descriptorWire(accepted)).toBeNull();
  });
});

describe("keepable", () => {
  it("copies what stands in memory that the next read overwrites, and nothing else", async () => {
    const { accepted, peer } = await openPair();
    const wire = taken(accepted);
    const seen: boolean[] = [];
    wire.bind({ ...recorded(), data: (piece) => void seen.push(keepable(piece) === piece) });
    peer.write("x");
    await vi.waitFor(() => expect(seen).toEqual([false]), { timeout: 10_000 });
    const own = Buffer.from("own");
    expect(keepable(own)).toBe(own);
  });

  it("leaves lent memory to whoever keeps it", () => {
    const lent = heldMemory.lend(300);
    expect(keepable(lent)).toBe(lent);
    heldMemory.takeBack(lent);
    expect(heldMemory.lend(300)).not.toBe(lent);
  });
});
