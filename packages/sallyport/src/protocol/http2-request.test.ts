import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkExtendedConnect, checkHttp2Request, readHttp2Head } from "./http2-request.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ADDED = ["sec-websocket-key", KEY];
const CONNECT = {
  ":method": "CONNECT",
  ":protocol": "websocket",
  ":scheme": "https",
  ":authority": "localhost:8443",
  ":path": "/chat?x=1",
};
const GET = { ":method": "GET", ":scheme": "https", ":authority": "localhost", ":path": "/a" };

const flat = (fields: Readonly<Record<string, string>>): string[] => Object.entries(fields).flat();
const upgrade = (fields = {}, pseudo = {}): string[] =>
  flat({ ...CONNECT, ...pseudo, "sec-websocket-version": "13", ...fields });

function codeOf(raw: readonly string[]): string {
  const checked = checkExtendedConnect(readHttp2Head(raw, ADDED));
  return checked.ok ? "ok" : checked.code;
}

function plainCode(raw: readonly string[], added: readonly string[] = []): string {
  const checked = checkHttp2Request(readHttp2Head(raw, added));
  return checked.ok ? "ok" : checked.code;
}

describe("readHttp2Head", () => {
  it("brings :authority as Host, and cookies as one field (RFC 9113 8.2.3, 8.3.1)", () => {
    const raw = [...flat(GET), "cookie", "a=1", "x", "y", "cookie", "b=2", "host", "localhost"];
    const head = readHttp2Head(raw);
    expect(head).toMatchObject({ method: "GET", target: "/a", httpVersion: "2.0", scheme: "https" });
    expect(head).toMatchObject({ protocol: null, fault: null });
    expect([...head.headers.entries()]).toEqual([
      ["host", "localhost"],
      ["x", "y"],
      ["cookie", "a=1; b=2"],
    ]);
  });

  it("keeps Host where there is no :authority (RFC 9113 8.3.1)", () => {
    expect(plainCode([":method", "GET", ":scheme", "https", ":path", "/", "host", "localhost"])).toBe("ok");
    expect(plainCode([":method", "GET", ":scheme", "https", ":path", "/"])).toBe("handshake.host");
  });

  it("puts our key in the place of one that came (RFC 8441 5)", () => {
    const head = readHttp2Head(
      upgrade({ "sec-websocket-key": "theirs", "sec-websocket-accept": "x" }),
      ADDED,
    );
    expect(head.headers.all("sec-websocket-key")).toEqual([KEY]);
    expect(head.headers.has("sec-websocket-accept")).toBe(false);
  });

  it.each([
    ["an unknown pseudo-header", [...flat(GET), ":status", "200"], "handshake.syntax"],
    ["a pseudo-header twice", [...flat(GET), ":path", "/b"], "handshake.syntax"],
    ["a pseudo-header behind a field", ["x", "y", ...flat(GET)], "handshake.syntax"],
    ["a name in upper case", [...flat(GET), "Origin", "https://a"], "handshake.syntax"],
    ["Connection", [...flat(GET), "connection", "close"], "handshake.connection"],
    ["Transfer-Encoding", [...flat(GET), "transfer-encoding", "chunked"], "handshake.connection"],
    ["Upgrade", [...flat(GET), "upgrade", "websocket"], "handshake.connection"],
    ["TE but trailers", [...flat(GET), "te", "gzip"], "handshake.connection"],
    ["a Host that differs", [...flat(GET), "host", "other"], "handshake.host"],
  ])("finds %s at fault (RFC 9113 8.2, 8.3)", (_, raw, code) => {
    expect(plainCode(raw)).toBe(code);
    expect(codeOf(raw)).toBe(code);
  });

  it("takes TE: trailers (RFC 9113 8.2.2)", () => {
    expect(plainCode([...flat(GET), "te", "trailers"])).toBe("ok");
  });

  it("never throws, whatever the fields are", () => {
    const name = fc.oneof(fc.constantFrom(...Object.keys(CONNECT), "cookie", "host", "te"), fc.string());
    fc.assert(
      fc.property(fc.array(fc.oneof(name, fc.string()), { maxLength: 30 }), (raw) => {
        const head = readHttp2Head(raw);
        expect(["ok", "fault"]).toContain(checkExtendedConnect(head).ok ? "ok" : "fault");
        expect(["ok", "fault"]).toContain(checkHttp2Request(head).ok ? "ok" : "fault");
      }),
    );
  });

  it("reads nothing from an empty list", () => {
    expect(readHttp2Head([])).toMatchObject({ method: "", target: "", scheme: "", protocol: null });
    expect(codeOf([])).toBe("handshake.method");
    expect([...readHttp2Head(["x"]).headers.entries()]).toEqual([["x", ""]]);
  });
});

describe("checkExtendedConnect", () => {
  it("reads what a WebSocket over HTTP/2 asks for (RFC 8441 5.1)", () => {
    const raw = upgrade({
      "sec-websocket-protocol": "a, b",
      "sec-websocket-extensions": "permessage-deflate",
    });
    expect(checkExtendedConnect(readHttp2Head(raw, ADDED))).toMatchObject({
      ok: true,
      path: "/chat",
      query: "x=1",
      host: "localhost",
      hostPort: 8443,
      key: KEY,
      subprotocols: ["a", "b"],
      extensions: [{ name: "permessage-deflate" }],
    });
    expect(checkExtendedConnect(readHttp2Head(raw))).toMatchObject({ ok: true, key: "" });
  });

  it.each([
    ["another method", upgrade({}, { ":method": "GET" }), "handshake.method"],
    ["another protocol", upgrade({}, { ":protocol": "WebSocket" }), "handshake.upgrade"],
    [
      "no protocol",
      upgrade({}).filter((text) => text !== ":protocol" && text !== "websocket"),
      "handshake.upgrade",
    ],
    ["another scheme", upgrade({}, { ":scheme": "wss" }), "handshake.target"],
    ["a target that is not plain", upgrade({}, { ":path": "//a" }), "handshake.target"],
    ["a host that is none", upgrade({}, { ":authority": "a b" }), "handshake.host"],
    [
      "two origins",
      [...upgrade({ origin: "https://a" }), "origin", "https://b"],
      "handshake.duplicate-header",
    ],
    ["a length", upgrade({ "content-length": "3" }), "handshake.body"],
    ["another version", upgrade({ "sec-websocket-version": "14" }), "handshake.version"],
    ["a control byte", upgrade({ x: "a\nb" }), "handshake.syntax"],
    ["subprotocols out of grammar", upgrade({ "sec-websocket-protocol": "a/" }), "handshake.protocol-syntax"],
    ["extensions out of grammar", upgrade({ "sec-websocket-extensions": "=" }), "handshake.extension-syntax"],
  ])("refuses %s (RFC 8441 4, RFC 6455 4.2.1)", (_, raw, code) => {
    expect(codeOf(raw)).toBe(code);
  });
});

describe("checkHttp2Request", () => {
  it.each([
    ["CONNECT", flat({ ...GET, ":method": "CONNECT" }), "handshake.method"],
    ["TRACE", flat({ ...GET, ":method": "TRACE" }), "handshake.method"],
    ["another scheme", flat({ ...GET, ":scheme": "http" }), "handshake.target"],
    [
      "two lengths",
      [...flat(GET), "content-length", "1", "content-length", "2"],
      "handshake.duplicate-header",
    ],
    ["a length that is no number", [...flat(GET), "content-length", "+1"], "handshake.body"],
    ["`*`", flat({ ...GET, ":path": "*" }), "handshake.target"],
    [
      "too many fields",
      [...flat(GET), ...Array.from({ length: 101 }, () => ["x", "y"]).flat()],
      "handshake.headers-too-large",
    ],
  ])("refuses %s (RFC 9110, RFC 9113 8.3)", (_, raw, code) => {
    expect(plainCode(raw)).toBe(code);
  });

  it("takes a body whose length is not known, which goes on in chunks", () => {
    expect(plainCode(flat({ ...GET, ":method": "POST" }), ["transfer-encoding", "chunked"])).toBe("ok");
  });
});
