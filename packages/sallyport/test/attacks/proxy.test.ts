import { describe, expect, it, vi } from "vitest";
import { startGateway, startRawServer } from "../gateway/harness.ts";
import { connectRaw, openRaw, op, switchingHead, upgradeRequest } from "../gateway/raw-client.ts";
import { guardServer, openRoute, upgradeServer } from "../hosts/guarded-server.ts";
import { aftermath, describeAttacks, sessionsLeft, unharmed } from "./attack-suite.ts";
import { startTarget } from "./target.ts";

const many = { ...openRoute, connectionLimit: { handshakesPerAddress: "10000/s" as const } };
const spoofed = [
  "Forwarded: for=1.2.3.4",
  "X-Forwarded-For: 1.2.3.4",
  "X-Forwarded-Host: evil.example",
  "X-Forwarded-Proto: https",
  "X-Forwarded-User: admin",
  "X-Real-IP: 1.2.3.4",
  "Sallyport-Identity: forged",
  "Sallyport-Session: forged",
];

/** What an application answers, with the status that the client gets. `key` is the line that proves an accept. */
const answers: readonly (readonly [string, (key: string) => string, number])[] = [
  [
    "G03: a 101 without an accept (RFC 6455 4.1)",
    () => "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    502,
  ],
  ["G03: the accept of another key (RFC 6455 4.1)", () => switchingHead("Sec-WebSocket-Key: x\r\n"), 502],
  [
    "G04: an extension that was not offered (RFC 6455 4.1)",
    (key) => switchingHead(key, ["Sec-WebSocket-Extensions: permessage-deflate"]),
    502,
  ],
  [
    "G04: a subprotocol that was not offered (RFC 6455 4.1)",
    (key) => switchingHead(key, ["Sec-WebSocket-Protocol: x"]),
    502,
  ],
  ["G05: 200", () => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 502],
  ["G05: 401", () => "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", 401],
  [
    "G05: a redirection, which the gate does not follow",
    () => "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    302,
  ],
  ["G06: nothing", () => "", 502],
  ["no HTTP", () => "SSH-2.0-x\r\n\r\n", 502],
];

describeAttacks("attacks between client and application", ({ host, asksByHttp }) => {
  it.runIf(asksByHttp).each(answers)(
    "an application that answers %s (only on hosts that ask by HTTP)",
    async (_name, answer, status) => {
      let calls = 0;
      const server = upgradeServer((request, socket) => {
        calls += 1;
        socket.end(answer(`Sec-WebSocket-Key: ${request.headers["sec-websocket-key"]}\r\n`));
      });
      const guarded = await guardServer(host, server);
      const peer = await connectRaw(guarded.port);
      peer.send(upgradeRequest()).frame(op.text, "too early");
      expect((await peer.head()).status).toBe(status);
      await peer.ended();
      expect([await sessionsLeft(guarded), calls]).toEqual([0, 1]);
      expect((await (await connectRaw(guarded.port)).send(upgradeRequest()).head()).status).toBe(status);
    },
  );

  it.each([
    ["a wrong version", { fields: { "Sec-WebSocket-Version": "99" } }, 426],
    ["no key", { fields: { "Sec-WebSocket-Key": null } }, 400],
    ["a foreign Origin", { fields: { Origin: "https://evil.example" } }, 403],
    ["a body", { lines: ["Content-Length: 4"] }, 400],
  ] as const)(
    "G01, G02: nothing behind an upgrade with %s reaches the application (CWE-444)",
    async (_name, parts, status) => {
      const target = startTarget();
      const guarded = await guardServer(host, target.server, { routes: [{ ...openRoute, http: "forward" }] });
      const peer = await connectRaw(guarded.port);
      const behind = `GET /admin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n${upgradeRequest()}`;
      const head = await peer.send(upgradeRequest(parts) + behind).head();
      await peer.ended();
      const second = peer.waiting.toString("latin1").includes("HTTP/1.1");
      expect([head.status, second, target.arrived]).toEqual([status, false, []]);
      expect(await aftermath(guarded)).toEqual(unharmed);
    },
  );

  it("G01: an upgrade behind a plain answer that is still to come is refused", async () => {
    const target = startTarget();
    const guarded = await guardServer(host, target.server, { routes: [{ ...openRoute, http: "forward" }] });
    const hold = Promise.withResolvers<void>();
    target.server.removeAllListeners("request");
    target.server.on("request", (_request, response) => void hold.promise.then(() => response.end("page")));
    const peer = await connectRaw(guarded.port);
    peer.send(`GET /page HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n${upgradeRequest()}`);
    await guarded.seen("handshake");
    hold.resolve();
    await peer.ended();
    expect(peer.waiting.toString("latin1")).not.toContain("101 Switching");
    expect(target.sockets.clients.size).toBe(0);
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it.runIf(asksByHttp)(
    "G07: an application that dies is 1012 for its clients (IANA 1012) (only on hosts that ask by HTTP)",
    async () => {
      const target = startTarget();
      const guarded = await guardServer(host, target.server);
      const peer = await openRaw(guarded.port);
      for (const socket of target.sockets.clients) socket.terminate();
      expect(await peer.readClose()).toMatchObject({ code: 1012 });
      peer.socket.end();
      expect(await aftermath(guarded)).toEqual(unharmed);
    },
  );

  it("G08: an application that stalls ends its connection, and no other", async () => {
    const target = startTarget((socket, request) => void (request.url === "/stalls" && socket.pause()));
    const routes = [{ ...openRoute, messageRate: "off" as const, slowConsumer: { after: "500ms" } }];
    const guarded = await guardServer(host, target.server, { routes });
    const peer = await openRaw(guarded.port, { target: "/stalls" });
    const message = Buffer.alloc(512 * 1024);
    for (let index = 0; index < 64; index++) peer.frame(op.binary, message);
    expect(await guarded.seen("decision")).toMatchObject({ code: "slowConsumer.after" });
    expect(await peer.readClose()).toMatchObject({ code: 1013 });
    peer.socket.destroy();
    expect(await aftermath(guarded)).toEqual(unharmed);
    expect(target.messages.length).toBeLessThan(64);
  });

  it("G09: what a client says of itself as a proxy would never reaches the application (ASVS 4.1.3)", async () => {
    const target = startTarget();
    const guarded = await guardServer(host, target.server);
    expect(await aftermath(guarded, spoofed)).toEqual(unharmed);
    const [request] = target.arrived;
    expect(JSON.stringify([request?.rawHeaders, request?.headers])).not.toMatch(
      /1\.2\.3\.4|evil|forged|admin/,
    );
    expect(request?.headers["x-forwarded-for"]).toBe("127.0.0.1");
  });

  it("G16: frames before the 101 are kept up to a bound, in order (CVE-2022-21676)", async () => {
    const target = startTarget();
    const guarded = await guardServer(host, target.server);
    const peer = await connectRaw(guarded.port);
    const frame = Buffer.from("818137fa213d5b", "hex");
    peer.send(Buffer.concat([Buffer.from(upgradeRequest()), frame, Buffer.from("c18037fa213d", "hex")]));
    expect((await peer.head()).status).toBe(101);
    expect(await peer.readClose()).toMatchObject({ code: 1002 });
    peer.socket.destroy();
    expect(await aftermath(guarded)).toEqual(unharmed);
    const flood = await connectRaw(guarded.port);
    const message = Buffer.alloc(8 * 1024 * 1024);
    flood.send(upgradeRequest()).frame(op.binary, message);
    expect((await flood.head()).status).toBe(101);
    expect(await flood.readClose()).toMatchObject({ code: 1009 });
    flood.socket.destroy();
    expect(await aftermath(guarded)).toEqual(unharmed);
    expect(new Set(target.messages)).toEqual(new Set(["l", unharmed.echo]));
  });

  it("G17: resets before, in and behind the handshake, to owned and other paths, harm nobody (CVE-2022-41940)", async () => {
    const target = startTarget();
    const guarded = await guardServer(host, target.server, { routes: [many] });
    const attack = async (kind: number): Promise<void> => {
      const peer = await connectRaw(guarded.port);
      if (kind === 0) peer.send(upgradeRequest().slice(0, 60));
      if (kind === 1) peer.send(upgradeRequest());
      if (kind === 2) await peer.send(upgradeRequest()).head();
      if (kind === 3) peer.send(upgradeRequest({ target: "/../x" }));
      if (kind === 4) peer.send(upgradeRequest()).socket.end();
      if (kind === 5) peer.send(upgradeRequest({ target: "/.sallyport/ticket" }));
      await new Promise(setImmediate);
      peer.socket.resetAndDestroy();
    };
    for (let round = 0; round < 25; round++)
      await Promise.all(Array.from({ length: 12 }, (_, index) => attack(index % 6)));
    expect(await aftermath(guarded)).toEqual(unharmed);
    await vi.waitUntil(() => target.sockets.clients.size === 0, { timeout: 10_000 });
    const count = (type: string): number => guarded.events.filter((event) => event.type === type).length;
    expect(count("open")).toBeGreaterThanOrEqual(50);
    expect(count("closed")).toBe(count("open"));
  });

  it("G18: too many handshakes of one address are 429, with a time to come back (RFC 6585 4)", async () => {
    const target = startTarget();
    const routes = [{ ...openRoute, connectionLimit: { handshakesPerAddress: "2/s" as const } }];
    const guarded = await guardServer(host, target.server, { routes });
    const heads = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const peer = await connectRaw(guarded.port);
        const head = await peer.send(upgradeRequest()).head();
        peer.socket.destroy();
        return head;
      }),
    );
    const refused = heads.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(80);
    expect(refused.filter(({ fields }) => !(Number(fields.get("retry-after")) >= 1))).toEqual([]);
    expect(target.arrived).toHaveLength(heads.length - refused.length);
    expect(await sessionsLeft(guarded)).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it("G23: a hundred cookies, and cookies that are none, are only fields (CVE-2017-16025)", async () => {
    const target = startTarget();
    const guarded = await guardServer(host, target.server);
    const cookies = Array.from({ length: 100 }, (_, index) => `c${index}="a b\\;`).join("; ");
    expect(await aftermath(guarded, [`Cookie: ${cookies}`, `Origin: ${guarded.url}`])).toEqual(unharmed);
    expect(await aftermath(guarded, ["Cookie: =;;=; \t;,", `Origin: ${guarded.url}`])).toEqual(unharmed);
  });
});

describe("an upstream of the gateway", () => {
  it("G06: that is away is 502, and one that does not answer 504", async () => {
    const silent = await startRawServer(() => undefined);
    const away = await startGateway({ upstream: "ws://127.0.0.1:1" });
    const slow = await startGateway({ upstream: { url: silent.url, timeout: "200ms" } });
    const statuses = [];
    for (const { port } of [away, slow])
      statuses.push((await (await connectRaw(port)).send(upgradeRequest()).head()).status);
    expect(statuses).toEqual([502, 504]);
  });
});
