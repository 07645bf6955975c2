import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { constants } from "node:http2";
import { connect as connectTls } from "node:tls";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { compressedFrame, deflated } from "../deflated.ts";
import { portOf, startApplication, startGateway, startRawServer, type TestGateway } from "./harness.ts";
import {
  answerOf,
  connectHttp2,
  openHttp2,
  outcomeOf,
  refusalOf,
  requestPlain,
  requestWebSocket,
} from "./http2-client.ts";
import { acceptRaw, connectRaw, op, upgradeRequest } from "./raw-client.ts";

async function start(route: Record<string, unknown> = {}, listen = {}): Promise<TestGateway> {
  const application = await startApplication(undefined, {
    handleProtocols: (offered) => (offered.has("chat.v2") ? "chat.v2" : false),
  });
  return await startGateway({
    upstream: application.url,
    listen: { tls: "development", ...listen },
    route: { origin: { allow: ["https://localhost"] }, ...route },
  });
}

/** A plain HTTP/1.1 application that tells what it was asked. */
async function startPlain(): Promise<string> {
  const server = createServer((incoming, response) => {
    void text(incoming).then((body) => {
      response.setHeader("Set-Cookie", ["a=1", "b=2"]);
      response.setHeader("Connection", "close");
      response.end(
        JSON.stringify({ method: incoming.method, url: incoming.url, fields: incoming.headers, body }),
      );
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `ws://127.0.0.1:${portOf(server.address())}`;
}

/** A frame of HTTP/2 (RFC 9113 4.1). */
function http2Frame(type: number, flags: number, stream: number, payloadHex = ""): Buffer {
  const payload = Buffer.from(payloadHex, "hex");
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

interface Told {
  readonly method: string;
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly body: string;
}

describe("WebSockets over HTTP/2", () => {
  it("announces extended CONNECT in its settings (RFC 8441 3)", async () => {
    const gate = await start();
    const session = await connectHttp2(gate.url);
    expect(session.remoteSettings).toMatchObject({
      enableConnectProtocol: true,
      maxConcurrentStreams: 100,
      maxHeaderListSize: 16_384,
    });
  });

  it("carries text, binary, fragments and pings both ways, and a Close to its end (RFC 8441 5)", async () => {
    const gate = await start();
    const { peer, stream, answer } = await openHttp2(await connectHttp2(gate.url));
    expect(answer).not.toHaveProperty("sec-websocket-accept");
    expect((await peer.frame(op.text, "grüße").readFrame()).payload.toString()).toBe("grüße");
    const large = randomBytes(300_000);
    expect((await peer.frame(op.binary, large).readFrame()).payload.equals(large)).toBe(true);
    peer.frame(op.text, "two ", false).frame(op.continuation, "parts");
    expect(await peer.readFrame()).toMatchObject({ masked: false, payload: Buffer.from("two parts") });
    expect(await peer.frame(op.ping, "are you").readFrame()).toMatchObject({ opcode: op.pong });
    expect(await peer.close(1000).readClose()).toMatchObject({ code: 1000 });
    expect(await peer.ended()).toBe("fin");
    stream.end();
    expect(await gate.seen("closed")).toMatchObject({ closeCode: 1000, closedBy: "client" });
  });

  it("answers with the subprotocol that the application chose, and passes on its fields", async () => {
    const raw = await startRawServer((socket) => {
      void acceptRaw(socket, ["Sec-WebSocket-Protocol: chat.v2", "Set-Cookie: a=1", "Set-Cookie: b=2"]);
    });
    const gate = await start({ upstream: raw.url });
    const { answer } = await openHttp2(await connectHttp2(gate.url), {
      "sec-websocket-protocol": "chat.v1, chat.v2",
    });
    expect(answer).toMatchObject({ "sec-websocket-protocol": "chat.v2", "set-cookie": ["a=1", "b=2"] });
    expect(Object.keys(answer)).not.toContain("upgrade");
  });

  it("lets both ends agree on compression, and inflates what they send (RFC 7692 7.1)", async () => {
    const application = await startApplication(undefined, { perMessageDeflate: { threshold: 0 } });
    const gate = await start({ upstream: application.url, compression: "inspect" });
    const { peer, answer } = await openHttp2(await connectHttp2(gate.url), {
      "sec-websocket-extensions": "permessage-deflate; server_max_window_bits=10",
    });
    expect(answer["sec-websocket-extensions"]).toBe("permessage-deflate; server_max_window_bits=10");
    const frame = { opcode: op.text, maskKey: randomBytes(4) };
    peer.send(compressedFrame({ ...frame, payload: deflated("hello") }));
    expect((await peer.readFrame()).payload).toEqual(deflated("hello"));
    peer.send(compressedFrame({ ...frame, payload: Buffer.from("no deflate data") }));
    expect((await peer.readClose()).code).toBe(1007);
  });

  it("asks the application by HTTP/1.1: one Host, one cookie field, a key of its own (RFC 9113 8.2.3, 8.3.1)", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const raw = await startRawServer((socket) => {
      void acceptRaw(socket).then(({ request }) => resolve(request));
    });
    const gate = await start({ upstream: raw.url });
    await openHttp2(await connectHttp2(gate.url), {
      ":path": "/room?x=1",
      cookie: ["a=1", "b=2"],
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    });
    const request = await promise;
    expect(request).toMatch(/^GET \/room\?x=1 HTTP\/1\.1\r\n/);
    expect(request.match(/^host: .*$/gim)).toEqual(["host: localhost"]);
    expect(request.match(/^cookie: .*$/gim)).toEqual(["cookie: a=1; b=2"]);
    const keys = request.match(/^sec-websocket-key: [A-Za-z0-9+/]{22}==/gim) ?? [];
    expect(keys).toHaveLength(1);
    expect(keys[0]).not.toContain("AAAAAAAAAAAA");
    expect(request).not.toMatch(/^:|^transfer-encoding/im);
  });

  it("refuses an answer of the application that does not prove our key (RFC 6455 4.1)", async () => {
    const raw = await startRawServer((socket) => {
      socket.on("data", () => {
        socket.write(
          "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
        );
      });
    });
    const gate = await start({ upstream: raw.url });
    expect(await refusalOf(requestWebSocket(await connectHttp2(gate.url)))).toMatchObject({ status: 502 });
  });

  it.each([
    ["another protocol", { ":protocol": "connect-udp" }, 400, "handshake.upgrade"],
    ["no version", { "sec-websocket-version": null }, 426, "handshake.version"],
    ["another version", { "sec-websocket-version": "8" }, 426, "handshake.version"],
    ["another scheme", { ":scheme": "http" }, 400, "handshake.target"],
    ["a path with dot segments", { ":path": "/a/../b" }, 400, "handshake.target"],
    ["a host that is not served", { ":authority": "evil.example" }, 421, "origin.host"],
    ["a host that differs from it", { host: "evil.example" }, 400, "handshake.host"],
    ["a foreign origin", { origin: "https://evil.example" }, 403, "origin.foreign"],
    ["a subprotocol that is no token", { "sec-websocket-protocol": "a b" }, 400, "handshake.protocol-syntax"],
    ["a body", { "content-length": "5" }, 400, "handshake.body"],
  ])("refuses %s with a status and an incident (RFC 8441 5)", async (_, fields, status, code) => {
    const gate = await start();
    const session = await connectHttp2(gate.url);
    const refused = await refusalOf(requestWebSocket(session, fields));
    const event = await gate.seen("handshake");
    expect(event).toMatchObject({ status: event.status });
    expect({ status: refused.status, code: event.code }).toEqual({ status, code });
    expect(JSON.parse(refused.body)).toMatchObject({ status, incident: event.incident });
    // The connection serves the next one.
    const { peer } = await openHttp2(session);
    expect((await peer.frame(op.text, "still here").readFrame()).payload.toString()).toBe("still here");
  });

  it("refuses a CONNECT without :protocol (RFC 8441 4)", async () => {
    const gate = await start();
    const session = await connectHttp2(gate.url);
    const tunnel = session.request(
      { ":method": "CONNECT", ":authority": "localhost:22" },
      { endStream: false },
    );
    tunnel.on("error", () => undefined);
    expect(await refusalOf(tunnel)).toMatchObject({ status: 405 });
  });

  it.each([
    [":protocol beside another method", { ":method": "GET" }],
    ["an authority with userinfo", { ":authority": "a@localhost" }],
    ["an extended CONNECT without authority", { ":authority": null, host: "localhost" }],
    ["20 KiB of headers", { "x-large": "x".repeat(20_000) }],
  ])(
    "resets %s, which is malformed to HTTP/2 itself (RFC 9113 8.1.1), and serves the next one",
    async (_, fields) => {
      const gate = await start();
      const session = await connectHttp2(gate.url);
      expect(await outcomeOf(requestWebSocket(session, fields))).toMatch(/^(reset|400|405|431)$/);
      expect(gate.events.filter(({ type }) => type === "open")).toEqual([]);
      const { peer } = await openHttp2(session.closed ? await connectHttp2(gate.url) : session);
      expect((await peer.frame(op.text, "next").readFrame()).payload.toString()).toBe("next");
    },
  );

  it("passes the application's own refusal on", async () => {
    const raw = await startRawServer((socket) => {
      socket.on("data", () => {
        socket.end(
          "HTTP/1.1 418 Teapot\r\nX-Own: yes\r\nConnection: close\r\nContent-Length: 5\r\n\r\nshort",
        );
      });
    });
    const gate = await start({ upstream: raw.url });
    const stream = requestWebSocket(await connectHttp2(gate.url));
    const answer = await answerOf(stream);
    expect(answer).toMatchObject({ ":status": 418, "x-own": "yes" });
    expect(await text(stream)).toBe("short");
  });

  it("closes a connection whose message is too big with 1009, and no other of the same session", async () => {
    const gate = await start({ messageSize: { inbound: "1KiB" } });
    const session = await connectHttp2(gate.url);
    const [big, small] = [await openHttp2(session), await openHttp2(session)];
    expect(await big.peer.frame(op.binary, Buffer.alloc(2048)).readClose()).toMatchObject({ code: 1009 });
    expect((await small.peer.frame(op.text, "fine").readFrame()).payload.toString()).toBe("fine");
  });

  it("closes an unmasked frame with 1002 (RFC 8441 5: masked as ever)", async () => {
    const gate = await start();
    const { peer } = await openHttp2(await connectHttp2(gate.url));
    expect(await peer.send(Buffer.from("810161", "hex")).readClose()).toMatchObject({ code: 1002 });
  });

  it("counts streams as connections (connectionLimit)", async () => {
    const gate = await start({ connectionLimit: { perAddress: 3 } });
    const session = await connectHttp2(gate.url);
    const open = [await openHttp2(session), await openHttp2(session), await openHttp2(session)];
    expect(await refusalOf(requestWebSocket(session))).toMatchObject({ status: 429 });
    open[0]?.stream.close(constants.NGHTTP2_CANCEL);
    await gate.seen("closed");
    await openHttp2(session);
  });

  it("carries many streams of one connection, each with its own messages", async () => {
    const gate = await start({ connectionLimit: { handshakesPerAddress: "1000/s" } });
    const session = await connectHttp2(gate.url);
    const all = await Promise.all(Array.from({ length: 60 }, () => openHttp2(session)));
    const answers = await Promise.all(
      all.map(async ({ peer }, index) =>
        (await peer.frame(op.text, `m${index}`).readFrame()).payload.toString(),
      ),
    );
    expect(answers).toEqual(all.map((_, index) => `m${index}`));
  });

  it("takes a reset stream for a peer that has gone, and ends the application's side (RFC 8441 5)", async () => {
    const gone = Promise.withResolvers<number>();
    const application = await startApplication((socket) => socket.on("close", gone.resolve));
    const gate = await start({ upstream: application.url });
    const { stream } = await openHttp2(await connectHttp2(gate.url));
    stream.close(constants.NGHTTP2_CANCEL);
    expect(await gone.promise).toBeGreaterThan(1000);
    expect(await gate.seen("closed")).toBeDefined();
  });

  it("ends every stream when the connection is lost", async () => {
    const gate = await start();
    const session = await connectHttp2(gate.url);
    await openHttp2(session);
    await openHttp2(session);
    session.destroy();
    await expect.poll(() => gate.events.filter(({ type }) => type === "closed").length).toBe(2);
    expect(gate.gateway.gate.sessions.size).toBe(0);
  });

  it("resets with CANCEL a stream that it must end in the middle (RFC 8441 5)", async () => {
    const gate = await start();
    const { peer, stream } = await openHttp2(await connectHttp2(gate.url));
    const closed = once(stream, "close");
    const draining = gate.close();
    // The Close is never answered.
    await peer.readClose();
    await Promise.all([closed.catch(() => undefined), draining]);
    expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
  });

  it("stops reading a stream whose application does not read, and loses nothing", async () => {
    let paused: { resume(): void } | null = null;
    let received = 0;
    const application = await startApplication((socket) => {
      socket.pause();
      paused = socket;
      socket.on("message", (data) => (received += (data as Buffer).length));
    });
    const gate = await start({
      upstream: application.url,
      messageRate: { perConnection: "100000/s", burst: 100_000, bytesPerConnection: "1GiB/s" },
    });
    const { peer, stream } = await openHttp2(await connectHttp2(gate.url));
    const total = 24 * 1024 * 1024;
    for (let sent = 0; sent < total; sent += 256 * 1024) peer.frame(op.binary, Buffer.alloc(256 * 1024));
    await expect.poll(() => paused).not.toBeNull();
    expect(stream.writableLength).toBeGreaterThan(0);
    (paused as { resume(): void } | null)?.resume();
    await expect.poll(() => received, { timeout: 15_000 }).toBe(total);
  });

  it("tells GOAWAY and closes every stream with 1012 when it drains", async () => {
    const gate = await start();
    const session = await connectHttp2(gate.url);
    const goaway = once(session, "goaway");
    const { peer } = await openHttp2(session);
    const closing = gate.close();
    expect(await peer.readClose()).toMatchObject({ code: 1012 });
    peer.close(1012);
    await goaway;
    await closing;
    expect(session.closed).toBe(true);
  });

  it("ends a connection that opens no stream in time, pings or not", async () => {
    const gate = await start({ connectionLimit: { authenticateWithin: "1s" } });
    const session = await connectHttp2(gate.url);
    session.ping(() => undefined);
    await once(session, "close");
    expect(session.destroyed).toBe(true);
  });

  it("ends a connection that resets streams in a flood, and serves the next one (CVE-2023-44487)", async () => {
    const gate = await start();
    const flood = await connectRaw(gate.port, { rejectUnauthorized: false, ALPNProtocols: ["h2"] });
    // GET, https, /, :authority localhost: indexed fields and one literal (RFC 7541 6.1, 6.2.2).
    const fields = `8287840109${Buffer.from("localhost").toString("hex")}`;
    flood.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").send(http2Frame(4, 0, 0));
    // HEADERS with END_HEADERS, then RST_STREAM with CANCEL (RFC 9113 6.2, 6.4). All in one piece, whatever the machine makes of many.
    const reset = (id: number): readonly Buffer[] => [
      http2Frame(1, 4, id, fields),
      http2Frame(3, 0, id, "00000008"),
    ];
    flood.send(Buffer.concat(Array.from({ length: 1000 }, (_, index) => reset(2 * index + 1)).flat()));
    await flood.ended();
    const asked = gate.events.filter(({ type }) => type === "handshake").length;
    expect(asked).toBeLessThan(500);
    const { peer } = await openHttp2(await connectHttp2(gate.url));
    expect((await peer.frame(op.text, "next").readFrame()).payload.toString()).toBe("next");
  });

  it("leaves HTTP/1.1 on the same listener as it was", async () => {
    const gate = await start();
    const tls = { rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] };
    const peer = await connectRaw(gate.port, tls);
    expect(
      (await peer.send(upgradeRequest({ fields: { Host: "localhost", Origin: "https://localhost" } })).head())
        .status,
    ).toBe(101);
    const slow = await connectRaw(gate.port, { rejectUnauthorized: false });
    expect((await slow.send("GET / HTTP/1.1\r\nHost localhost\r\n\r\n").head()).status).toBe(400);
  });

  it("does not offer HTTP/2 where `http2: false` says so", async () => {
    const gate = await start({}, { http2: false });
    const options = { host: "127.0.0.1", port: gate.port, rejectUnauthorized: false };
    const socket = connectTls({ ...options, ALPNProtocols: ["h2", "http/1.1"] });
    onTestFinished(() => void socket.destroy());
    await once(socket, "secureConnect");
    expect(socket.alpnProtocol).toBe("http/1.1");
  });
});

describe("plain requests over HTTP/2", () => {
  it("go to the application by HTTP/1.1 with their body, where the route forwards them", async () => {
    const gate = await start({ upstream: await startPlain(), http: "forward" });
    const session = await connectHttp2(gate.url);
    const stream = requestPlain(
      session,
      { ":method": "POST", ":path": "/a?b=c", origin: "https://localhost", cookie: "x=1" },
      "the body",
    );
    const answer = await answerOf(stream);
    expect(answer).toMatchObject({ ":status": 200, "set-cookie": ["a=1", "b=2"] });
    expect(answer).not.toHaveProperty("connection");
    const told = JSON.parse(await text(stream)) as Told;
    expect(told).toMatchObject({ method: "POST", url: "/a?b=c", body: "the body" });
    expect(told.fields).toMatchObject({ host: "localhost", cookie: "x=1", "transfer-encoding": "chunked" });
  });

  it("answer HEAD without a body, and GET after it on the same connection", async () => {
    const gate = await start({ upstream: await startPlain(), http: "forward" });
    const session = await connectHttp2(gate.url);
    const head = requestPlain(session, { ":method": "HEAD", origin: "https://localhost" });
    expect(await answerOf(head)).toMatchObject({ ":status": 200 });
    expect(await text(head)).toBe("");
    const stream = requestPlain(session, { origin: "https://localhost" });
    expect(await answerOf(stream)).toMatchObject({ ":status": 200 });
    expect(JSON.parse(await text(stream))).toMatchObject({ method: "GET", body: "" });
  });

  it("are refused with 426 and no connection field where the route does not forward them", async () => {
    const gate = await start();
    const session = await connectHttp2(gate.url);
    const answer = await answerOf(requestPlain(session, {}));
    expect(answer[":status"]).toBe(426);
    expect(Object.keys(answer)).not.toContain("upgrade");
    expect(await refusalOf(requestPlain(session, { ":method": "HEAD" }))).toEqual({ status: 426, body: "" });
  });

  it("read the gate's own health", async () => {
    const gate = await start();
    const session = await connectHttp2(gate.url);
    const stream = requestPlain(session, { ":path": "/.sallyport/ready" });
    expect(await refusalOf(stream)).toEqual({ status: 200, body: '{"status":"ready"}\n' });
    expect(
      await refusalOf(requestPlain(session, { ":method": "HEAD", ":path": "/.sallyport/live" })),
    ).toEqual({
      status: 200,
      body: "",
    });
  });
});
