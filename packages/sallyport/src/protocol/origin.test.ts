import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseOrigin } from "./origin.ts";

describe("parseOrigin", () => {
  it.each([
    ["https://app.example.com", "https", "app.example.com", 443],
    ["http://app.example.com", "http", "app.example.com", 80],
    ["https://app.example.com:8443", "https", "app.example.com", 8443],
    ["http://localhost:1", "http", "localhost", 1],
    ["http://127.0.0.1", "http", "127.0.0.1", 80],
    ["http://[2001:db8::1]", "http", "[2001:db8::1]", 80],
    ["http://[::1]:3000", "http", "[::1]", 3000],
    ["https://xn--bcher-kva.example", "https", "xn--bcher-kva.example", 443],
    ["ws://a.example", "ws", "a.example", 80],
    ["wss://a.example", "wss", "a.example", 443],
  ])("reads %s (RFC 6454 7)", (value, scheme, host, port) => {
    expect(parseOrigin(value)).toEqual({ kind: "origin", scheme, host, port });
  });

  it.each([
    ["file://", "file", "", null],
    ["chrome-extension://abcdefghijklmnop", "chrome-extension", "abcdefghijklmnop", null],
    ["vscode-webview://x", "vscode-webview", "x", null],
    ["capacitor://localhost", "capacitor", "localhost", null],
    ["tauri://localhost:1430", "tauri", "localhost", 1430],
  ])("reads %s, so that it can be compared exactly", (value, scheme, host, port) => {
    expect(parseOrigin(value)).toEqual({ kind: "origin", scheme, host, port });
  });

  it("keeps null apart (RFC 6454 7.1)", () => {
    expect(parseOrigin("null")).toEqual({ kind: "null" });
  });

  it.each([
    [""],
    ["Null"],
    ["null "],
    ["https"],
    ["https:"],
    ["https:/app.example.com"],
    ["https://"],
    ["http://:80"],
    ["://app.example.com"],
    ["//app.example.com"],
    ["app.example.com"],
    ["1http://app.example.com"],
    ["ht tp://app.example.com"],
    ["HTTPS://APP.EXAMPLE.COM"],
    ["https://APP.example.com"],
    ["Https://app.example.com"],
    ["https://app.example.com."],
    ["https://app.example.com/"],
    ["https://evil.example/app.example.com"],
    ["https://evil.example#app.example.com"],
    ["https://evil.example?app.example.com"],
    ["https://app.example.com@evil.example"],
    ["https://app.example.com:secret@evil.example"],
    ["https://app.example.com`.evil.example"],
    ["https://app.example.com\\.evil.example"],
    ["https://app.example.com%60.evil.example"],
    ["https://*.example.com"],
    ["https://bücher.example"],
    ["https://app.example.com https://evil.example"],
    ["https://app.example.com, https://evil.example"],
    [" https://app.example.com"],
    ["https://app.example.com\u0000"],
    ["https://app.example.com:443"],
    ["http://app.example.com:80"],
    ["https://app.example.com:"],
    ["https://app.example.com:0"],
    ["https://app.example.com:08443"],
    ["https://app.example.com:65536"],
    ["https://app.example.com:8443:1"],
    ["http://127.1"],
    ["http://0x7f000001"],
    ["http://[0:0:0:0:0:0:0:1]"],
    ["http://[::1"],
    ["chrome-extension://"],
    ["file:///etc/passwd"],
    ["about:blank"],
    ["data:text/html,x"],
  ])("refuses %j: browsers do not write it (RFC 6454 6.2)", (value) => {
    expect(parseOrigin(value)).toEqual({ kind: "malformed" });
  });

  it("never throws", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.nat(0x2ff).map((code) => String.fromCharCode(code)) }),
        fc.constantFrom("", "https://", "null"),
        (text, start) => {
          expect(parseOrigin(start + text).kind).toMatch(/^(?:origin|null|malformed)$/);
        },
      ),
    );
  });

  it("reads no http(s) origin that the URL Standard would write otherwise", () => {
    const unit = fc.constantFrom("a", "B", "1", ".", "-", ":", "8", "0", "@", "/", "[", "]", "%61", "é");
    const scheme = fc.constantFrom("http://", "https://");
    fc.assert(
      fc.property(
        scheme,
        fc.oneof(fc.domain(), fc.ipV4(), fc.string({ unit, maxLength: 8 })),
        (start, rest) => {
          const text = start + rest;
          const accepted = parseOrigin(text).kind === "origin";
          expect(accepted && URL.parse(text)?.origin !== text).toBe(false);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
