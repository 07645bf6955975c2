import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocket, type ClientOptions, type PerMessageDeflateOptions } from "ws";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import { compressedFrame, createSender, deflated } from "../deflated.ts";
import { bytesOf } from "../gateway/harness.ts";
import {
  connectRaw,
  openRaw,
  op,
  switchingHead,
  upgradeRequest,
  type RawPeer,
} from "../gateway/raw-client.ts";
import {
  closed,
  guardServer,
  nextMessage,
  openRoute,
  upgradeServer,
  wsApplication,
  type GuardedServer,
} from "./guarded-server.ts";
import type { HostOptions } from "./host-suite.ts";
import { createTokens } from "./test-tokens.ts";

const inspected: AttachRouteInput = { ...openRoute, compression: "inspect" };
const KIB = 1024;
const SIZES = [0, 1, 125, 126, 2000, 65_536, 300_000];

/** Bytes that repeat, as long as they are few; else digits, which compress to half. */
function contentOf(size: number): Buffer {
  if (size <= 65_536) return Buffer.alloc(size, "sallyport says hello, ");
  return Buffer.from(randomBytes(size / 2).toString("hex"));
}

/** What either end of `ws` can be told. */
const ends: Readonly<Record<string, PerMessageDeflateOptions>> = {
  "as it is by default, every message compressed": { threshold: 0 },
  "without any context": { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true },
  "with the smallest windows": { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 9 },
  "with a fresh client alone": { threshold: 0, clientNoContextTakeover: true },
};

/** A `ws` client, and the extensions that it was answered. */
async function connect(
  url: string,
  perMessageDeflate: ClientOptions["perMessageDeflate"],
  headers: Record<string, string> = {},
): Promise<{ client: WebSocket; answer: string | undefined }> {
  const client = new WebSocket(
    url,
    perMessageDeflate === undefined ? { headers } : { perMessageDeflate, headers },
  );
  client.on("error", () => undefined);
  onTestFinished(() => client.terminate());
  let answer: string | undefined;
  client.once("upgrade", ({ headers: fields }: IncomingMessage) => {
    answer = fields["sec-websocket-extensions"];
  });
  await once(client, "open");
  return { client, answer };
}

interface Scene {
  readonly guarded: GuardedServer;
  /** What the application was offered, and what it answered. */
  readonly negotiated: (readonly [offer: string | undefined, answer: string])[];
  /** What it was sent. */
  readonly heard: string[];
}

/** A `ws` application that echoes and compresses as it is told. */
async function guardEcho(
  host: HostOptions["host"],
  perMessageDeflate: PerMessageDeflateOptions | boolean,
  route: AttachRouteInput = inspected,
): Promise<Scene> {
  const heard: string[] = [];
  const negotiated: [string | undefined, string][] = [];
  const { server, sockets } = wsApplication(
    (socket) => {
      socket.on("message", (data, binary) => {
        heard.push(bytesOf(data).toString());
        socket.send(bytesOf(data), { binary });
      });
    },
    { perMessageDeflate },
  );
  sockets.on("headers", (lines, request) => {
    const line = lines.find((text) => text.startsWith("Sec-WebSocket-Extensions: ")) ?? "";
    negotiated.push([request.headers["sec-websocket-extensions"], line.replace(/^[^:]*: /, "")]);
  });
  return { guarded: await guardServer(host, server, { routes: [route] }), negotiated, heard };
}

const offering = (offer: string): readonly string[] => [`Sec-WebSocket-Extensions: ${offer}`];

function compressedText(plain: string, payload: Uint8Array = deflated(plain)): Buffer {
  return compressedFrame({ opcode: op.text, payload, maskKey: randomBytes(4) });
}

/** A raw client with compression. */
function openCompressed(port: number, offer = "permessage-deflate"): Promise<RawPeer> {
  return openRaw(port, { lines: offering(offer) });
}

function decisions({ events }: GuardedServer): readonly string[] {
  return events.flatMap((event) => (event.type === "decision" ? [`${event.verdict} ${event.code}`] : []));
}

/** Messages that both ends compress, and the gate reads. */
export function describeCompression({ host }: HostOptions): void {
  describe("compression", () => {
    const pairs = Object.keys(ends).flatMap((client) => Object.keys(ends).map((server) => [client, server]));
    it.each(pairs)(
      "carries what ws compresses, a client %s, an application %s",
      async (clientEnd, serverEnd) => {
        const { guarded, negotiated } = await guardEcho(host, ends[serverEnd] ?? {});
        const { client, answer } = await connect(guarded.wsUrl, ends[clientEnd] ?? {});
        expect(answer).toContain("permessage-deflate");
        expect(negotiated.map(([, chosen]) => chosen)).toEqual([answer]);
        for (const size of [...SIZES, ...SIZES]) {
          const data = contentOf(size);
          client.send(data, { binary: true });
          expect((await nextMessage(client)).data.equals(data)).toBe(true);
        }
        client.send("grüße");
        expect(await nextMessage(client)).toEqual({ data: Buffer.from("grüße"), isBinary: false });
        expect(decisions(guarded)).toEqual([]);
      },
    );

    it("offers nothing where the route says `off`, as every route does by itself", async () => {
      for (const route of [openRoute, { ...openRoute, compression: false as const }]) {
        const { guarded, negotiated } = await guardEcho(host, true, route);
        const { client, answer } = await connect(guarded.wsUrl, true);
        expect([answer, negotiated]).toEqual([undefined, [[undefined, ""]]]);
        client.send("plain");
        expect((await nextMessage(client)).data.toString()).toBe("plain");
      }
    });

    it("carries what is not compressed, where one of the two does not want it", async () => {
      for (const [client, server] of [
        [false, true],
        [true, false],
      ] as const) {
        const { guarded, negotiated } = await guardEcho(host, server);
        const { client: socket, answer } = await connect(guarded.wsUrl, client);
        expect([answer, negotiated[0]?.[1]]).toEqual([undefined, ""]);
        socket.send("plain");
        expect((await nextMessage(socket)).data.toString()).toBe("plain");
      }
    });

    it.each([
      ["permessage-deflate", "permessage-deflate"],
      ["permessage-deflate; client_max_window_bits", "permessage-deflate"],
      [
        "permessage-deflate; client_max_window_bits=9; server_max_window_bits=10; client_no_context_takeover",
        "permessage-deflate; client_max_window_bits=9; server_max_window_bits=10; client_no_context_takeover",
      ],
      [
        "x-webkit-deflate-frame, permessage-deflate; server_max_window_bits=9, permessage-deflate",
        "permessage-deflate; server_max_window_bits=9",
      ],
      [
        "permessage-deflate; foo, permessage-deflate; client_max_window_bits=08, permessage-deflate",
        "permessage-deflate",
      ],
      ["permessage-deflate; server_max_window_bits", undefined],
      ["permessage-deflate; server_no_context_takeover; server_no_context_takeover", undefined],
      ["x-webkit-deflate-frame", undefined],
    ])("answers the offer `%s` as the application does: %s (RFC 7692 7.1)", async (offer, answer) => {
      const { guarded, negotiated } = await guardEcho(host, true);
      const peer = await connectRaw(guarded.port);
      const head = await peer.send(upgradeRequest({ lines: offering(offer) })).head();
      expect([head.status, head.fields.get("sec-websocket-extensions")]).toEqual([101, answer]);
      expect(negotiated[0]?.[1]).toBe(answer ?? "");
    });

    it.each([
      "permessage-deflate; client_max_window_bits=15",
      "permessage-deflate; foo",
      "permessage-deflate, permessage-deflate",
      "x-webkit-deflate-frame",
      "permessage-deflate;",
    ])(
      "answers 502 where the application answers `%s`, which it was not offered (RFC 7692 7.1)",
      async (answer) => {
        const server = upgradeServer((request, socket) => {
          const key = `Sec-WebSocket-Key: ${request.headers["sec-websocket-key"]}\r\n`;
          socket.write(switchingHead(key, offering(answer)));
        });
        const guarded = await guardServer(host, server, { routes: [inspected] });
        const peer = await connectRaw(guarded.port);
        const { status } = await peer.send(upgradeRequest({ lines: offering("permessage-deflate") })).head();
        expect(status).toBe(502);
        expect(await guarded.seen("handshake")).toMatchObject({ code: "upstream.bad-answer", status: 502 });
      },
    );

    it("answers a malformed offer with 400, and asks nobody (RFC 6455 9.1)", async () => {
      const { guarded, negotiated } = await guardEcho(host, true);
      const peer = await connectRaw(guarded.port);
      const head = await peer.send(upgradeRequest({ lines: offering("permessage-deflate; =10") })).head();
      expect([head.status, negotiated]).toEqual([400, []]);
    });

    it("forwards the compressed bytes as they came", async () => {
      const { guarded } = await guardEcho(host, { threshold: 0 });
      const peer = await openCompressed(guarded.port);
      const send = createSender();
      for (const plain of ["hello hello", "hello hello", ""]) {
        peer.send(compressedText(plain, send(plain)));
        const { raw, payload } = await peer.readFrame();
        expect((raw[0] ?? 0) & 0x40).toBe(0x40);
        expect(payload.length).toBeLessThan(15);
      }
    });

    it("lets rules read what is compressed, in both directions", async () => {
      const permission = {
        otherwise: "allow" as const,
        rules: [{ when: "has(message.secret)", allow: "message.secret == 'known'" }],
      };
      const { guarded, heard } = await guardEcho(host, { threshold: 0 }, { ...inspected, permission });
      const { client } = await connect(guarded.wsUrl, { threshold: 0 });
      for (const secret of ["known", "known"]) {
        client.send(JSON.stringify({ secret }));
        expect((await nextMessage(client)).data.toString()).toBe(JSON.stringify({ secret }));
      }
      const gone = closed(client);
      client.send(JSON.stringify({ secret: "other" }));
      expect((await gone).code).toBe(4503);
      expect(heard).toHaveLength(2);
    });

    it("has each message begin afresh where some may be dropped, and loses those alone (slowConsumer: drop)", async () => {
      const slowConsumer = { policy: "drop" as const };
      const { guarded, negotiated } = await guardEcho(host, { threshold: 0 }, { ...inspected, slowConsumer });
      const { client, answer } = await connect(guarded.wsUrl, { threshold: 0 });
      expect(answer).toBe("permessage-deflate; server_no_context_takeover");
      expect(negotiated).toEqual([
        [
          expect.stringContaining("; server_no_context_takeover"),
          "permessage-deflate; server_no_context_takeover",
        ],
      ]);
      for (const text of ["one", "two"]) {
        client.send(text);
        expect((await nextMessage(client)).data.toString()).toBe(text);
      }
    });

    it("answers 502 where the application keeps the context that it was to give up (RFC 7692 7.1.1.1)", async () => {
      const server = upgradeServer((request, socket) => {
        const key = `Sec-WebSocket-Key: ${request.headers["sec-websocket-key"]}\r\n`;
        socket.write(switchingHead(key, offering("permessage-deflate")));
      });
      const routes = [{ ...inspected, slowConsumer: { policy: "drop" as const } }];
      const guarded = await guardServer(host, server, { routes });
      const peer = await connectRaw(guarded.port);
      const { status } = await peer.send(upgradeRequest({ lines: offering("permessage-deflate") })).head();
      expect(status).toBe(502);
    });

    it("takes tokens out of compressed messages: what goes on is not compressed (messageToken.strip)", async () => {
      const tokens = await createTokens();
      const messageToken = { pointer: "/token", strip: true };
      const route = { ...inspected, identity: tokens.identity, messageToken };
      const { guarded, heard } = await guardEcho(host, { threshold: 0 }, route);
      const token = await tokens.sign("ada");
      const authorization = `Bearer ${token}`;
      const { client, answer } = await connect(guarded.wsUrl, { threshold: 0 }, { authorization });
      expect(answer).toBe("permessage-deflate; client_no_context_takeover");
      for (const say of ["hello", "hello"]) {
        client.send(JSON.stringify({ token, say }));
        expect(JSON.parse((await nextMessage(client)).data.toString())).toEqual({ say });
      }
      expect(heard.join("\n")).not.toContain(token);
    });

    it("goes on reading an open connection after a reload to `off`, and offers new ones nothing", async () => {
      const { guarded, heard } = await guardEcho(host, { threshold: 0 });
      const peer = await openCompressed(guarded.port);
      const send = createSender();
      peer.send(compressedText("hello there", send("hello there")));
      await peer.readFrame();
      await guarded.reload([
        { ...openRoute, compression: "off", messageSize: { stream: true, inbound: "64KiB" } },
      ]);
      peer.send(compressedText("hello there", send("hello there")));
      await peer.readFrame();
      expect(heard).toEqual(["hello there", "hello there"]);
      peer.send(compressedText("", deflated(Buffer.alloc(65 * KIB))));
      expect((await peer.readClose()).code).toBe(1009);
      expect((await connect(guarded.wsUrl, true)).answer).toBeUndefined();
    });

    it("closes rather than drops after a reload that adds what drops, where messages refer to each other: 1012", async () => {
      const tokens = await createTokens();
      const route = { ...inspected, identity: tokens.identity };
      const { guarded, heard } = await guardEcho(host, { threshold: 0 }, route);
      const token = await tokens.sign("ada");
      const authorization = `Bearer ${token}`;
      const { client } = await connect(guarded.wsUrl, { threshold: 0 }, { authorization });
      const text = JSON.stringify({ token, say: "hello" });
      client.send(text);
      await nextMessage(client);
      await guarded.reload([{ ...route, messageToken: { pointer: "/token", strip: true } }]);
      const gone = closed(client);
      client.send(text);
      expect((await gone).code).toBe(1012);
      expect(await guarded.seen("decision")).toMatchObject({ code: "session.context-takeover" });
      expect(heard).toEqual([text]);
      const again = await connect(guarded.wsUrl, { threshold: 0 }, { authorization });
      expect(again.answer).toBe("permessage-deflate; client_no_context_takeover");
      again.client.send(text);
      expect((await nextMessage(again.client)).data.toString()).not.toContain(token);
    });

    it("ends an application whose messages do not inflate, and shows none of them to the client", async () => {
      const server = upgradeServer((request, socket) => {
        const key = `Sec-WebSocket-Key: ${request.headers["sec-websocket-key"]}\r\n`;
        socket.write(switchingHead(key, offering("permessage-deflate")));
        const frame = { opcode: op.text, maskKey: null };
        socket.write(compressedFrame({ ...frame, payload: deflated("hello") }));
        socket.write(compressedFrame({ ...frame, payload: Buffer.from("no deflate data") }));
      });
      const guarded = await guardServer(host, server, { routes: [inspected] });
      const peer = await openCompressed(guarded.port);
      expect((await peer.readFrame()).payload.equals(deflated("hello"))).toBe(true);
      expect((await peer.readClose()).code).toBe(1001);
      expect(await guarded.seen("decision")).toMatchObject({
        code: "protocol.invalid-deflate",
        direction: "outbound",
      });
    });

    it("counts inflated bytes against the rate", async () => {
      const messageRate = { bytesPerConnection: "100KiB/s", perConnection: "1000/s" };
      const { guarded, heard } = await guardEcho(host, true, { ...inspected, messageRate });
      const peer = await openCompressed(guarded.port);
      const payload = deflated(Buffer.alloc(60 * KIB, "a"));
      const began = performance.now();
      for (let nth = 0; nth < 4; nth++) peer.send(compressedText("", payload));
      await vi.waitUntil(() => heard.length === 4, { timeout: 5000 });
      expect(performance.now() - began).toBeGreaterThan(500);
    });
  });
}
