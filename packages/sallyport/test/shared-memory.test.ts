import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { assert, asyncProperty, nat } from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { pass, type Guard, type Message, type MessageVerdict } from "../src/guards/guard.ts";
import { DeadlineWheel } from "../src/hosts/deadline-wheel.ts";
import { Driver } from "../src/hosts/driver.ts";
import { socketWire } from "../src/hosts/wire.ts";
import { FrameParser } from "../src/protocol/frame-parser.ts";
import { serializeFrame } from "../src/protocol/frame-serializer.ts";
import { applyMask } from "../src/protocol/mask.ts";
import { portOf } from "./gateway/harness.ts";
import { counter, facts } from "./recorded-session.ts";

/** Numbers below a bound, the same for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What guards do with a message is written in its first byte. */
const does = { pass: 0, shorten: 1, wait: 2, shortenAndWait: 3, drop: 4 } as const;

const denial = { code: "messageRate.messages", detail: "a test" } as const;

/** Shows on only a part of what came, in the very memory that it was shown. */
const shortens: Guard = {
  name: "leak",
  mode: "enforce",
  reads: { inbound: "bytes", outbound: "bytes" },
  open: () => ({
    message(message: Message): MessageVerdict {
      const what = message.bytes()[0];
      if (what === does.drop) return { verdict: "drop", ...denial };
      return what === does.shorten || what === does.shortenAndWait
        ? { verdict: "replace", payload: message.bytes().subarray(0, message.size >> 1) }
        : pass;
    },
  }),
};

/** Waits with each second kind of message until the event loop has had other things to do. */
const waits: Guard = {
  name: "messageToken",
  mode: "enforce",
  reads: { inbound: "bytes", outbound: "bytes" },
  open: () => {
    const known = { inbound: false, outbound: false };
    return {
      message(message: Message): MessageVerdict {
        const what = message.bytes()[0];
        const asks = what === does.wait || what === does.shortenAndWait;
        known[message.direction] = asks && !known[message.direction];
        if (!known[message.direction]) return pass;
        const until = new Promise((resolve) => void setTimeout(resolve, 1));
        return { verdict: "wait", until, untilMs: Number.POSITIVE_INFINITY, ...denial };
      },
    };
  },
};

interface Plan {
  /** As they are sent, in chunks. */
  readonly chunks: readonly Uint8Array[];
  /** As they must arrive. */
  readonly arrives: readonly Uint8Array[];
}

/** Messages that no other connection sends, in frames and chunks of any size. */
function planOf(random: (below: number) => number, vetted: boolean, masked: boolean): Plan {
  const frames: Uint8Array[] = [];
  const arrives: Uint8Array[] = [];
  for (let message = 0; message < 30; message++) {
    const payload = new Uint8Array(1 + random(random(3) === 0 ? 1_000_000 : 2000));
    const mark = random(2 ** 32);
    for (let at = 0; at < payload.length; at++) payload[at] = (mark + Math.imul(at, 2_654_435_761)) >>> 13;
    const what = random(5);
    payload[0] = what;
    const isShort = vetted && (what === does.shorten || what === does.shortenAndWait);
    if (!vetted || what !== does.drop)
      arrives.push(isShort ? payload.subarray(0, payload.length >> 1) : payload);
    for (let from = 0, opcode = 2; from < payload.length; opcode = 0) {
      const to =
        random(3) === 0 ? payload.length : Math.min(payload.length, from + 1 + random(payload.length));
      const maskKey = masked ? Uint8Array.from({ length: 4 }, () => random(256)) : null;
      frames.push(
        serializeFrame({ opcode, payload: payload.subarray(from, to), maskKey, fin: to === payload.length }),
      );
      from = to;
    }
  }
  const all = Buffer.concat(frames);
  const chunks: Uint8Array[] = [];
  for (let from = 0; from < all.length;) {
    const to = from + 1 + random(random(2) === 0 ? 100 : 150_000);
    chunks.push(all.subarray(from, to));
    from = to;
  }
  return { chunks, arrives };
}

async function send(socket: Socket, chunks: readonly Uint8Array[]): Promise<void> {
  for (const chunk of chunks) if (!socket.write(chunk)) await once(socket, "drain");
}

/** Reads late and by fits and starts, and compares every byte. */
async function receive(
  socket: Socket,
  { arrives }: Plan,
  { masked, random }: { readonly masked: boolean; readonly random: (below: number) => number },
): Promise<void> {
  const parser = new FrameParser(masked);
  let pieces: Buffer[] = [];
  let message = 0;
  await new Promise((resolve) => void setTimeout(resolve, 100 + random(200)));
  if (arrives.length === 0) return;
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    parser.feed(chunk);
    for (let token = parser.next(); token !== "more"; token = parser.next()) {
      if (token === "violation") throw new Error(`not frames any more: ${parser.violation}`);
      if (token === "header") continue;
      const piece = Buffer.from(chunk.subarray(parser.payloadStart, parser.payloadEnd));
      if (masked) applyMask(piece, piece, parser.maskKey, parser.payloadOffset);
      pieces.push(piece);
      if (!parser.payloadDone || !parser.fin) continue;
      const whole = Buffer.concat(pieces);
      pieces = [];
      if (!whole.equals(arrives[message++] ?? new Uint8Array()))
        throw new Error(`message ${message} is another`);
      if (message === arrives.length) return;
    }
    if (random(8) === 0) await new Promise((resolve) => void setTimeout(resolve, random(4)));
  }
  throw new Error(`ended after ${message} of ${arrives.length} messages`);
}

/** Both ends of a connection on loopback. */
async function socketPair(): Promise<readonly [near: Socket, far: Socket]> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const far = connect({ port: portOf(server.address()), host: "127.0.0.1" });
  const [near] = (await once(server, "connection")) as [Socket];
  server.close();
  far.on("error", () => undefined);
  onTestFinished(() => void far.destroy());
  return [near, far];
}

describe("memory that connections share", () => {
  it("never carries a byte from one connection to another, whatever its pieces, waits and slow readers", async () => {
    const wheel = new DeadlineWheel(() => performance.now());
    await assert(
      asyncProperty(nat(), async (seed) => {
        const random = numbers(seed);
        const running = Array.from({ length: 6 }, async (_, index) => {
          const vetted = index % 2 === 0;
          const [[client, farClient], [application, farApplication]] = [
            await socketPair(),
            await socketPair(),
          ];
          const driver = new Driver({
            client: socketWire(client),
            application: socketWire(application),
            facts: { ...facts, session: `session-${index}`, now: performance.now() },
            route: "/",
            guards: vetted ? [shortens, waits] : [],
            emit: () => undefined,
            random: counter(),
            wheel,
            now: () => performance.now(),
            onRebound: () => undefined,
            onOver: () => undefined,
          });
          const [inbound, outbound] = [planOf(random, vetted, true), planOf(random, vetted, false)];
          const own = numbers(seed + index);
          await Promise.all([
            send(farClient, inbound.chunks),
            send(farApplication, outbound.chunks),
            receive(farApplication, inbound, { masked: true, random: own }),
            receive(farClient, outbound, { masked: false, random: own }),
          ]);
          expect(driver.session.over).toBe(false);
          farClient.destroy();
          farApplication.destroy();
        });
        expect(await Promise.all(running)).toHaveLength(6);
      }),
      { numRuns: 2 },
    );
  });
});
