import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { serializeFrame } from "../../src/protocol/frame-serializer.ts";
import { CLOSE_WITHIN_MS } from "../../src/session/session-options.ts";
import { startApplication, startGateway, startRawServer } from "./harness.ts";
import { acceptRaw, connectRaw, openRaw, op, upgradeRequest } from "./raw-client.ts";
import { skipAhead } from "../skip-ahead.ts";
import { openPair } from "./raw-pair.ts";

const maskKey = Buffer.from("01020304", "hex");
const frames = (count: number, opcode: number, payload: string): Uint8Array =>
  Buffer.concat(
    Array.from({ length: count }, () =>
      serializeFrame({ opcode, payload: Buffer.from(payload), maskKey, fin: opcode >= 8 }),
    ),
  );

describe("limits over the wire", () => {
  it("let exactly the limit through, and close one byte more with 1009 (RFC 6455 7.4.1)", async () => {
    const route = { messageSize: { inbound: "64KiB", outbound: "1KiB" } };
    const { client, application, again } = await openPair(route);
    client.frame(op.binary, Buffer.alloc(65_536));
    expect((await application.readFrame()).payload).toHaveLength(65_536);
    client.frame(op.binary, Buffer.alloc(40_000), false).frame(op.continuation, Buffer.alloc(25_537));
    expect(await client.readClose()).toMatchObject({ code: 1009 });
    const other = await again();
    other.application.send(
      serializeFrame({ opcode: op.text, payload: Buffer.alloc(1025, "a"), maskKey: null }),
    );
    expect(await other.application.readClose()).toMatchObject({ code: 1009 });
    expect(await other.client.readClose()).toMatchObject({ code: 1001 });
  });

  it.each(["", "a"])("close 20,000 fragments of %j with 1008 (RFC 6455 10.4)", async (payload) => {
    const { client, application } = await openPair();
    client.frame(op.text, "", false).send(frames(20_000, op.continuation, payload));
    expect(await client.readClose()).toMatchObject({ code: 1008 });
    expect(await application.readClose()).toMatchObject({ code: 1008 });
    expect(application.waiting).toHaveLength(0);
  });

  it("close the wrong kind of message with 1003 (RFC 6455 7.4.1)", async () => {
    const { client, again } = await openPair({ messageSize: { opcodes: "text" } });
    client.frame(op.binary, "x");
    expect(await client.readClose()).toMatchObject({ code: 1003 });
    const other = await again();
    other.client.frame(op.text, "x");
    expect((await other.application.readFrame()).payload.toString()).toBe("x");
  });

  it("close half a frame that is not finished with 1008", async () => {
    const { client, gate } = await openPair({ messageSize: { finishWithin: "300ms" } });
    const began = performance.now();
    client.send(Buffer.from("81fe0100", "hex"));
    expect(await client.readClose()).toMatchObject({ code: 1008 });
    expect(performance.now() - began).toBeGreaterThan(290);
    expect(await gate.seen("decision")).toMatchObject({ code: "messageSize.halfFrame" });
  });

  it("slow a burst down and lose nothing of it", async () => {
    const { client, application } = await openPair({ messageRate: { perConnection: "50/s", burst: 10 } });
    const began = performance.now();
    for (let index = 0; index < 60; index++) client.frame(op.text, String(index));
    for (let index = 0; index < 60; index++)
      expect((await application.readFrame()).payload.toString()).toBe(String(index));
    expect(performance.now() - began).toBeGreaterThan(900);
  });

  it("close a flood with 4429 once it has lasted ten seconds, and pings count", async () => {
    const { client, application, gate } = await openPair({
      messageRate: { perConnection: "20/s", burst: 1 },
    });
    client.send(frames(2000, op.ping, "p"));
    expect((await application.readFrame()).payload.toString()).toBe("p");
    skipAhead(9000);
    const other = await openPair();
    other.client.frame(op.ping, "others are served");
    expect((await other.application.readFrame()).payload.toString()).toBe("others are served");
    expect(await client.readClose()).toMatchObject({ code: 4429 });
    const decision = await gate.seen("decision");
    expect(decision).toMatchObject({ code: "messageRate.messages", verdict: "close" });
  });

  it("refuse connections beyond perAddress with 429 and a time to come back, until one ends", async () => {
    const application = await startApplication();
    const gate = await startGateway({
      upstream: application.url,
      route: { connectionLimit: { perAddress: 2 } },
    });
    const first = await openRaw(gate.port);
    await openRaw(gate.port);
    const third = await connectRaw(gate.port);
    const head = await third.send(upgradeRequest()).head();
    expect([head.status, Number(head.fields.get("retry-after")) >= 1]).toEqual([429, true]);
    first.close();
    await first.readClose();
    first.socket.end();
    await gate.seen("closed");
    expect(await openRaw(gate.port)).toBeDefined();
  });

  it("refuse connections beyond total with 503 and a time to come back (RFC 9110 15.6.4)", async () => {
    const application = await startApplication();
    const gate = await startGateway({ upstream: application.url, route: { connectionLimit: { total: 1 } } });
    await openRaw(gate.port);
    const head = await (await connectRaw(gate.port)).send(upgradeRequest()).head();
    expect([head.status, Number(head.fields.get("retry-after")) >= 1]).toEqual([503, true]);
  });

  it("refuse handshakes that come too fast with 429", async () => {
    const application = await startApplication();
    // One, and no second one before a minute is over, however slow the machine is.
    const route = { connectionLimit: { handshakesPerAddress: "1/m" } };
    const gate = await startGateway({ upstream: application.url, route });
    const statuses: number[] = [];
    for (let index = 0; index < 4; index++) {
      const peer = await connectRaw(gate.port);
      statuses.push((await peer.send(upgradeRequest()).head()).status);
    }
    expect(statuses).toEqual([101, 429, 429, 429]);
  });

  it("close a client that does not read with 1013, and stop reading from the application meanwhile", async () => {
    const { client, application, gate } = await openPair({ slowConsumer: { after: "500ms" } });
    client.socket.pause();
    const message = serializeFrame({ opcode: op.binary, payload: Buffer.alloc(256 * 1024), maskKey: null });
    for (let index = 0; index < 100; index++) application.send(message);
    expect(await gate.seen("decision")).toMatchObject({ code: "slowConsumer.after" });
    expect(application.socket.writableLength).toBeGreaterThan(1024 * 1024);
    client.socket.resume();
    expect(await client.readClose()).toMatchObject({ code: 1013 });
  });

  it("end a handshake that the application leaves open with 504, or with 408 where that comes first", async () => {
    const silent = await startRawServer(() => undefined);
    const slow = await startGateway({ upstream: { url: silent.url, timeout: "200ms" } });
    expect((await (await connectRaw(slow.port)).send(upgradeRequest()).head()).status).toBe(504);
    const gate = await startGateway({
      upstream: silent.url,
      route: { connectionLimit: { authenticateWithin: "300ms" } },
    });
    expect((await (await connectRaw(gate.port)).send(upgradeRequest()).head()).status).toBe(408);
    expect(await gate.seen("handshake")).toMatchObject({ code: "connectionLimit.authenticateWithin" });
  });

  it("take a long authenticateWithin, and a fraction of a millisecond", async () => {
    for (const authenticateWithin of ["10m", "1.0005s"]) {
      const { client } = await openPair({ connectionLimit: { authenticateWithin } });
      expect(client.over).toBeNull();
    }
  });

  it("let a foreign page pass in observe mode, and record it", async () => {
    const application = await startApplication();
    const gate = await startGateway({
      upstream: application.url,
      route: { origin: { mode: "observe", allow: ["https://app.example.com"] } },
    });
    const peer = await openRaw(gate.port, { lines: ["Origin: http://evil.example"] });
    peer.frame(op.text, "hello");
    expect((await peer.readFrame()).payload.toString()).toBe("hello");
    expect(await gate.seen("handshake")).toMatchObject({
      verdict: "observe",
      code: "origin.foreign",
      origin: "http://evil.example",
    });
    expect(await gate.seen("open")).toMatchObject({ origin: "http://evil.example" });
  });

  it("answer an application that accepts and then says nothing at all", async () => {
    const { promise: told, resolve: tell } = Promise.withResolvers<number>();
    const mute = await startRawServer(async (socket) => {
      const { peer } = await acceptRaw(socket);
      tell((await peer.readFrame()).opcode);
    });
    const gate = await startGateway({ upstream: mute.url });
    const peer = await openRaw(gate.port);
    peer.close(1000);
    expect(await told).toBe(op.close);
    skipAhead(CLOSE_WITHIN_MS);
    expect(await peer.readClose()).toMatchObject({ code: 1000 });
    expect(await peer.ended()).toBe("fin");
  });
});
