import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errors } from "../errors.ts";
import { checkPlainRequest, checkUpgrade } from "./handshake-request.ts";
import { HeaderList } from "./header-list.ts";
import type { RequestHead } from "./request-head.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** The example of RFC 6455 1.3. */
const EXAMPLE: Readonly<Record<string, string>> = {
  Host: "server.example.com",
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Key": KEY,
  Origin: "http://example.com",
  "Sec-WebSocket-Version": "13",
};

interface Change {
  readonly method?: string;
  readonly httpVersion?: string;
  readonly target?: string;
  /** In place of the example's; `null` takes the field out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Behind the others, as names and values. */
  readonly more?: readonly string[];
}

function upgrade(change: Change = {}): RequestHead {
  return request(EXAMPLE, { target: "/chat", ...change });
}

function plain(change: Change = {}): RequestHead {
  return request({ Host: "server.example.com" }, change);
}

function request(fields: Readonly<Record<string, string>>, change: Change): RequestHead {
  const { method = "GET", httpVersion = "1.1", target = "/", headers = {}, more = [] } = change;
  const raw = Object.entries({ ...fields, ...headers }).flatMap(([name, value]) =>
    value === null ? [] : [name, value],
  );
  return { method, httpVersion, target, headers: new HeaderList([...raw, ...more]) };
}

describe("checkUpgrade", () => {
  it("reads the example of the RFC (RFC 6455 1.3)", () => {
    const more = ["Sec-WebSocket-Protocol", "chat, superchat", "Sec-WebSocket-Extensions", "x; y=1"];
    expect(checkUpgrade(upgrade({ target: "/%63hat?a=b", more }))).toEqual({
      ok: true,
      key: KEY,
      path: "/chat",
      query: "a=b",
      host: "server.example.com",
      hostPort: null,
      subprotocols: ["chat", "superchat"],
      extensions: [{ name: "x", params: [{ name: "y", value: "1" }] }],
    });
  });

  it.each<[string, Change]>([
    ["Upgrade in any case (RFC 6455 4.2.1 item 3)", { headers: { Upgrade: "WebSocket" } }],
    [
      "Connection with keep-alive (RFC 6455 4.2.1 item 4)",
      { headers: { Connection: "keep-alive, Upgrade" } },
    ],
    ["Connection in two fields (RFC 9110 5.3)", { more: ["Connection", "keep-alive"] }],
    ["Content-Length: 0 (RFC 9110 8.6)", { more: ["Content-Length", "0"] }],
    ["no Origin (RFC 6455 4.2.1 item 7)", { headers: { Origin: null } }],
    [
      "a foreign Origin: that is the origin guard's to judge",
      { headers: { Origin: "https://evil.example" } },
    ],
    ["an unknown extension (RFC 6455 9.1)", { more: ["Sec-WebSocket-Extensions", "constructor"] }],
    ["a key whose unused bits are set", { headers: { "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAB==" } }],
    ["any other header twice", { more: ["Cookie", "a=1", "Cookie", "b=2"] }],
  ])("accepts %s", (_, change) => {
    expect(checkUpgrade(upgrade(change))).toMatchObject({ ok: true });
  });

  it.each<[string, string, Change]>([
    ["handshake.http-version", "HTTP/1.0 (RFC 6455 4.2.1 item 1)", { httpVersion: "1.0" }],
    ["handshake.http-version", "HTTP/2.0", { httpVersion: "2.0" }],
    ["handshake.method", "POST (RFC 6455 4.2.1 item 1)", { method: "POST" }],
    ["handshake.method", "get in lower case (RFC 9110 9.1)", { method: "get" }],
    ["handshake.upgrade", "no Upgrade (RFC 6455 4.2.1 item 3)", { headers: { Upgrade: null } }],
    ["handshake.upgrade", "h2c (RFC 9110 7.8)", { headers: { Upgrade: "h2c" } }],
    ["handshake.upgrade", "a list of protocols", { headers: { Upgrade: "websocket, h2c" } }],
    ["handshake.upgrade", "two Upgrade fields", { more: ["Upgrade", "websocket"] }],
    ["handshake.upgrade", "HTTP2-Settings", { more: ["HTTP2-Settings", "AAMAAABk"] }],
    ["handshake.connection", "no Connection (RFC 6455 4.2.1 item 4)", { headers: { Connection: null } }],
    ["handshake.connection", "Connection without upgrade", { headers: { Connection: "keep-alive" } }],
    ["handshake.connection", "Connection: close", { headers: { Connection: "Upgrade, close" } }],
    ["handshake.duplicate-header", "two Origins (RFC 6454 7.3)", { more: ["Origin", "http://example.com"] }],
    [
      "handshake.duplicate-header",
      "two Authorizations",
      { more: ["Authorization", "a", "Authorization", "b"] },
    ],
    [
      "handshake.duplicate-header",
      "two lengths (RFC 9112 6.3)",
      { more: ["Content-Length", "0", "Content-Length", "0"] },
    ],
    ["handshake.body", "a body (RFC 9112 6)", { more: ["Content-Length", "5"] }],
    ["handshake.body", "a length of many zeros", { more: ["Content-Length", "00"] }],
    ["handshake.body", "a negative length", { more: ["Content-Length", "-1"] }],
    ["handshake.body", "a list of lengths", { more: ["Content-Length", "0, 0"] }],
    ["handshake.body", "Transfer-Encoding", { more: ["Transfer-Encoding", "chunked"] }],
    [
      "handshake.body",
      "both (RFC 9112 6.3)",
      { more: ["Content-Length", "0", "Transfer-Encoding", "chunked"] },
    ],
    ["handshake.body", "chunked, identity", { more: ["Transfer-Encoding", "chunked, identity"] }],
    [
      "handshake.version",
      "no version (RFC 6455 4.2.1 item 6)",
      { headers: { "Sec-WebSocket-Version": null } },
    ],
    ["handshake.version", "version 99", { headers: { "Sec-WebSocket-Version": "99" } }],
    ["handshake.version", "version 8", { headers: { "Sec-WebSocket-Version": "8" } }],
    ["handshake.version", "a list (RFC 6455 11.3.5)", { headers: { "Sec-WebSocket-Version": "13, 8" } }],
    ["handshake.version", "013 (RFC 6455 4.1)", { headers: { "Sec-WebSocket-Version": "013" } }],
    ["handshake.version", "two versions", { more: ["Sec-WebSocket-Version", "13"] }],
    ["handshake.key", "no key (RFC 6455 4.2.1 item 5)", { headers: { "Sec-WebSocket-Key": null } }],
    ["handshake.key", "15 bytes", { headers: { "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAA" } }],
    ["handshake.key", "17 bytes", { headers: { "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAAA=" } }],
    ["handshake.key", "no base64", { headers: { "Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!==" } }],
    ["handshake.key", "base64url", { headers: { "Sec-WebSocket-Key": "-_-_-_-_-_-_-_-_-_-_-w==" } }],
    ["handshake.key", "no padding", { headers: { "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA" } }],
    ["handshake.key", "an empty key", { headers: { "Sec-WebSocket-Key": "" } }],
    ["handshake.key", "two keys (RFC 6455 11.3.1)", { more: ["Sec-WebSocket-Key", KEY] }],
    ["handshake.host", "no Host (RFC 9112 3.2)", { headers: { Host: null } }],
    ["handshake.host", "two Hosts (RFC 9112 3.2)", { more: ["Host", "server.example.com"] }],
    ["handshake.host", "userinfo", { headers: { Host: "a@server.example.com" } }],
    ["handshake.host", "port 0", { headers: { Host: "server.example.com:0" } }],
    ["handshake.target", "absolute-form", { target: "http://server.example.com/chat" }],
    ["handshake.target", "asterisk-form (RFC 9112 3.2.4)", { target: "*" }],
    ["handshake.target", "a dot segment (RFC 3986 6.2.2.3)", { target: "/chat/../admin" }],
    ["handshake.target", "an invalid escape (RFC 3986 2.1)", { target: "/%zz" }],
    ["handshake.protocol-syntax", "an illegal token", { more: ["Sec-WebSocket-Protocol", "a b"] }],
    ["handshake.protocol-syntax", "one twice", { more: ["Sec-WebSocket-Protocol", "a, a"] }],
    [
      "handshake.extension-syntax",
      "a broken list (RFC 6455 9.1)",
      { more: ["Sec-WebSocket-Extensions", "a;"] },
    ],
    ["handshake.headers-too-large", "20 KiB in a header (RFC 6585 5)", { more: ["X", "x".repeat(20_480)] }],
    ["handshake.headers-too-large", "3000 headers", { more: Array.from({ length: 6000 }, () => "x") }],
    [
      "handshake.target-too-long",
      "20 KiB of target (RFC 9110 15.5.15)",
      { target: `/${"a".repeat(20_480)}` },
    ],
    ["handshake.syntax", "a space before the colon (RFC 9112 5.1)", { more: ["X ", "x"] }],
    ["handshake.syntax", "NUL in a value (RFC 9110 5.5)", { more: ["X", "a\u0000b"] }],
    ["handshake.syntax", "a folded line (RFC 9112 5.2)", { more: ["X", "a\r\n b"] }],
  ])("refuses as %s: %s", (code, _, change) => {
    expect(checkUpgrade(upgrade(change))).toMatchObject({ ok: false, code });
  });

  it.each([
    ["Origin"],
    ["Host"],
    ["Sec-WebSocket-Key"],
    ["Sec-WebSocket-Protocol"],
    ["Authorization"],
    ["Cookie"],
    ["Forwarded"],
    ["X-Forwarded-For"],
    ["X-User-Id"],
    ["Sallyport-Identity"],
    ["HTTP2-Settings"],
    ["TE"],
  ])("refuses a Connection that names %s, in any case and field (RFC 9110 7.6.1)", (name) => {
    for (const text of [name, name.toLowerCase()]) {
      const joined = { headers: { Connection: `Upgrade, ${text}` } };
      expect(checkUpgrade(upgrade(joined))).toMatchObject({ code: "handshake.connection" });
      const apart = { more: ["Connection", text] };
      expect(checkUpgrade(upgrade(apart))).toMatchObject({ code: "handshake.connection" });
    }
  });

  it("refuses the handshakes of hixie-75 and hixie-76 (RFC 6455 4.2.1)", () => {
    const headers = { "Sec-WebSocket-Key": null, "Sec-WebSocket-Version": null };
    expect(checkUpgrade(upgrade({ headers }))).toMatchObject({ code: "handshake.version" });
    const more = ["Sec-WebSocket-Key1", "4 @1  46546xW%0l 1 5", "Sec-WebSocket-Key2", "12998 5 Y3 1  .P00"];
    expect(checkUpgrade(upgrade({ headers, more }))).toMatchObject({ code: "handshake.version" });
  });

  it("never shows a key, a token or a cookie in a detail", () => {
    const secret = "hidden-hidden-hidden";
    const changes: readonly Change[] = [
      { headers: { "Sec-WebSocket-Key": secret } },
      { more: ["Sec-WebSocket-Protocol", `sallyport.token.${secret} x`] },
      { more: ["Authorization", secret, "Authorization", secret] },
      { more: ["Cookie", `a=${secret}\u0000`] },
      { target: `/chat#${secret}` },
      { headers: { Host: `${secret}@server.example.com` } },
    ];
    for (const change of changes) {
      const result = checkUpgrade(upgrade(change));
      expect(result.ok).toBe(false);
      expect(JSON.stringify(result)).not.toContain(secret);
    }
  });
});

describe("checkPlainRequest", () => {
  it("reads a page request", () => {
    expect(checkPlainRequest(plain({ target: "/app/%7Eme?x=1", headers: { Host: "A.example:81" } }))).toEqual(
      {
        ok: true,
        path: "/app/~me",
        query: "x=1",
        host: "a.example",
        hostPort: 81,
      },
    );
  });

  it.each<[string, Change]>([
    ["a POST with a length", { method: "POST", more: ["Content-Length", "17"] }],
    ["a POST in chunks", { method: "POST", more: ["Transfer-Encoding", "Chunked"] }],
    ["HTTP/1.0, which proxies still speak", { httpVersion: "1.0", more: ["Connection", "close"] }],
    ["Connection: keep-alive", { more: ["Connection", "keep-alive"] }],
    ["Connection: TE, close", { more: ["Connection", "TE, close"] }],
    ["any method of the application", { method: "PROPFIND" }],
  ])("accepts %s", (_, change) => {
    expect(checkPlainRequest(plain(change))).toMatchObject({ ok: true });
  });

  it.each<[string, string, Change]>([
    ["handshake.http-version", "HTTP/0.9", { httpVersion: "0.9" }],
    ["handshake.method", "TRACE (RFC 9110 9.3.8)", { method: "TRACE" }],
    ["handshake.method", "CONNECT (RFC 9110 9.3.6)", { method: "CONNECT" }],
    ["handshake.host", "no Host (RFC 9112 3.2)", { headers: { Host: null } }],
    ["handshake.host", "two Hosts (RFC 9112 3.2)", { more: ["Host", "b"] }],
    ["handshake.target", "absolute-form", { target: "http://server.example.com/" }],
    ["handshake.target", "a path that the application could read otherwise", { target: "/a/%2e%2e/b" }],
    [
      "handshake.connection",
      "a Connection that names Origin (RFC 9110 7.6.1)",
      { more: ["Connection", "Origin"] },
    ],
    [
      "handshake.connection",
      "a Connection that names a header of ours",
      { more: ["Connection", "close, Sallyport-Session"] },
    ],
    [
      "handshake.connection",
      "Upgrade in a request that does not ask for one",
      { more: ["Upgrade", "websocket"] },
    ],
    ["handshake.connection", "Connection: upgrade", { more: ["Connection", "upgrade"] }],
    ["handshake.connection", "HTTP2-Settings", { more: ["HTTP2-Settings", "AAMAAABk"] }],
    ["handshake.duplicate-header", "two Origins", { more: ["Origin", "a", "Origin", "a"] }],
    [
      "handshake.duplicate-header",
      "two lengths (RFC 9112 6.3)",
      { more: ["Content-Length", "1", "Content-Length", "1"] },
    ],
    [
      "handshake.duplicate-header",
      "two codings",
      { more: ["Transfer-Encoding", "chunked", "Transfer-Encoding", "identity"] },
    ],
    [
      "handshake.body",
      "a length and chunks (RFC 9112 6.3)",
      { more: ["Content-Length", "1", "Transfer-Encoding", "chunked"] },
    ],
    [
      "handshake.body",
      "a coding that is not chunked alone",
      { more: ["Transfer-Encoding", "chunked, identity"] },
    ],
    [
      "handshake.body",
      "chunks in HTTP/1.0 (RFC 9112 6.1)",
      { httpVersion: "1.0", more: ["Transfer-Encoding", "chunked"] },
    ],
    ["handshake.body", "a length that is no number", { more: ["Content-Length", "+1"] }],
    ["handshake.body", "a list of lengths", { more: ["Content-Length", "1, 1"] }],
    ["handshake.body", "an empty length", { more: ["Content-Length", ""] }],
    ["handshake.headers-too-large", "3000 headers", { more: Array.from({ length: 6000 }, () => "x") }],
    ["handshake.syntax", "a control byte", { more: ["X", "\u0000"] }],
  ])("refuses as %s: %s", (code, _, change) => {
    expect(checkPlainRequest(plain(change))).toMatchObject({ ok: false, code });
  });
});

describe("checkUpgrade and checkPlainRequest", () => {
  it("never throw, and report codes of the handshake alone", () => {
    const name = fc.oneof(
      fc.constantFrom(
        ...Object.keys(EXAMPLE),
        "Content-Length",
        "Sec-WebSocket-Protocol",
        "Transfer-Encoding",
      ),
      fc.string({ maxLength: 5 }),
    );
    const text = fc.oneof(
      fc.constantFrom(...Object.values(EXAMPLE), "0", "chunked", "a, b"),
      fc.string({ maxLength: 9 }),
    );
    const head = fc.record({
      method: fc.oneof(fc.constant("GET"), fc.string({ maxLength: 4 })),
      httpVersion: fc.oneof(fc.constant("1.1"), fc.string({ maxLength: 3 })),
      target: fc.oneof(fc.constant("/chat"), fc.string({ maxLength: 9 })),
      more: fc.array(fc.tuple(name, text), { maxLength: 3 }).map((fields) => fields.flat()),
      headers: fc.dictionary(fc.constantFrom(...Object.keys(EXAMPLE)), fc.option(text), { maxKeys: 3 }),
    });
    fc.assert(
      fc.property(head, (change) => {
        for (const result of [checkUpgrade(upgrade(change)), checkPlainRequest(plain(change))]) {
          if (result.ok) continue;
          expect(result.code).toMatch(/^handshake\./);
          expect(errors[result.code].status).toBeGreaterThanOrEqual(400);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
