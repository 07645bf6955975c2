import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { portOf, startGateway, startRawServer, type TestGateway } from "./harness.ts";
import { connectRaw } from "./raw-client.ts";

async function behind(listener: RequestListener, route: object = { http: "forward" }): Promise<TestGateway> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return await startGateway({ upstream: `ws://127.0.0.1:${portOf(server.address())}`, route: { ...route } });
}

const page: RequestListener = (incoming, response) => {
  const pieces: Buffer[] = [];
  incoming.on("data", (piece: Buffer) => pieces.push(piece));
  incoming.on("end", () => {
    response.setHeader("Set-Cookie", ["a=1", "b=2"]);
    response.setHeader(
      "X-Seen",
      JSON.stringify([incoming.method, incoming.url, incoming.headers["x-forwarded-for"]]),
    );
    const body = `got ${Buffer.concat(pieces).toString()}`;
    response.setHeader("Content-Length", body.length);
    response.end(body);
  });
};

async function statusOf(upstream: unknown): Promise<number> {
  const gate = await startGateway({ upstream, route: { http: "forward" } });
  return (await fetch(gate.url)).status;
}

describe("plain HTTP", () => {
  it("is refused with 426 unless the route forwards it (RFC 9110 15.5.22)", async () => {
    const gate = await behind(page, {});
    const response = await fetch(`${gate.url}/index.html`);
    expect([response.status, response.headers.get("upgrade")]).toEqual([426, "websocket"]);
    expect(await gate.seen("handshake")).toMatchObject({ code: "handshake.plain-http" });
  });

  it("is forwarded with its body, its fields, and what the gate says about the client", async () => {
    const gate = await behind(page);
    const get = await fetch(`${gate.url}/a?b=c`, { headers: { "X-Forwarded-For": "1.2.3.4" } });
    expect([get.status, await get.text()]).toEqual([200, "got "]);
    expect(get.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(JSON.parse(get.headers.get("x-seen") ?? "")).toEqual(["GET", "/a?b=c", "127.0.0.1"]);
    const body = "x".repeat(300_000);
    const post = await fetch(gate.url, { method: "POST", body, headers: { Origin: gate.url } });
    expect(await post.text()).toBe(`got ${body}`);
    const head = await fetch(gate.url, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "4", ""]);
  });

  it("is forwarded in chunks, and kept in bounds by the framing rules (RFC 9112 6)", async () => {
    const gate = await behind(page);
    const peer = await connectRaw(gate.port);
    peer.send(
      "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    );
    expect((await peer.head()).status).toBe(200);
    await peer.ended();
    expect(peer.waiting.toString()).toContain("got hello");
    const smuggler = await connectRaw(gate.port);
    smuggler.send(
      "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    );
    expect((await smuggler.head()).status).toBe(400);
  });

  it("never carries the long-polling twin of a WebSocket round the message guards", async () => {
    for (const route of [{ http: "forward" }, {}]) {
      const gate = await behind(page, route);
      for (const target of [
        "/socket.io/?EIO=4&transport=polling",
        "/socket.io/?a=1&%45IO=4",
        "/echo/000/abc/xhr_streaming",
      ])
        expect([target, (await fetch(gate.url + target)).status]).toEqual([target, 426]);
    }
  });

  it("that a foreign page posts is refused (CSRF)", async () => {
    const gate = await behind(page);
    const post = await fetch(gate.url, {
      method: "POST",
      body: "x",
      headers: { Origin: "http://evil.example" },
    });
    expect(post.status).toBe(403);
    expect(await gate.seen("handshake")).toMatchObject({ code: "origin.foreign" });
  });

  it("gets 502 where the application is gone or switches unasked, 504 where it is silent", async () => {
    const reset = await startRawServer((socket) => socket.destroy());
    const switching = await startRawServer((socket) => {
      socket.once("data", () =>
        socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
      );
    });
    const silent = await startRawServer(() => undefined);
    expect(await statusOf(reset.url)).toBe(502);
    expect(await statusOf(switching.url)).toBe(502);
    expect(await statusOf({ url: silent.url, timeout: "200ms" })).toBe(504);
  });

  it("counts against connectionLimit while it lasts, and gives back what it took", async () => {
    const gate = await behind(page, { http: "forward", connectionLimit: { perAddress: 1 } });
    const visit = async (): Promise<unknown> => {
      const response = await fetch(gate.url);
      return [response.status, await response.text()];
    };
    expect(await visit()).toEqual([200, "got "]);
    // It has come to its end at the client before it has at the gate.
    for (let count = 0; count < 4; count++) await expect.poll(visit, { interval: 5 }).toEqual([200, "got "]);
  });

  it("to the gate's own path is answered by the gate alone", async () => {
    const gate = await behind(page);
    const status = async (path: string): Promise<number> => (await fetch(gate.url + path)).status;
    expect(await status("/.sallyport/live")).toBe(200);
    expect(await status("/.sallyport/ready")).toBe(200);
    expect(await status("/.sallyport/other")).toBe(404);
    expect(await status("/%2esallyport/live")).toBe(404);
    expect((await fetch(`${gate.url}/.sallyport/live`, { method: "POST" })).status).toBe(405);
  });
});
