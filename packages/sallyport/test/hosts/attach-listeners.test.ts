import { mkdtemp, rm } from "node:fs/promises";
import { createSecureServer as createHttp2Server } from "node:http2";
import { createServer as createSecureServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadDevelopmentCertificate } from "../../src/hosts/development-ca.ts";
import { createServer, request as openRequest, type IncomingMessage, type Server } from "node:http";
import { once } from "node:events";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocketServer } from "ws";
import { attach } from "../../src/hosts/attach.ts";
import { createMemoryBans } from "../../src/state/memory-bans.ts";
import { connectRaw, switchingHead, upgradeRequest } from "../gateway/raw-client.ts";
import {
  closed,
  echo,
  guardServer,
  nextMessage,
  openClient,
  openRoute,
  upgradeServer,
  wsApplication,
} from "./guarded-server.ts";

describe("attach", () => {
  it("comes before upgrade listeners that are there and those that are added later, by hand or by a library", async () => {
    const server = createServer();
    const heard: string[] = [];
    server.on("upgrade", () => heard.push("before"));
    const guarded = await guardServer("attach", server);
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", echo);
    server.prependListener("upgrade", () => heard.push("first"));
    server.once("upgrade", () => heard.push("once"));
    const refused = openClient(guarded.wsUrl, { headers: { origin: "https://evil.example" } });
    await expect(refused).rejects.toThrow("status 403");
    expect(heard).toEqual([]);
    const client = await openClient(guarded.wsUrl);
    client.send("through");
    expect((await nextMessage(client)).data.toString()).toBe("through");
    expect(heard).toEqual(["first", "before", "once"]);
  });

  it("never shows a listener the client's socket", async () => {
    const server = createServer();
    const raw: unknown[] = [];
    server.on("connection", (socket) => raw.push(socket));
    const shown = Promise.withResolvers<readonly unknown[]>();
    server.on("upgrade", (request, socket) => {
      shown.resolve([socket, request.socket, request.connection]);
      socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
    });
    const guarded = await guardServer("attach", server);
    await expect(openClient(guarded.wsUrl)).rejects.toThrow("status 404");
    const [socket, ofRequest, connection] = await shown.promise;
    expect(raw).toHaveLength(1);
    expect(raw).not.toContain(socket);
    expect([ofRequest, connection]).toEqual([socket, socket]);
  });

  it("shows the addresses of the client's socket, and not its own", async () => {
    const { server, requests } = wsApplication();
    const guarded = await guardServer("attach", server);
    await openClient(guarded.wsUrl);
    const { socket } = requests[0] ?? {};
    expect([socket?.remoteAddress, socket?.localAddress]).toEqual(["127.0.0.1", "127.0.0.1"]);
    expect(socket?.localPort).toBe(guarded.port);
    expect(socket?.address()).toMatchObject({ port: guarded.port, family: "IPv4" });
    expect(socket?.remotePort).toBeGreaterThan(0);
  });

  it("guards a TLS server, whose pages are https and whose request is encrypted", async () => {
    const directory = await mkdtemp(join(tmpdir(), "sallyport-tls-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const { certificatePem, keyPem } = await loadDevelopmentCertificate({ directory, names: ["localhost"] });
    const server = createSecureServer({ cert: certificatePem, key: keyPem });
    const sockets = new WebSocketServer({ server });
    const shown: unknown[] = [];
    sockets.on("connection", (socket, request) => {
      shown.push(
        "encrypted" in request.socket && request.socket.encrypted,
        request.headers["x-forwarded-proto"],
      );
      echo(socket);
    });
    const { port } = await guardServer("attach", server);
    const connect = (origin: string): ReturnType<typeof openClient> =>
      openClient(`wss://localhost:${port}`, { rejectUnauthorized: false, headers: { origin } });
    await expect(connect(`http://localhost:${port}`)).rejects.toThrow("status 403");
    const client = await connect(`https://localhost:${port}`);
    client.send(Buffer.alloc(300_000, 7));
    expect((await nextMessage(client)).data.equals(Buffer.alloc(300_000, 7))).toBe(true);
    expect(shown).toEqual([true, "https"]);
    client.close(4001, "done");
    expect(await closed(client)).toEqual({ code: 4001, reason: "done" });
  });

  it("serves several WebSocketServers on one server, each on its path, under each route's own rules", async () => {
    const server = createServer();
    const [chat, bytes] = [new WebSocketServer({ noServer: true }), new WebSocketServer({ noServer: true })];
    chat.on("connection", (socket) => socket.on("message", () => socket.send("chat")));
    bytes.on("connection", (socket) => socket.on("message", () => socket.send("bytes")));
    server.on("upgrade", (request: IncomingMessage, socket, head) => {
      const sockets = request.url === "/chat" ? chat : bytes;
      sockets.handleUpgrade(request, socket, head, (client) => sockets.emit("connection", client, request));
    });
    const guarded = await guardServer("attach", server, {
      routes: [
        { ...openRoute, path: "/chat", messageSize: { opcodes: "text" } },
        { ...openRoute, path: "/bytes", messageSize: { opcodes: "binary" } },
      ],
    });
    const first = await openClient(`${guarded.wsUrl}/chat`);
    const second = await openClient(`${guarded.wsUrl}/bytes`);
    first.send("x");
    expect((await nextMessage(first)).data.toString()).toBe("chat");
    second.send(Buffer.from("x"));
    expect((await nextMessage(second)).data.toString()).toBe("bytes");
    second.send("x");
    expect((await closed(second)).code).toBe(1003);
    await expect(openClient(`${guarded.wsUrl}/other`)).rejects.toThrow("status 404");
  });

  it("leaves requests to other paths exactly as they came: the upgrade's fields, a body, 100-continue", async () => {
    const server = createServer();
    const seen: IncomingMessage[] = [];
    const answer = (request: IncomingMessage): void => void seen.push(request);
    server.on("checkContinue", (request, response) => {
      answer(request);
      response.writeContinue();
      request.resume().once("end", () => response.end("continued"));
    });
    const guarded = await guardServer("attach", server, { routes: [{ ...openRoute, path: "/chat" }] });
    const outgoing = openRequest(`${guarded.url}/upload`, {
      method: "POST",
      headers: {
        Expect: "100-continue",
        "Content-Length": "5",
        "X-Forwarded-For": "192.0.2.1",
        Cookie: "a=b",
      },
    });
    onTestFinished(() => void outgoing.destroy());
    outgoing.flushHeaders();
    await once(outgoing, "continue");
    outgoing.end("hello");
    await once(outgoing, "response");
    expect(seen[0]?.headers).toMatchObject({
      expect: "100-continue",
      "x-forwarded-for": "192.0.2.1",
      cookie: "a=b",
    });
    expect(seen[0]?.sallyport).toBeUndefined();
    expect(guarded.events).toEqual([]);
  });

  it("holds upgrades and requests back until its policy is in force", async () => {
    const { server, requests } = wsApplication();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const guarded = guardServer("attach", server);
    const { port } = server.address() as { port: number };
    const refused = openClient(`ws://127.0.0.1:${port}`, { headers: { origin: "https://evil.example" } });
    await expect(refused).rejects.toThrow("status 403");
    await guarded;
    expect(requests).toHaveLength(0);
  });

  it("lets nothing through where its policy is wrong, and says what is", async () => {
    const { server, requests } = wsApplication();
    const gate = attach(server, {
      routes: [{ path: "/", identity: "anonymous", messageSize: { inbound: "huge" } }],
    });
    await expect(gate.ready).rejects.toThrow("routes[0].messageSize.inbound");
    server.listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const peer = await connectRaw(port);
    peer.send(upgradeRequest());
    await peer.ended();
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow("fetch failed");
    expect(requests).toHaveLength(0);
    expect(gate.problems()).toHaveLength(1);
  });

  it("guards a server that listens on a Unix socket, as behind a proxy of the same machine", async () => {
    const directory = await mkdtemp(join(tmpdir(), "sallyport-unix-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const { server } = wsApplication();
    const gate = attach(server, { routes: [openRoute] });
    await gate.ready;
    const path = join(directory, "application.sock");
    server.listen(path);
    await once(server, "listening");
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const client = await openClient(`ws+unix://${path}:/`);
    client.send("through");
    expect((await nextMessage(client)).data.toString()).toBe("through");
    const foreign = openClient(`ws+unix://${path}:/`, { headers: { origin: "https://evil.example" } });
    await expect(foreign).rejects.toThrow("status 403");
    client.terminate();
  });

  it("takes a request whose target hides its path behind a broken authority for what it may mean", async () => {
    const { server, requests } = wsApplication();
    const guarded = await guardServer("attach", server, { routes: [{ ...openRoute, path: "/chat" }] });
    const peer = await connectRaw(guarded.port);
    peer.send("GET http://host:99999/chat HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    expect((await peer.head()).status).toBe(400);
    expect(requests).toHaveLength(0);
  });

  it("answers 502, and no frame, where the application's 101 holds what is no header", async () => {
    const server = upgradeServer((request, socket) =>
      socket.write(
        switchingHead(`Sec-WebSocket-Key: ${request.headers["sec-websocket-key"]}\r\n`, ["X-Odd: a\nb"]),
      ),
    );
    const guarded = await guardServer("attach", server);
    const peer = await connectRaw(guarded.port);
    expect((await peer.send(upgradeRequest()).head()).status).toBe(502);
    await peer.ended();
    expect(guarded.events.map(({ type }) => type)).toEqual(["handshake"]);
  });

  it.each([200, 403])(
    "ends the socket of an application that answers %d and leaves it open",
    async (status) => {
      const ended = Promise.withResolvers<void>();
      const server = upgradeServer((_request, socket) => {
        socket.once("close", ended.resolve);
        socket.write(`HTTP/1.1 ${status} Odd\r\n\r\n${"x".repeat(70_000)}`);
      });
      const guarded = await guardServer("attach", server);
      const peer = await connectRaw(guarded.port);
      expect((await peer.send(upgradeRequest()).head()).status).toBe(status === 200 ? 502 : status);
      await ended.promise;
    },
  );

  it("leaves what is no HTTP to the application that listens for it, and tells of it", async () => {
    const { server } = wsApplication();
    server.on("clientError", (_error, socket) => socket.end("HTTP/1.1 418 Own\r\n\r\n"));
    const guarded = await guardServer("attach", server);
    const peer = await connectRaw(guarded.port);
    expect((await peer.send("GET / HTTP/1.1\r\nno colon\r\n\r\n").head()).status).toBe(418);
    expect(await guarded.seen("handshake")).toMatchObject({ code: "handshake.syntax", status: 400 });
  });

  it("gives back what a connection held where onEvent throws", async () => {
    const { server } = wsApplication();
    const gate = attach(
      server,
      { routes: [{ ...openRoute, connectionLimit: { perAddress: 1 } }] },
      {
        onEvent: () => {
          throw new Error("a fault of the application's log");
        },
      },
    );
    const warned = once(process, "warning");
    await gate.ready;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as { port: number };
    for (let times = 0; times < 3; times++) {
      const client = await openClient(`ws://127.0.0.1:${port}`);
      client.send("through");
      expect((await nextMessage(client)).data.toString()).toBe("through");
      client.close();
      await closed(client);
      await vi.waitUntil(() => gate.connections === 0, { timeout: 10_000 });
    }
    expect((await warned)[0]).toMatchObject({ name: "SallyportWarning" });
    await gate.drain();
  });

  it("ends open connections that are banned in the bans that servers share, once it is told to", async () => {
    const bans = createMemoryBans({ maxEntries: 10 });
    const { server } = wsApplication();
    const gate = attach(server, { routes: [openRoute] }, { bans });
    expect(gate.closeBanned()).toBe(0);
    await gate.ready;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const client = await openClient(`ws://127.0.0.1:${port}`);
    bans.add("127.0.0.1", { reason: "elsewhere", until: null });
    const ended = closed(client);
    expect(gate.closeBanned()).toBe(1);
    expect((await ended).code).toBe(4529);
    expect(gate.bans.list(Date.now())).toHaveLength(1);
    expect([gate.bans.size, gate.bans.remove("127.0.0.1"), gate.bans.size]).toEqual([1, true, 0]);
    expect(gate.bans.add("no address", { reason: "", until: null }).ok).toBe(false);
  });

  it("refuses servers of HTTP/2, whose streams no listener could be kept from", () => {
    const server = createHttp2Server({ allowHTTP1: true });
    expect(() => attach(server as unknown as Server, { routes: [openRoute] })).toThrow(
      "node:http or node:https",
    );
  });

  it("refuses to be attached twice", async () => {
    const { server } = wsApplication();
    await guardServer("attach", server);
    expect(() => attach(server, { routes: [openRoute] })).toThrow("attached to this server already");
  });

  it("refuses upgrades where nobody listens for them, which Node takes for plain requests: 400", async () => {
    const guarded = await guardServer("attach", createServer());
    await expect(openClient(guarded.wsUrl)).rejects.toThrow("status 400");
  });

  it("answers 502 to a listener that throws, and serves the next", async () => {
    const server = createServer();
    let times = 0;
    server.on("upgrade", () => {
      times += 1;
      if (times === 1) throw new Error("a fault of the application");
    });
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", echo);
    const guarded = await guardServer("attach", server);
    await expect(openClient(guarded.wsUrl)).rejects.toThrow(/status 50\d/);
    const client = await openClient(guarded.wsUrl);
    client.send("still here");
    expect((await nextMessage(client)).data.toString()).toBe("still here");
  });
});
