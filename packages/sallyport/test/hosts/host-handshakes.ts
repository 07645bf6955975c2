import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from "jose";
import { describe, expect, it, vi } from "vitest";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import {
  connectRaw,
  openRaw,
  switchingHead,
  upgradeRequest,
  type RequestParts,
} from "../gateway/raw-client.ts";
import {
  closed,
  guardServer,
  openClient,
  openRoute,
  upgradeServer,
  wsApplication,
  type GuardedServer,
} from "./guarded-server.ts";
import type { HostOptions } from "./host-suite.ts";
import { createTokens } from "./test-tokens.ts";

interface Refusal extends RequestParts {
  readonly name: string;
  readonly status: number;
  readonly code: string;
  readonly route?: Partial<AttachRouteInput>;
}

const foreign = { Origin: "https://evil.example" };
const refusals: readonly Refusal[] = [
  { name: "a foreign Origin (CWE-1385)", fields: foreign, status: 403, code: "origin.foreign" },
  { name: "the Origin null", fields: { Origin: "null" }, status: 403, code: "origin.foreign" },
  { name: "a cookie without an Origin", fields: { Cookie: "a=b" }, status: 403, code: "origin.missing" },
  {
    name: "a host that nobody serves",
    fields: { Host: "evil.example" },
    route: { host: "app.example.com" },
    status: 421,
    code: "origin.host",
  },
  {
    name: "a path without a route",
    target: "/elsewhere",
    route: { path: "/chat" },
    status: 404,
    code: "handshake.no-route",
  },
  { name: "dot segments (RFC 3986 6.2.2.3)", target: "/chat/../x", status: 400, code: "handshake.target" },
  {
    name: "no key (RFC 6455 4.2.1)",
    fields: { "Sec-WebSocket-Key": null },
    status: 400,
    code: "handshake.key",
  },
  {
    name: "version 8 (RFC 6455 4.4)",
    fields: { "Sec-WebSocket-Version": "8" },
    status: 426,
    code: "handshake.version",
  },
  { name: "a POST (RFC 6455 4.2.1)", method: "POST", status: 405, code: "handshake.method" },
  {
    name: "another protocol than websocket",
    fields: { Upgrade: "h2c" },
    status: 400,
    code: "handshake.upgrade",
  },
  { name: "a body (RFC 9112 6)", lines: ["Content-Length: 5"], status: 400, code: "handshake.body" },
  {
    name: "two keys (RFC 6455 11.3.1)",
    lines: ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="],
    status: 400,
    code: "handshake.key",
  },
  {
    name: "an address that the firewall denies",
    route: { firewall: { deny: ["127.0.0.0/8"] } },
    status: 403,
    code: "firewall.denied",
  },
  {
    name: "only subprotocols that are not listed",
    lines: ["Sec-WebSocket-Protocol: x"],
    route: { subprotocol: { allow: ["chat.v1"] } },
    status: 400,
    code: "subprotocol.not-allowed",
  },
];

async function statusOf(guarded: GuardedServer, parts: RequestParts): Promise<number> {
  return (await (await connectRaw(guarded.port)).send(upgradeRequest(parts)).head()).status;
}

/** Refusals before the application hears of them; what it and the client are told when there is none. */
export function describeHandshakes({ host, identityOnRequest, asksByHttp }: HostOptions): void {
  describe("handshakes", () => {
    it.each(refusals)("refuses $name: $status", async ({ name: _name, status, code, route, ...parts }) => {
      const { server, requests } = wsApplication();
      const guarded = await guardServer(host, server, { routes: [{ ...openRoute, ...route }] });
      const peer = await connectRaw(guarded.port);
      const head = await peer.send(upgradeRequest(parts)).head();
      expect(head.status).toBe(status);
      expect(await guarded.seen("handshake")).toMatchObject({ verdict: "refuse", code, status });
      expect(guarded.events.filter(({ type }) => type === "handshake")).toHaveLength(1);
      expect(requests).toHaveLength(0);
    });

    it("refuses an unknown caller, a token of somebody else and one that has ended: 401, without the token in the event", async () => {
      const { server, requests } = wsApplication();
      const [tokens, others] = [await createTokens(), await createTokens()];
      const guarded = await guardServer(host, server, { routes: [{ path: "/", identity: tokens.identity }] });
      const wrong = [await others.sign("ada"), await tokens.sign("ada", 1)];
      expect(await statusOf(guarded, {})).toBe(401);
      for (const token of wrong)
        expect(await statusOf(guarded, { fields: { Authorization: `Bearer ${token}` } })).toBe(401);
      expect(requests).toHaveLength(0);
      for (const token of wrong) expect(JSON.stringify(guarded.events)).not.toContain(token);
    });

    it("refuses a banned address: 403, and ends its open connections: 4529", async () => {
      const { server, sockets } = wsApplication();
      const guarded = await guardServer(host, server);
      const client = await openClient(guarded.wsUrl);
      guarded.ban("192.0.2.1");
      expect(guarded.connections()).toBe(1);
      const ends = [closed(client), ...[...sockets.clients].map((socket) => closed(socket))];
      guarded.ban("127.0.0.0/8");
      const [atClient, atApplication] = await Promise.all(ends);
      expect(atClient).toEqual({ code: 4529, reason: expect.stringMatching(/^sallyport:/) });
      expect(atApplication?.code).toBe(1001);
      expect(await statusOf(guarded, {})).toBe(403);
    });

    it.each([
      ["is no HTTP", "GET / HTTP/1.1\r\nno colon\r\n\r\n", 400, "handshake.syntax"],
      [
        "has too large a head",
        `GET / HTTP/1.1\r\nA: ${"a".repeat(40_000)}\r\n\r\n`,
        431,
        "handshake.headers-too-large",
      ],
    ])("refuses what %s before it is a request, with an incident", async (_name, bytes, status, code) => {
      const guarded = await guardServer(host, wsApplication().server);
      const peer = await connectRaw(guarded.port);
      const head = await peer.send(bytes).head();
      const event = await guarded.seen("handshake");
      expect(event).toMatchObject({ code, status, route: null, address: "127.0.0.1" });
      expect(head.status).toBe(status);
      expect(`${head.text}${(await peer.bytes(1)).toString()}${peer.waiting.toString()}`).toContain(
        event.incident,
      );
      await peer.ended();
    });

    it("refuses more connections than perAddress: 429, until one has ended", async () => {
      const { server } = wsApplication();
      const routes = [{ ...openRoute, connectionLimit: { perAddress: 1 } }];
      const guarded = await guardServer(host, server, { routes });
      const first = await openClient(guarded.wsUrl);
      expect(await statusOf(guarded, {})).toBe(429);
      first.close();
      await guarded.seen("closed");
      expect(await statusOf(guarded, {})).toBe(101);
    });

    it("believes a forwarding header from a trusted proxy alone", async () => {
      const { server } = wsApplication();
      const routes = [{ ...openRoute, firewall: { deny: ["203.0.113.0/24"] } }];
      const fields = { "X-Forwarded-For": "203.0.113.7" };
      const open = await guardServer(host, server, { routes });
      expect(await statusOf(open, { fields })).toBe(101);
      const trusting = await guardServer(host, wsApplication().server, {
        routes,
        trustedProxies: ["127.0.0.1"],
      });
      expect(await statusOf(trusting, { fields })).toBe(403);
    });

    it("takes credentials out of the subprotocols, and answers with the one that the application chose", async () => {
      const tokens = await createTokens();
      const { server, requests } = wsApplication();
      const guarded = await guardServer(host, server, { routes: [{ path: "/", identity: tokens.identity }] });
      const token = await tokens.sign("ada");
      const client = await openClient(guarded.wsUrl, {
        protocols: ["chat.v2", `sallyport.token.${token}`, "chat.v1"],
      });
      expect(client.protocol).toBe("chat.v2");
      const [request] = requests;
      expect(request?.headers["sec-websocket-protocol"]?.replaceAll(" ", "")).toBe("chat.v2,chat.v1");
      expect(JSON.stringify([request?.rawHeaders, request?.headers, request?.url])).not.toContain(token);
      expect(JSON.stringify(guarded.events)).not.toContain(token);
    });

    it("answers sallyport.v1 where the application chooses none, and never shows it to the application", async () => {
      const tokens = await createTokens();
      const { server, requests } = wsApplication();
      const guarded = await guardServer(host, server, { routes: [{ path: "/", identity: tokens.identity }] });
      const protocols = ["sallyport.v1", `sallyport.token.${await tokens.sign("ada")}`];
      const client = await openClient(guarded.wsUrl, { protocols });
      expect(client.protocol).toBe("sallyport.v1");
      expect(requests[0]?.headers["sec-websocket-protocol"]).toBeUndefined();
    });

    it.runIf(asksByHttp)(
      "answers 502 where the application chooses a subprotocol that was not offered (RFC 6455 4.1) (only on hosts that ask by HTTP)",
      async () => {
        const server = upgradeServer((request, socket) => {
          const key = `Sec-WebSocket-Key: ${request.headers["sec-websocket-key"]}\r\n`;
          socket.write(switchingHead(key, ["Sec-WebSocket-Protocol: other"]));
        });
        const guarded = await guardServer(host, server);
        expect(await statusOf(guarded, { lines: ["Sec-WebSocket-Protocol: chat.v1"] })).toBe(502);
        expect(await guarded.seen("handshake")).toMatchObject({ code: "subprotocol.upstream-choice" });
      },
    );

    it.runIf(asksByHttp)(
      "tells the application who the caller is, signed, and which session it is, and not what the client says of it (only on hosts that ask by HTTP)",
      async () => {
        const tokens = await createTokens();
        const { server, requests } = wsApplication();
        const guarded = await guardServer(host, server, {
          routes: [{ path: "/", identity: tokens.identity }],
        });
        const headers = {
          authorization: `Bearer ${await tokens.sign("ada")}`,
          "sallyport-identity": "forged",
          "sallyport-session": "forged",
          "x-forwarded-for": "203.0.113.7",
        };
        await openClient(guarded.wsUrl, { headers });
        const { session } = await guarded.seen("open", ({ user }) => user === "ada");
        const request = requests[0];
        const statement = String(request?.headers["sallyport-identity"]);
        const response = await fetch(`${guarded.url}/.sallyport/jwks.json`);
        const keySet: JSONWebKeySet = JSON.parse(await response.text());
        const keys = createLocalJWKSet(keySet);
        const { payload } = await jwtVerify(statement, keys, { issuer: "sallyport", audience: "/" });
        expect(payload).toMatchObject({ sub: "ada", provider: "jwt", claims: { room: "attic" } });
        expect(request?.headers["sallyport-session"]).toBe(session);
        expect(request?.headers["x-forwarded-for"]).toBe("127.0.0.1");
        expect(JSON.stringify(request?.rawHeaders)).not.toMatch(/forged|203\.0\.113/);
        expect(request?.sallyport?.identity.user).toBe(identityOnRequest ? "ada" : undefined);
        expect(request?.sallyport?.session).toBe(identityOnRequest ? session : undefined);
      },
    );

    it("passes on the cookies and the fields of the application's answer, without its accept and extensions twice", async () => {
      const { server, sockets } = wsApplication();
      sockets.on("headers", (lines) => lines.push("Set-Cookie: a=1", "Set-Cookie: b=2", "X-Own: yes"));
      const guarded = await guardServer(host, server);
      const peer = await connectRaw(guarded.port);
      const { text } = await peer.send(upgradeRequest()).head();
      expect(text.match(/^set-cookie: .=\d\r$/gim)).toHaveLength(2);
      expect(text.match(/^sec-websocket-accept:/gim)).toHaveLength(1);
      expect(text).toMatch(/^x-own: yes\r$/im);
    });

    it("passes the application's own refusal on, with its body", async () => {
      const { server } = wsApplication(undefined, {
        verifyClient: (_info, answer) => answer(false, 401, "not you", { "X-Why": "house rules" }),
      });
      const guarded = await guardServer(host, server);
      const peer = await connectRaw(guarded.port);
      const head = await peer.send(upgradeRequest()).head();
      expect([head.status, head.fields.get("x-why")]).toEqual([401, "house rules"]);
      expect((await peer.bytes(7)).toString()).toBe("not you");
      await peer.ended();
      expect(await guarded.seen("handshake")).toMatchObject({ code: "upstream.refused", status: 401 });
    });

    it.runIf(asksByHttp)(
      "passes 64 KiB of the application's own refusal on, and reads no more of one without an end (only on hosts that ask by HTTP)",
      async () => {
        const piece = Buffer.alloc(16 * 1024, "x");
        const over = Promise.withResolvers<number>();
        const server = upgradeServer((_request, socket) => {
          let written = 0;
          socket.once("close", () => over.resolve(written));
          socket.write("HTTP/1.1 403 Forbidden\r\n\r\n");
          const writeOn = (): void => {
            written += piece.length;
            if (!socket.destroyed) socket.write(piece, writeOn);
          };
          writeOn();
        });
        const guarded = await guardServer(host, server);
        const peer = await connectRaw(guarded.port);
        expect((await peer.send(upgradeRequest()).head()).status).toBe(403);
        await peer.ended();
        expect(peer.waiting.equals(Buffer.alloc(64 * 1024, "x"))).toBe(true);
        expect(await over.promise).toBeLessThan(64 * 1024 * 1024);
      },
    );

    it.runIf(asksByHttp)(
      "passes the application's redirection on (only on hosts that ask by HTTP)",
      async () => {
        const server = upgradeServer((_request, socket) =>
          socket.end(
            "HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n",
          ),
        );
        const guarded = await guardServer(host, server);
        const head = await (await connectRaw(guarded.port)).send(upgradeRequest()).head();
        expect([head.status, head.fields.get("location")]).toEqual([302, "https://elsewhere.example/"]);
      },
    );

    it.runIf(asksByHttp).each([
      ["ends its socket", ""],
      ["speaks no HTTP", "hello?\r\n\r\n"],
      ["answers 200", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
      ["accepts another key", switchingHead("Sec-WebSocket-Key: x\r\n")],
    ])("answers 502 where the application %s (only on hosts that ask by HTTP)", async (_name, answer) => {
      const guarded = await guardServer(
        host,
        upgradeServer((_request, socket) => socket.end(answer)),
      );
      expect(await statusOf(guarded, {})).toBe(502);
    });

    it.runIf(asksByHttp)(
      "tells the application when the client leaves in mid-handshake (only on hosts that ask by HTTP)",
      async () => {
        const asked = Promise.withResolvers<void>();
        const gone = Promise.withResolvers<void>();
        const server = upgradeServer((_request, socket) => {
          socket.once("end", gone.resolve).once("close", gone.resolve).resume();
          asked.resolve();
        });
        const guarded = await guardServer(host, server);
        const peer = await connectRaw(guarded.port);
        peer.send(upgradeRequest());
        await asked.promise;
        peer.socket.resetAndDestroy();
        await gone.promise;
        expect(guarded.connections()).toBe(0);
      },
    );

    it("counts a connection once, and tells of its opening and its end once", async () => {
      const { server } = wsApplication();
      const guarded = await guardServer(host, server);
      const peer = await openRaw(guarded.port, { fields: { Origin: guarded.url } });
      expect(guarded.connections()).toBe(1);
      peer.close(1000);
      await peer.readClose();
      peer.socket.end();
      await guarded.seen("closed");
      expect(guarded.connections()).toBe(0);
      expect(guarded.events.map(({ type }) => type)).toEqual(["open", "closed"]);
    });

    it("answers the close of an application's server with nothing left open", async () => {
      const { server, sockets } = wsApplication();
      const guarded = await guardServer(host, server);
      const client = await openClient(guarded.wsUrl);
      for (const socket of sockets.clients) socket.close(1001, "bye");
      expect(await closed(client)).toEqual({ code: 1001, reason: "bye" });
      await guarded.seen("closed");
      await vi.waitUntil(() => sockets.clients.size === 0, { timeout: 10_000 });
    });
  });
}
