import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { loadDevelopmentCertificate } from "../../src/hosts/development-ca.ts";
import { bytesOf, portOf, startApplication, startGateway, startRawServer } from "./harness.ts";
import { connectRaw, openRaw, op, RawPeer, switchingHead, upgradeRequest } from "./raw-client.ts";

async function temporary(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-upstream-"));
  onTestFinished(async () => await rm(directory, { recursive: true }));
  return directory;
}

/** An application that answers an upgrade with these bytes. */
async function answering(answer: (request: string) => string) {
  return await startRawServer((socket) => {
    const peer = new RawPeer(socket);
    void peer.head().then(
      ({ text }) => socket.end(Buffer.from(answer(text), "latin1")),
      () => undefined,
    );
  });
}

async function answerOf(upstream: unknown) {
  const gate = await startGateway({ upstream });
  const peer = await connectRaw(gate.port);
  const head = await peer.send(upgradeRequest()).head();
  const body = String(await peer.bytes(Number(head.fields.get("content-length") ?? 0)));
  await peer.ended();
  return { ...head, body, event: await gate.seen("handshake"), gate };
}

const echoOver = async (port: number): Promise<string> => {
  const peer = await openRaw(port, { target: "/x?y=1" });
  return (await peer.frame(op.text, "there and back").readFrame()).payload.toString();
};

describe("an upstream", () => {
  it("may be wss with a CA of its own; with another CA it is 502 (RFC 9110 15.6.3)", async () => {
    const [directory, other] = [await temporary(), await temporary()];
    const made = await loadDevelopmentCertificate({ directory, names: [] });
    const foreign = await loadDevelopmentCertificate({ directory: other, names: [] });
    const server = createSecureServer({ cert: made.certificatePem, key: made.keyPem });
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket) =>
      socket.on("message", (data) => socket.send(bytesOf(data), { binary: false })),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => {
      for (const client of sockets.clients) client.terminate();
      server.close();
    });
    for (const host of ["localhost", "127.0.0.1"]) {
      const url = `wss://${host}:${portOf(server.address())}`;
      const gate = await startGateway({ upstream: { url, ca: made.caFile } });
      expect(await echoOver(gate.port)).toBe("there and back");
      const { status, event } = await answerOf({ url, ca: foreign.caFile });
      expect([status, event.code]).toEqual([502, "upstream.unreachable"]);
      expect((await answerOf(url)).status).toBe(502);
    }
  });

  it("may be a Unix socket, with a prefix for every path", async () => {
    const path = join(await temporary(), "app.sock");
    const targets: string[] = [];
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket, request) => {
      targets.push(request.url ?? "");
      socket.on("message", (data) => socket.send(bytesOf(data), { binary: false }));
    });
    server.listen(path);
    await once(server, "listening");
    onTestFinished(() => {
      for (const client of sockets.clients) client.terminate();
      server.close();
    });
    expect(await echoOver((await startGateway({ upstream: `unix:${path}` })).port)).toBe("there and back");
    expect(await echoOver((await startGateway({ upstream: `unix:${path}:/inner` })).port)).toBe(
      "there and back",
    );
    expect(targets).toEqual(["/x?y=1", "/inner/x?y=1"]);
    const { status } = await answerOf(`unix:${path}.gone`);
    expect(status).toBe(502);
  });

  it("gets its URL's path before the request's", async () => {
    const targets: string[] = [];
    const application = await startApplication();
    application.server.on("connection", (_socket, request) => targets.push(request.url ?? ""));
    const gate = await startGateway({ upstream: `${application.url}/inner` });
    await openRaw(gate.port, { target: "/room/%7Eada?b=%20&c" });
    expect(targets).toEqual(["/inner/room/~ada?b=%20&c"]);
  });

  it("that is not there is 502, and never said more about than its incident", async () => {
    const gone = await startRawServer(() => undefined);
    const { status, body, event } = await answerOf(gone.url.replace(/:\d+$/, ":1"));
    expect([status, event.code]).toEqual([502, "upstream.unreachable"]);
    expect(JSON.parse(body)).toEqual({
      type: "about:blank",
      title: "Bad Gateway",
      status: 502,
      incident: event.incident,
    });
  });

  const faults: readonly { name: string; answer: (request: string) => string }[] = [
    {
      name: "a wrong Sec-WebSocket-Accept (RFC 6455 4.1)",
      answer: (request) =>
        switchingHead(request).replace(/Accept: .*/, "Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    },
    {
      name: "no Sec-WebSocket-Accept (RFC 6455 4.1)",
      answer: (request) => switchingHead(request).replace(/Sec-WebSocket-Accept: .*\r\n/, ""),
    },
    {
      name: "an extension (RFC 6455 4.1)",
      answer: (request) => switchingHead(request, ["Sec-WebSocket-Extensions: permessage-deflate"]),
    },
    {
      name: "a subprotocol that was not offered (RFC 6455 4.1)",
      answer: (request) => switchingHead(request, ["Sec-WebSocket-Protocol: other"]),
    },
    {
      name: "an upgrade to something else (RFC 6455 4.1)",
      answer: (request) => switchingHead(request).replace("Upgrade: websocket", "Upgrade: h2c"),
    },
    {
      name: "a 101 without Upgrade (RFC 9110 15.2.2)",
      answer: () => "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    },
    { name: "a page", answer: () => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" },
    { name: "no HTTP", answer: () => "SSH-2.0-OpenSSH_9.9\r\n\r\n" },
    { name: "nothing", answer: () => "" },
    {
      name: "a switch of HTTP/1.0 (RFC 9110 15.2)",
      answer: (request) => switchingHead(request).replace("1.1", "1.0"),
    },
    {
      name: "a line that ends in LF alone (RFC 9112 2.2)",
      answer: (request) => switchingHead(request).replace("Upgrade: websocket\r\n", "Upgrade: websocket\n"),
    },
    {
      name: "interim answers without an end",
      answer: (request) =>
        `${"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(1000)}${switchingHead(request)}`,
    },
    {
      name: "a head of 40 KiB",
      answer: () => `HTTP/1.1 101 Switching Protocols\r\nX: ${"a".repeat(40_960)}\r\n\r\n`,
    },
  ];
  it("may send interim answers before it switches, in pieces of any size (RFC 9110 15.2)", async () => {
    const application = await startRawServer((socket) => {
      const peer = new RawPeer(socket);
      socket.setNoDelay(true);
      void peer.head().then(async ({ text }) => {
        const answer = `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${switchingHead(text)}`;
        for (const byte of Buffer.from(answer, "latin1")) {
          socket.write(Buffer.of(byte));
          await new Promise(setImmediate);
        }
        peer.socket.write(Buffer.from("\x81\x05hello", "latin1"));
      });
    });
    const gate = await startGateway({ upstream: application.url });
    const peer = await openRaw(gate.port);
    expect((await peer.readFrame()).payload.toString()).toBe("hello");
  });

  it.each(faults)("that answers with $name is 502", async ({ answer }) => {
    const { status, fields, event, gate } = await answerOf((await answering(answer)).url);
    expect([status, fields.has("sec-websocket-accept")]).toEqual([502, false]);
    expect(event).toMatchObject({ verdict: "refuse", status: 502 });
    expect(gate.gateway.gate.sessions.size).toBe(0);
  });

  it.each([
    ["401 Unauthorized", 'WWW-Authenticate: Basic realm="app"'],
    ["302 Found", "Location: https://login.example.com/"],
    ["404 Not Found", "X-App: 1"],
    ["503 Service Unavailable", "Retry-After: 7"],
  ])("that refuses with %s is passed on faithfully, and not followed", async (line, field) => {
    const answer = `HTTP/1.1 ${line}\r\n${field}\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`;
    const application = await answering(() => answer);
    const { status, text, body, event } = await answerOf(application.url);
    expect([status, body]).toEqual([Number(line.slice(0, 3)), "hello"]);
    const [name = "", value = ""] = field.split(/: (.*)/);
    expect(text).toContain(`\r\n${name.toLowerCase()}: ${value}\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n`);
    expect(event).toMatchObject({ code: "upstream.refused", status });
    expect(application.connections()).toBe(1);
  });

  it("whose refusal never ends is cut, and its socket let go with the handshake", async () => {
    const application = await startRawServer((socket) => {
      void new RawPeer(socket).head().then(() => socket.write("HTTP/1.1 403 Forbidden\r\n\r\nfor ever"));
    });
    const gate = await startGateway({
      upstream: application.url,
      route: { connectionLimit: { authenticateWithin: "300ms" } },
    });
    const peer = await connectRaw(gate.port);
    expect((await peer.send(upgradeRequest()).head()).status).toBe(408);
    const [socket] = application.sockets;
    if (socket !== undefined && !socket.readableEnded && !socket.destroyed)
      await Promise.race([once(socket, "end"), once(socket, "close")]);
    expect(socket?.readableEnded === true || socket?.destroyed === true).toBe(true);
  });

  it("that is asked for when the client has already gone is let go", async () => {
    const application = await startRawServer((socket) => socket.resume());
    const gate = await startGateway({ upstream: application.url });
    const peer = await connectRaw(gate.port);
    peer.send(upgradeRequest());
    while (application.connections() === 0) await new Promise(setImmediate);
    peer.socket.resetAndDestroy();
    const [socket] = application.sockets;
    if (socket !== undefined && !socket.destroyed)
      await Promise.race([once(socket, "end"), once(socket, "close")]);
    expect(gate.gateway.gate.sessions.size).toBe(0);
  });
});
