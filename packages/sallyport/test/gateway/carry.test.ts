import { Buffer } from "node:buffer";
import { once } from "node:events";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { serializeFrame } from "../../src/protocol/frame-serializer.ts";
import { bytesOf, startApplication, startGateway, type TestGateway } from "./harness.ts";
import { openRaw, op } from "./raw-client.ts";
import { openPair } from "./raw-pair.ts";

const MIB = 1024 * 1024;
const raised = {
  messageSize: { inbound: "32MiB", outbound: "32MiB", fragments: 100_000 },
  messageRate: { perConnection: "1000000/s", bytesPerConnection: "1GiB/s" },
};

async function startEcho(): Promise<TestGateway> {
  const application = await startApplication();
  return await startGateway({ upstream: application.url, route: raised });
}

const open = async (gate: TestGateway): Promise<WebSocket> => {
  const socket = new WebSocket(gate.wsUrl, { maxPayload: 64 * MIB });
  await once(socket, "open");
  return socket;
};

const patterned = (size: number): Buffer => Buffer.alloc(size, "the quick brown fox jumps over 0123456789");

async function echoOf(socket: WebSocket, send: () => void): Promise<{ bytes: Buffer; binary: boolean }> {
  const answer = new Promise<{ bytes: Buffer; binary: boolean }>((resolve, reject) => {
    socket.once("message", (data, binary) => resolve({ bytes: bytesOf(data), binary }));
    socket.once("close", (code) => reject(new Error(`closed with ${code}`)));
  });
  send();
  return await answer;
}

describe("a gateway in front of an unmodified ws server", () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, MIB, 16 * MIB])(
    "carries a text and a binary message of %i bytes",
    async (size) => {
      const socket = await open(await startEcho());
      const content = patterned(size);
      for (const binary of [false, true]) {
        const echo = await echoOf(socket, () => socket.send(content, { binary }));
        expect([echo.binary, echo.bytes.equals(content)]).toEqual([binary, true]);
      }
      socket.close();
    },
  );

  it.each([1, 7, 64, 1000, 65_536, 4 * MIB])(
    "carries a message in fragments of %i bytes",
    async (fragment) => {
      const socket = await open(await startEcho());
      const content = patterned(fragment < 64 ? 2000 : Math.min(16 * MIB, fragment * 500));
      const echo = await echoOf(socket, () => {
        for (let at = 0; at < content.length; at += fragment)
          socket.send(content.subarray(at, at + fragment), {
            binary: false,
            fin: at + fragment >= content.length,
          });
      });
      expect([echo.binary, echo.bytes.equals(content)]).toEqual([false, true]);
      socket.close();
    },
  );

  it("carries any messages, cut into any fragments and any segments, in order", async () => {
    const gate = await startEcho();
    const message = fc.record({
      binary: fc.boolean(),
      pieces: fc.array(fc.string({ maxLength: 300, unit: "grapheme" }), { minLength: 1, maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }),
        async (messages, cuts) => {
          const peer = await openRaw(gate.port);
          const frames = messages.flatMap(({ binary, pieces }) =>
            pieces.map((piece, index) =>
              serializeFrame({
                opcode: index > 0 ? op.continuation : binary ? op.binary : op.text,
                payload: Buffer.from(piece),
                maskKey: Buffer.from("0a1b2c3d", "hex"),
                fin: index === pieces.length - 1,
              }),
            ),
          );
          let rest = Buffer.concat(frames);
          for (let index = 0; rest.length > 0; index++) {
            const cut = cuts[index % cuts.length] ?? 1;
            peer.send(rest.subarray(0, cut));
            rest = rest.subarray(cut);
            if (index % 3 === 0) await new Promise(setImmediate);
          }
          for (const { binary, pieces } of messages) {
            const { opcode, payload } = await peer.readFrame();
            expect([opcode, payload.toString()]).toEqual([binary ? op.binary : op.text, pieces.join("")]);
          }
          peer.socket.destroy();
        },
      ),
      { numRuns: 15 },
    );
  });

  it("passes pings and pongs end to end, between fragments too (RFC 6455 5.5.3)", async () => {
    const gate = await startEcho();
    const peer = await openRaw(gate.port);
    peer.frame(op.text, "one ", false).frame(op.ping, "now").frame(op.continuation, "two");
    expect(await peer.readFrame()).toMatchObject({ opcode: op.pong, payload: Buffer.from("now") });
    expect(await peer.readFrame()).toMatchObject({ opcode: op.text, payload: Buffer.from("one two") });
    peer.frame(op.pong, "unsolicited").frame(op.text, "still");
    expect((await peer.readFrame()).payload.toString()).toBe("still");
  });
});

const hex = (frame: Uint8Array): string => Buffer.from(frame).toString("hex");

describe("forwarding", () => {
  it("passes the very bytes on, masking keys and length of fragments as they came", async () => {
    const { client, application } = await openPair();
    const frames = [
      serializeFrame({ opcode: op.text, payload: Buffer.from("a"), maskKey: Buffer.from("00000000", "hex") }),
      serializeFrame({
        opcode: op.binary,
        payload: patterned(300),
        maskKey: Buffer.from("deadbeef", "hex"),
        fin: false,
      }),
      serializeFrame({ opcode: op.ping, payload: Buffer.from("p"), maskKey: Buffer.from("01020304", "hex") }),
      serializeFrame({
        opcode: op.continuation,
        payload: Buffer.alloc(0),
        maskKey: Buffer.from("ffffffff", "hex"),
        fin: false,
      }),
      serializeFrame({
        opcode: op.continuation,
        payload: patterned(70_000),
        maskKey: Buffer.from("12345678", "hex"),
      }),
    ];
    client.send(Buffer.concat(frames));
    const came: Buffer[] = [];
    for (let count = 0; count < frames.length; count++) came.push((await application.readFrame()).raw);
    expect(came.map(hex).sort()).toEqual(frames.map(hex).sort());
    const data = (list: readonly Uint8Array[]): string[] =>
      list.filter((frame) => frame[0] !== 0x89).map(hex);
    expect(data(came)).toEqual(data(frames));
  });

  it("passes nothing of a message on before its end has come", async () => {
    const { client, application } = await openPair();
    client.frame(op.text, "first half", false).frame(op.ping, "mark");
    expect(await application.readFrame()).toMatchObject({ opcode: op.ping });
    expect(application.waiting).toHaveLength(0);
    client.frame(op.continuation, "second half");
    expect((await application.readFrame()).payload.toString()).toBe("first half");
    expect((await application.readFrame()).payload.toString()).toBe("second half");
  });

  it("keeps the order and bounds what waits when both sides send and neither reads (back-pressure)", async () => {
    const { client, application, gate } = await openPair({
      ...raised,
      slowConsumer: { bytes: "64MiB", after: "60s" },
    });
    client.socket.pause();
    application.socket.pause();
    const [session] = [...gate.gateway.gate.sessions.values()];
    const chunk = 64 * 1024;
    const message = (index: number): Buffer => {
      const content = Buffer.alloc(chunk, index % 251);
      content.writeUInt32BE(index);
      return content;
    };
    const count = 150;
    for (let index = 0; index < count; index++) {
      client.frame(op.binary, message(index));
      application.send(serializeFrame({ opcode: op.binary, payload: message(index), maskKey: null }));
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    const waiting = ["client", "application"] as const;
    for (const side of waiting) expect(session?.driver.waitingBytes(side)).toBeLessThan(2 * MIB);
    expect(client.socket.writableLength).toBeGreaterThan(MIB);
    for (const peer of [client, application]) peer.socket.resume();
    for (let index = 0; index < count; index++) {
      const [one, two] = [await client.readFrame(), await application.readFrame()];
      expect([one.payload.readUInt32BE(0), two.payload.readUInt32BE(0)]).toEqual([index, index]);
    }
  });
});
