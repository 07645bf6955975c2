import { describe, expect, it } from "vitest";
import { bytesOf, startApplication, startGateway } from "./harness.ts";
import { connectRaw, openRaw, op, upgradeRequest, type RequestParts } from "./raw-client.ts";

const many = (count: number, text: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => text(index));
const withoutEmptyLine = upgradeRequest().replace("\r\n\r\n", "\r\n");

/** Handshakes by what they do, with the statuses that are right. `raw` stands for the whole request. */
const attacks: readonly (RequestParts & {
  readonly name: string;
  readonly raw?: string;
  readonly status: number;
})[] = [
  { name: "no Host (RFC 9112 3.2)", fields: { Host: null }, status: 400 },
  { name: "two Host fields (RFC 9112 3.2)", lines: ["Host: 127.0.0.1"], status: 400 },
  { name: "a POST (RFC 6455 4.2.1)", method: "POST", status: 405 },
  { name: "HTTP/1.0 (RFC 6455 4.2.1)", version: "HTTP/1.0", status: 400 },
  { name: "no key (RFC 6455 4.2.1)", fields: { "Sec-WebSocket-Key": null }, status: 400 },
  {
    name: "a key that is not 16 bytes (RFC 6455 4.2.1)",
    fields: { "Sec-WebSocket-Key": "c2hvcnQ=" },
    status: 400,
  },
  {
    name: "a key that is not base64 (RFC 6455 4.2.1)",
    fields: { "Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!==" },
    status: 400,
  },
  { name: "two keys (RFC 6455 11.3.1)", lines: ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="], status: 400 },
  { name: "no version (RFC 6455 4.2.2)", fields: { "Sec-WebSocket-Version": null }, status: 426 },
  { name: "version 99 (RFC 6455 4.4)", fields: { "Sec-WebSocket-Version": "99" }, status: 426 },
  { name: "a list of versions (RFC 6455 11.3.5)", fields: { "Sec-WebSocket-Version": "13, 8" }, status: 426 },
  { name: "version 013 (RFC 6455 4.1)", fields: { "Sec-WebSocket-Version": "013" }, status: 426 },
  { name: "an upgrade to h2c (RFC 9110 7.8)", fields: { Upgrade: "h2c" }, status: 400 },
  { name: "a choice of protocols (RFC 9110 7.8)", fields: { Upgrade: "websocket, h2c" }, status: 400 },
  { name: "no Connection: Upgrade (RFC 6455 4.2.1)", fields: { Connection: null }, status: 400 },
  { name: "a space before the colon (RFC 9112 5.1)", lines: ["X-Space : 1"], status: 400 },
  { name: "a folded line (RFC 9112 5.2)", lines: ["X-Fold: a", " b"], status: 400 },
  { name: "bare line feeds (RFC 9112 2.2)", raw: upgradeRequest().replaceAll("\r\n", "\n"), status: 400 },
  { name: "a NUL in a value (RFC 9110 5.5)", lines: ["X-Nul: a\0b"], status: 400 },
  { name: "a header of 20 KiB (RFC 6585 5)", lines: [`X-Large: ${"a".repeat(20_480)}`], status: 431 },
  { name: "3000 headers (RFC 6585 5)", lines: many(3000, (index) => `X-${index}: 1`), status: 431 },
  { name: "101 small headers (RFC 6585 5)", lines: many(101, (index) => `X-${index}: 1`), status: 431 },
  { name: "a target of 9 KiB (RFC 9110 15.5.15)", target: `/${"a".repeat(9216)}`, status: 414 },
  { name: "a target of 20 KiB (RFC 6585 5)", target: `/${"a".repeat(20_480)}`, status: 431 },
  {
    name: "a body (RFC 9112 6)",
    raw: `${upgradeRequest({ lines: ["Content-Length: 5"] })}hello`,
    status: 400,
  },
  {
    name: "both framings of a body (RFC 9112 6.3)",
    raw: `${upgradeRequest({ lines: ["Content-Length: 5", "Transfer-Encoding: chunked"] })}0\r\n\r\n`,
    status: 400,
  },
  { name: "two lengths (RFC 9112 6.3)", lines: ["Content-Length: 0", "Content-Length: 5"], status: 400 },
  { name: "chunked, identity (RFC 9112 6.1)", lines: ["Transfer-Encoding: chunked, identity"], status: 400 },
  { name: "a target in absolute form (RFC 9112 3.2.2)", target: "http://169.254.169.254/", status: 400 },
  { name: "a target in asterisk form (RFC 9112 3.2.4)", target: "*", status: 400 },
  { name: "a target of two slashes", target: "//evil.example/", status: 400 },
  { name: "a target of two backslashes", target: "\\\\evil.example", status: 400 },
  { name: "dot segments (RFC 3986 6.2.2.3)", target: "/ws/../ws", status: 400 },
  { name: "escaped dot segments (RFC 3986 6.2.2.2)", target: "/ws/%2e%2e/admin", status: 400 },
  { name: "an escaped slash (RFC 3986 2.2)", target: "/ws%2fadmin", status: 400 },
  { name: "double escapes (RFC 3986 2.4)", target: "/ws%252fadmin", status: 400 },
  { name: "a broken escape (RFC 3986 2.1)", target: "/%zz", status: 400 },
  { name: "an escaped NUL (RFC 3986 7.3)", target: "/a%00b", status: 400 },
  {
    name: "a path that no route serves",
    target: "/elsewhere",
    fields: { Host: "app.example.com" },
    status: 404,
  },
  {
    name: "a subprotocol that is no token (RFC 6455 4.1)",
    lines: ["Sec-WebSocket-Protocol: a b"],
    status: 400,
  },
  { name: "a subprotocol twice (RFC 6455 4.1)", lines: ["Sec-WebSocket-Protocol: a, a"], status: 400 },
  {
    name: "an extension with an open quote (CVE-2020-7662)",
    lines: [`Sec-WebSocket-Extensions: a; b="${"c".repeat(8000)}`],
    status: 400,
  },
  {
    name: "a subprotocol of 8000 spaces (CVE-2021-32640)",
    lines: [`Sec-WebSocket-Protocol: a${" ".repeat(8000)}b`],
    status: 400,
  },
  {
    name: "an extension that breaks the grammar (RFC 6455 9.1)",
    lines: ["Sec-WebSocket-Extensions: ;"],
    status: 400,
  },
  {
    name: "draft 75",
    fields: { "Sec-WebSocket-Key": null, "Sec-WebSocket-Version": null, Upgrade: "WebSocket" },
    status: 426,
  },
  {
    name: "draft 76",
    fields: { "Sec-WebSocket-Key": null, "Sec-WebSocket-Version": null },
    lines: ["Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5", "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00"],
    status: 426,
  },
  {
    name: "two Origin fields (RFC 6454 7.3)",
    lines: ["Origin: http://127.0.0.1", "Origin: http://evil.example"],
    status: 400,
  },
  { name: "a foreign Origin (CWE-1385)", lines: ["Origin: http://evil.example"], status: 403 },
  { name: "the Origin null (RFC 6454 7.3)", lines: ["Origin: null"], status: 403 },
  {
    name: "Host and Origin both foreign (DNS rebinding)",
    fields: { Host: "evil.example" },
    lines: ["Origin: http://evil.example"],
    status: 421,
  },
  { name: "a Host with a user name (RFC 9110 4.2.4)", fields: { Host: "user@127.0.0.1" }, status: 400 },
  { name: "a Host with port zero", fields: { Host: "127.0.0.1:0" }, status: 400 },
  {
    name: "Connection naming a security header (RFC 9110 7.6.1)",
    fields: { Connection: "Upgrade, Origin" },
    status: 400,
  },
  {
    name: "Connection naming a user header (RFC 9110 7.6.1)",
    fields: { Connection: "Upgrade, X-User-Id" },
    status: 400,
  },
  {
    name: "HTTP2-Settings beside websocket (RFC 9113 3.1)",
    lines: ["HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"],
    status: 400,
  },
  { name: "the preface of HTTP/2 (RFC 9113 3.4)", raw: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", status: 400 },
  {
    name: "TLS on the plain port",
    raw: "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03".padEnd(170, "\0"),
    status: 400,
  },
  {
    name: "CONNECT (RFC 9110 9.3.6)",
    raw: "CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: 169.254.169.254:80\r\n\r\n",
    status: 405,
  },
  { name: "a query that is not UTF-8", target: "/?a=%ff%fe", status: 400 },
];

/** Handshakes that look odd and are right. */
const accepted: readonly (RequestParts & { readonly name: string })[] = [
  { name: "Upgrade in another case (RFC 6455 4.2.1)", fields: { Upgrade: "WebSocket" } },
  { name: "Connection with keep-alive (RFC 6455 4.2.1)", fields: { Connection: "keep-alive, Upgrade" } },
  { name: "an escaped letter of the path (RFC 3986 6.2.2.2)", target: "/%77s" },
  { name: "an extension named constructor (RFC 6455 9.1)", lines: ["Sec-WebSocket-Extensions: constructor"] },
  {
    name: "a window that is out of range (RFC 7692 7.1.2.1)",
    lines: ["Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=1000"],
  },
  {
    name: "a subprotocol that nobody knows (RFC 6455 4.2.2)",
    lines: ["Sec-WebSocket-Protocol: unknown.example"],
  },
  { name: "the gate's own origin", lines: [] },
  { name: "a parameter named __proto__", target: "/?__proto__[x]=1&token=a&token=b" },
  { name: "a thousand parameters", target: `/?${many(1000, (index) => `p${index}=1`).join("&")}` },
];

async function startBoth() {
  const application = await startApplication(
    (socket) => socket.on("message", (data) => socket.send(bytesOf(data), { binary: false })),
    {
      handleProtocols: () => false,
    },
  );
  const gate = await startGateway({
    routes: [
      {
        path: "/",
        host: "127.0.0.1",
        upstream: application.url,
        identity: "anonymous",
        connectionLimit: { handshakesPerAddress: "1000/s" },
      },
      { path: "/app", host: "app.example.com", upstream: application.url, identity: "anonymous" },
    ],
  });
  return { application, gate };
}

describe("handshake attacks", () => {
  it("are each answered with their status, told once, and never reach the application", async () => {
    const { application, gate } = await startBoth();
    const found: string[] = [];
    for (const { name, raw, ...parts } of attacks) {
      const told = gate.events.length;
      const peer = await connectRaw(gate.port);
      const head = await peer.send(raw ?? upgradeRequest(parts)).head();
      const body = await peer.bytes(Number(head.fields.get("content-length")));
      await peer.ended();
      const { incident } = JSON.parse(body.toString()) as { incident: string };
      const { status } = head;
      expect({ name, events: gate.events.slice(told) }).toMatchObject({
        name,
        events: [{ type: "handshake", verdict: "refuse", status, incident }],
      });
      expect({
        name,
        connection: head.fields.get("connection")?.split(",", 1)[0],
        version: head.fields.get("sec-websocket-version"),
        allow: head.fields.get("allow"),
      }).toEqual({
        name,
        connection: "close",
        version: status === 426 ? "13" : undefined,
        allow: status === 405 ? "GET" : undefined,
      });
      found.push(`${status} ${name}`);
    }
    expect(found).toEqual(attacks.map(({ status, name }) => `${status} ${name}`));
    expect(attacks.length).toBeGreaterThan(50);
    expect(application.connections()).toBe(0);
    const next = await openRaw(gate.port);
    expect((await next.frame(op.text, "still here").readFrame()).payload.toString()).toBe("still here");
  });

  it("are told from odd handshakes that are right", async () => {
    const { gate } = await startBoth();
    for (const { name, ...parts } of accepted) {
      const peer = await connectRaw(gate.port);
      const head = await peer.send(upgradeRequest(parts)).head();
      const negotiated = [...head.fields.keys()].filter((field) => /extensions|protocol/.test(field));
      expect({ name, status: head.status, negotiated }).toEqual({ name, status: 101, negotiated: [] });
      peer.close();
      expect(await peer.readClose()).toMatchObject({ code: 1000 });
    }
  });

  it("do not get a request that is pipelined behind a refused upgrade to the application (CWE-444)", async () => {
    const { application, gate } = await startBoth();
    const peer = await connectRaw(gate.port);
    const bad = upgradeRequest({ fields: { "Sec-WebSocket-Version": "99" } });
    const head = await peer.send(bad + upgradeRequest()).head();
    expect(head.status).toBe(426);
    await peer.ended();
    expect(peer.waiting.toString("latin1")).not.toContain("HTTP/1.1");
    expect(application.connections()).toBe(0);
  });

  it("do not lose frames that came with the request (RFC 6455 4.1)", async () => {
    const { gate } = await startBoth();
    const peer = await connectRaw(gate.port);
    const frame = Buffer.from("818137fa213d5b", "hex");
    peer.send(Buffer.concat([Buffer.from(upgradeRequest()), frame, frame]));
    expect((await peer.head()).status).toBe(101);
    for (let count = 0; count < 2; count++) expect((await peer.readFrame()).payload.toString()).toBe("l");
  });

  it("that never end their head get 408 (CWE-400, slowloris)", async () => {
    const gate = await startGateway({ route: { connectionLimit: { authenticateWithin: "1s" } } });
    const peer = await connectRaw(gate.port);
    const head = await peer.send(withoutEmptyLine).head(8000);
    expect(head.status).toBe(408);
    await peer.ended();
    expect(await gate.seen("handshake")).toMatchObject({ code: "handshake.too-slow", status: 408 });
  });

  it("with a hundred cookies are only a large header", async () => {
    const { gate } = await startBoth();
    const cookie = `Cookie: ${many(100, (index) => `c${index}="a b\\;`).join("; ")}`;
    const lines = [cookie, `Origin: http://127.0.0.1:${gate.port}`];
    expect(await openRaw(gate.port, { lines })).toBeDefined();
  });
});
