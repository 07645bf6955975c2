import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { serializeFrame } from "../../src/protocol/frame-serializer.ts";
import { bytesOf } from "../gateway/harness.ts";
import { connectRaw, openRaw, op, upgradeRequest } from "../gateway/raw-client.ts";
import { closed, guardServer, nextMessage, openClient, openRoute, wsApplication } from "./guarded-server.ts";
import type { HostOptions } from "./host-suite.ts";

const SIZES = [0, 1, 125, 126, 65_535, 65_536, 1_048_576];

/** Cuts a message into up to seven fragments. */
function fragmentsOf(payload: Buffer, opcode: number): Buffer {
  const size = Math.max(1, Math.ceil(payload.length / 7));
  const frames: Uint8Array[] = [];
  for (let at = 0; at < payload.length || at === 0; at += size)
    frames.push(
      serializeFrame({
        opcode: at === 0 ? opcode : op.continuation,
        payload: Buffer.from(payload.subarray(at, at + size)),
        maskKey: randomBytes(4),
        fin: at + size >= payload.length,
      }),
    );
  return Buffer.concat(frames);
}

/** What an open connection carries, in both directions. */
export function describeCarriage({ host, asksByHttp, bringsPings }: HostOptions): void {
  describe("carriage", () => {
    it.each(["text", "binary"] as const)(
      "brings %s of 0 bytes to 1 MiB there and back, whole and in fragments",
      async (kind) => {
        const guarded = await guardServer(host, wsApplication().server);
        const client = await openClient(guarded.wsUrl);
        const raw = await openRaw(guarded.port);
        for (const size of SIZES) {
          const data = kind === "text" ? Buffer.alloc(size, "sallyport") : randomBytes(size);
          client.send(data, { binary: kind === "binary" });
          const answer = await nextMessage(client);
          expect([answer.isBinary, answer.data.equals(data)]).toEqual([kind === "binary", true]);
          raw.send(fragmentsOf(data, op[kind]));
          const frame = await raw.readFrame();
          expect([frame.opcode, frame.payload.equals(data)]).toEqual([op[kind], true]);
        }
      },
    );

    it("keeps the order of a thousand messages each way", async () => {
      const routes = [{ ...openRoute, messageRate: { perConnection: "2000/s" } }];
      const guarded = await guardServer(host, wsApplication().server, { routes });
      const client = await openClient(guarded.wsUrl);
      const answers: string[] = [];
      client.on("message", (data) => answers.push(bytesOf(data).toString()));
      const sent = Array.from({ length: 1000 }, (_, index) => `${index}:${"x".repeat(index)}`);
      for (const text of sent) client.send(text);
      await vi.waitUntil(() => answers.length === sent.length, { timeout: 10_000 });
      expect(answers).toEqual(sent);
    });

    it("carries what the application says at once, and what came behind the handshake", async () => {
      const { server } = wsApplication((socket) => {
        socket.send("welcome");
        socket.on("message", (data) => socket.send(data, { binary: false }));
      });
      const guarded = await guardServer(host, server);
      const peer = await connectRaw(guarded.port);
      const early = serializeFrame({
        opcode: op.text,
        payload: Buffer.from("early"),
        maskKey: randomBytes(4),
      });
      peer.send(Buffer.concat([Buffer.from(upgradeRequest()), early]));
      expect((await peer.head()).status).toBe(101);
      expect((await peer.readFrame()).payload.toString()).toBe("welcome");
      expect((await peer.readFrame()).payload.toString()).toBe("early");
    });

    it.runIf(bringsPings)(
      "carries pings and pongs end to end, both ways (RFC 6455 5.5.2, 5.5.3) (only on hosts that bring pings)",
      async () => {
        const { server, sockets } = wsApplication();
        const guarded = await guardServer(host, server);
        const client = await openClient(guarded.wsUrl);
        const [socket] = sockets.clients;
        if (socket === undefined) throw new Error("not connected");
        const heard = once(socket, "ping");
        client.ping("to the application");
        expect([String((await heard)[0]), String((await once(client, "pong"))[0])]).toEqual([
          "to the application",
          "to the application",
        ]);
        const answered = once(socket, "pong");
        socket.ping("to the client");
        expect(String((await answered)[0])).toBe("to the client");
      },
    );

    it("hides its own heartbeat from the application (RFC 6455 5.5.3)", async () => {
      const seen: string[] = [];
      const { server } = wsApplication((socket) => {
        socket.on("ping", () => seen.push("ping")).on("pong", () => seen.push("pong"));
        socket.on("message", () => seen.push("message"));
      });
      const routes = [{ ...openRoute, heartbeat: { interval: "100ms", missed: 100 } }];
      const guarded = await guardServer(host, server, { routes });
      const client = await openClient(guarded.wsUrl);
      await once(client, "ping");
      await once(client, "ping");
      client.send("after two pongs");
      await vi.waitUntil(() => seen.length > 0, { timeout: 10_000 });
      expect(seen).toEqual(["message"]);
    });

    it.each([1000, 1001, 3000, 4001, 4999])(
      "carries the close code %d of either end, with its reason (RFC 6455 7.4)",
      async (code) => {
        const { server, sockets } = wsApplication();
        const guarded = await guardServer(host, server);
        const client = await openClient(guarded.wsUrl);
        const [first] = sockets.clients;
        const atApplication = first === undefined ? null : closed(first);
        client.close(code, "mine");
        expect(await atApplication).toEqual({ code, reason: "mine" });
        const other = await openClient(guarded.wsUrl);
        for (const socket of sockets.clients) socket.close(code, "yours");
        expect(await closed(other)).toEqual({ code, reason: "yours" });
        await vi.waitUntil(() => guarded.connections() === 0, { timeout: 10_000 });
        const ends = guarded.events.flatMap((event) =>
          event.type === "closed" ? [[event.closedBy, event.closeCode]] : [],
        );
        expect(ends).toEqual([
          ["client", code],
          ["application", code],
        ]);
      },
    );

    it("carries a Close without a code (RFC 6455 7.1.5)", async () => {
      const { server, sockets } = wsApplication();
      const guarded = await guardServer(host, server);
      const client = await openClient(guarded.wsUrl);
      const [first] = sockets.clients;
      if (first === undefined) throw new Error("not connected");
      const atApplication = closed(first);
      client.close();
      expect((await atApplication).code).toBe(1005);
    });

    it("tells either end when the other one vanishes", async () => {
      const { server, sockets } = wsApplication();
      const guarded = await guardServer(host, server);
      const peer = await openRaw(guarded.port);
      const [first] = sockets.clients;
      if (first === undefined) throw new Error("not connected");
      const atApplication = closed(first);
      peer.socket.resetAndDestroy();
      expect([1001, 1006]).toContain((await atApplication).code);
      const client = await openClient(guarded.wsUrl);
      for (const socket of sockets.clients) socket.terminate();
      expect(await closed(client)).toMatchObject({ code: asksByHttp ? 1012 : 1006 });
      await vi.waitUntil(() => guarded.connections() === 0, { timeout: 10_000 });
    });

    it("answers a violation of either end with its code, and the other end is not told the bytes", async () => {
      const messages: unknown[] = [];
      const { server, sockets } = wsApplication((socket) =>
        socket.on("message", (data) => messages.push(data)),
      );
      const guarded = await guardServer(host, server);
      const unmasked = await openRaw(guarded.port);
      unmasked.send(serializeFrame({ opcode: op.text, payload: Buffer.from("x"), maskKey: null }));
      expect(await unmasked.readClose()).toMatchObject({ code: 1002 });
      const notUtf8 = await openRaw(guarded.port);
      notUtf8.frame(op.text, Buffer.from("ff", "hex"));
      const close = await notUtf8.readClose();
      expect(close.code).toBe(1007);
      const decision = await guarded.seen("decision", ({ code }) => code === "protocol.invalid-utf8");
      expect(close.reason).toBe(`sallyport:${decision.incident}`);
      expect(messages).toEqual([]);
      await vi.waitUntil(() => sockets.clients.size === 0, { timeout: 10_000 });
      expect(guarded.events.filter(({ type }) => type === "decision")).toHaveLength(2);
    });

    it.runIf(asksByHttp)(
      "ends an application that masks its frames (RFC 6455 5.1) (only on hosts that ask by HTTP)",
      async () => {
        const { server } = wsApplication((_socket, request) =>
          request.socket.write(
            serializeFrame({ opcode: op.text, payload: Buffer.from("x"), maskKey: randomBytes(4) }),
          ),
        );
        const guarded = await guardServer(host, server);
        const peer = await openRaw(guarded.port);
        expect((await peer.readClose()).code).toBe(1001);
        expect(await guarded.seen("decision")).toMatchObject({ code: "protocol.masked-frame" });
      },
    );

    it("closes a message beyond its size with 1009, and one of the wrong kind with 1003, in either direction", async () => {
      const { server } = wsApplication((socket) => socket.on("message", () => socket.send("x".repeat(2000))));
      const routes = [
        { ...openRoute, messageSize: { inbound: "1KiB", outbound: "1KiB", opcodes: "text" as const } },
      ];
      const guarded = await guardServer(host, server, { routes });
      const large = await openClient(guarded.wsUrl);
      large.send("x".repeat(1025));
      expect((await closed(large)).code).toBe(1009);
      const binary = await openClient(guarded.wsUrl);
      binary.send(Buffer.from("x"));
      expect((await closed(binary)).code).toBe(1003);
      const answered = await openClient(guarded.wsUrl);
      answered.send("give me more");
      expect((await closed(answered)).code).not.toBe(1000);
      const decision = await guarded.seen("decision", ({ direction }) => direction === "outbound");
      expect(decision).toMatchObject({ code: "messageSize.bytes", verdict: "close" });
    });

    it("reads on no faster than the rate, and loses nothing", async () => {
      const guarded = await guardServer(host, wsApplication().server, {
        routes: [{ ...openRoute, messageRate: { perConnection: "50/s", burst: 10 } }],
      });
      const client = await openClient(guarded.wsUrl);
      const answers: string[] = [];
      client.on("message", (data) => answers.push(bytesOf(data).toString()));
      const began = performance.now();
      const sent = Array.from({ length: 40 }, (_, index) => String(index));
      for (const text of sent) client.send(text);
      await vi.waitUntil(() => answers.length === sent.length, { timeout: 5000 });
      expect(answers).toEqual(sent);
      expect(performance.now() - began).toBeGreaterThan(500);
    });
  });
}
