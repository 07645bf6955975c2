import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  acceptKey,
  checkUpgradeResponse,
  serializeAnswerHead,
  serializeRefusal,
  serializeUpgradeResponse,
  type UpstreamAnswer,
} from "./handshake-response.ts";
import { HeaderList } from "./header-list.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

describe("acceptKey", () => {
  it("answers the key of the example (RFC 6455 1.3)", () => {
    expect(acceptKey(KEY)).toBe(ACCEPT);
  });
});

describe("serializeUpgradeResponse", () => {
  it("writes the answer of the example (RFC 6455 1.3)", () => {
    expect(serializeUpgradeResponse({ key: KEY, subprotocol: "chat" })).toBe(
      [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        `Sec-WebSocket-Accept: ${ACCEPT}`,
        "Sec-WebSocket-Protocol: chat",
        "",
        "",
      ].join("\r\n"),
    );
  });

  it("names no subprotocol and no extension where none was chosen (RFC 6455 4.2.2)", () => {
    const text = serializeUpgradeResponse({ key: KEY, subprotocol: null, extensions: [] });
    expect(text).not.toMatch(/protocol:|extensions:/i);
  });

  it("writes extensions and further fields, repeated ones too", () => {
    const text = serializeUpgradeResponse({
      key: KEY,
      subprotocol: null,
      extensions: [{ name: "x", params: [{ name: "y", value: null }] }],
      headers: [
        ["Set-Cookie", "a=1"],
        ["Set-Cookie", "b=\u00e9"],
      ],
    });
    expect(text).toContain(
      "\r\nSec-WebSocket-Extensions: x; y\r\nSet-Cookie: a=1\r\nSet-Cookie: b=\u00e9\r\n\r\n",
    );
  });

  it.each([["a\r\nX: y"], ["a\n"], ["a\u0000"], ["\u010a"]])(
    "throws on the value %j: it would split the answer",
    (value) => {
      expect(() => serializeUpgradeResponse({ key: KEY, subprotocol: value })).toThrow(TypeError);
      expect(() =>
        serializeUpgradeResponse({ key: KEY, subprotocol: null, headers: [["X", value]] }),
      ).toThrow(TypeError);
    },
  );

  it.each([["a b"], [""], ["a:"], ["a\r\nb"]])("throws on the field name %j", (name) => {
    expect(() => serializeUpgradeResponse({ key: KEY, subprotocol: null, headers: [[name, "x"]] })).toThrow(
      TypeError,
    );
  });

  it.each([
    ["Connection"],
    ["UPGRADE"],
    ["Content-Length"],
    ["transfer-encoding"],
    ["Sec-WebSocket-Accept"],
    ["Sec-WebSocket-Protocol"],
    ["Sec-WebSocket-Extensions"],
  ])("throws on a %s from elsewhere", (name) => {
    const build = (): string =>
      serializeUpgradeResponse({ key: KEY, subprotocol: null, headers: [[name, "x"]] });
    expect(build).toThrow(/handshake itself/);
  });
});

describe("serializeRefusal", () => {
  it("is a problem document that ends the connection (RFC 9457 3, RFC 9112 9.6)", () => {
    const { lines, body } = parts(serializeRefusal({ status: 403, incident: "01JQ" }));
    expect(lines).toEqual([
      "HTTP/1.1 403 Forbidden",
      "Connection: close",
      "Content-Type: application/problem+json",
      `Content-Length: ${body.length}`,
      "Cache-Control: no-store",
    ]);
    expect(JSON.parse(body)).toEqual({
      type: "about:blank",
      title: "Forbidden",
      status: 403,
      incident: "01JQ",
    });
  });

  it("names our version and protocol in a 426 (RFC 6455 4.4, RFC 9110 15.5.22 and 7.8)", () => {
    const { lines } = parts(serializeRefusal({ status: 426, incident: "i" }));
    expect(lines).toEqual(
      expect.arrayContaining([
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Connection: close, Upgrade",
      ]),
    );
  });

  it("names the method that is allowed in a 405 (RFC 9110 15.5.6)", () => {
    expect(parts(serializeRefusal({ status: 405, incident: "i" })).lines).toContain("Allow: GET");
  });

  it("carries further fields", () => {
    const text = serializeRefusal({ status: 429, incident: "i", headers: [["Retry-After", "3"]] });
    expect(parts(text).lines).toContain("Retry-After: 3");
  });

  it("throws on a field with a line end", () => {
    const headers = [["WWW-Authenticate", "Bearer\r\nX: y"]] as const;
    expect(() => serializeRefusal({ status: 401, incident: "i", headers })).toThrow(TypeError);
  });

  it("escapes what is not ASCII in the body, so that characters are bytes (RFC 8259 7)", () => {
    const { body } = parts(serializeRefusal({ status: 400, incident: "\u00e9\u{1f600}" }));
    expect(body).toContain(String.raw`"\u00e9\ud83d\ude00"`);
  });

  it("announces the bytes that it writes, whatever the incident holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 400, max: 599 }), (incident, status) => {
        const text = serializeRefusal({ status, incident });
        const end = text.indexOf("\r\n\r\n") + 4;
        const bytes = Buffer.from(text, "latin1").subarray(end);
        expect(text).toContain(`\r\nContent-Length: ${bytes.length}\r\n`);
        expect(JSON.parse(bytes.toString("utf8"))).toMatchObject({ incident, status });
      }),
    );
  });
});

describe("serializeAnswerHead", () => {
  it("passes an answer's fields on, and ends the connection behind its body (RFC 9112 9.6)", () => {
    const body = Buffer.from("caf\u00e9");
    const text = serializeAnswerHead({ status: 302, headers: [["Location", "/login"]], body });
    expect(text).toBe(
      "HTTP/1.1 302 Found\r\nLocation: /login\r\nConnection: close\r\nContent-Length: 5\r\n\r\n",
    );
  });

  it("throws on a field with a line end", () => {
    const answer = { status: 401, headers: [["X", "a\nb"]], body: new Uint8Array() } as const;
    expect(() => serializeAnswerHead(answer)).toThrow(TypeError);
  });
});

const NO_PINS = { client: false, server: false };

describe("checkUpgradeResponse", () => {
  function answer(
    fields: Readonly<Record<string, string | null>> = {},
    more: readonly string[] = [],
  ): UpstreamAnswer {
    const good = { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Accept": ACCEPT };
    const raw = Object.entries({ ...good, ...fields }).flatMap(([name, value]) =>
      value === null ? [] : [name, value],
    );
    const headers = new HeaderList([...raw, ...more]);
    return {
      statusCode: 101,
      headers,
      key: KEY,
      offeredSubprotocols: ["chat", "superchat"],
      offeredExtensions: [],
      pins: NO_PINS,
    };
  }

  it("accepts an answer with and without a subprotocol (RFC 6455 4.1)", () => {
    expect(checkUpgradeResponse(answer())).toEqual({ ok: true, subprotocol: null, deflate: null });
    expect(checkUpgradeResponse(answer({ "Sec-WebSocket-Protocol": "superchat" }))).toEqual({
      ok: true,
      subprotocol: "superchat",
      deflate: null,
    });
  });

  it("accepts compression as it was offered, and no other (RFC 6455 4.1 item 5, RFC 7692 7.1)", () => {
    const offeredExtensions = [{ name: "permessage-deflate", params: [] }];
    const chosen = (value: string): UpstreamAnswer => ({
      ...answer({ "Sec-WebSocket-Extensions": value }),
      offeredExtensions,
    });
    expect(checkUpgradeResponse(chosen("permessage-deflate"))).toMatchObject({
      ok: true,
      deflate: { client: { windowBits: 15, takeover: true } },
    });
    for (const value of ["permessage-deflate; client_max_window_bits=10", "x-webkit-deflate-frame", "", ";"])
      expect(checkUpgradeResponse(chosen(value))).toMatchObject({ ok: false, code: "upstream.bad-answer" });
  });

  it("compares Upgrade and Connection without case (RFC 6455 4.1 items 2 and 3)", () => {
    expect(
      checkUpgradeResponse(answer({ Upgrade: "WebSocket", Connection: "keep-alive, UPGRADE" })),
    ).toMatchObject({
      ok: true,
    });
  });

  it.each([[200], [302], [401], [100], [426]])("refuses status %d (RFC 6455 4.1 item 1)", (statusCode) => {
    expect(checkUpgradeResponse({ ...answer(), statusCode })).toMatchObject({
      ok: false,
      code: "upstream.bad-answer",
    });
  });

  it.each([
    [answer({ Upgrade: null })],
    [answer({ Upgrade: "h2c" })],
    [answer({ Upgrade: "websocket, h2c" })],
    [answer({}, ["Upgrade", "websocket"])],
    [answer({ Connection: null })],
    [answer({ Connection: "close" })],
    [answer({ "Sec-WebSocket-Accept": null })],
    [answer({ "Sec-WebSocket-Accept": "" })],
    [answer({ "Sec-WebSocket-Accept": ACCEPT.toLowerCase() })],
    [answer({ "Sec-WebSocket-Accept": KEY })],
    [answer({}, ["Sec-WebSocket-Accept", ACCEPT])],
    [answer({}, ["Sec-WebSocket-Extensions", "permessage-deflate"])],
    [answer({}, ["Sec-WebSocket-Extensions", ""])],
    [{ ...answer(), key: randomBytes(16).toString("base64") }],
  ])("refuses a wrong answer, number %#  (RFC 6455 4.1 items 2 to 5)", (wrong) => {
    expect(checkUpgradeResponse(wrong)).toMatchObject({ ok: false, code: "upstream.bad-answer" });
  });

  it.each([
    [answer({ "Sec-WebSocket-Protocol": "other" })],
    [answer({ "Sec-WebSocket-Protocol": "CHAT" })],
    [answer({ "Sec-WebSocket-Protocol": "chat, superchat" })],
    [answer({ "Sec-WebSocket-Protocol": "" })],
    [answer({ "Sec-WebSocket-Protocol": "chat" }, ["Sec-WebSocket-Protocol", "chat"])],
    [{ ...answer({ "Sec-WebSocket-Protocol": "chat" }), offeredSubprotocols: [] }],
  ])(
    "refuses a subprotocol that was not offered, or more than one, number %# (RFC 6455 4.1 item 6)",
    (wrong) => {
      expect(checkUpgradeResponse(wrong)).toMatchObject({ ok: false, code: "subprotocol.upstream-choice" });
    },
  );

  it("accepts what serializeUpgradeResponse writes, and never throws on anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.array(fc.string()), (bytes, noise) => {
        const key = Buffer.from(bytes).toString("base64");
        const lines = serializeUpgradeResponse({ key, subprotocol: null }).split("\r\n").slice(1, -2);
        const headers = new HeaderList(lines.flatMap((line) => line.split(": ")));
        const offers = { offeredSubprotocols: [], offeredExtensions: [], pins: NO_PINS };
        const own = { statusCode: 101, headers, key, ...offers };
        expect(checkUpgradeResponse(own)).toEqual({ ok: true, subprotocol: null, deflate: null });
        const other = { ...own, headers: new HeaderList(noise) };
        expect(checkUpgradeResponse(other).ok).toBe(false);
      }),
    );
  });
});

function parts(text: string): { lines: string[]; body: string } {
  const [head = "", body = ""] = text.split("\r\n\r\n");
  return { lines: head.split("\r\n"), body };
}
