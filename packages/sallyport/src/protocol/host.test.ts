import { isIPv6 } from "node:net";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseHost, parseHostName, parsePort, splitPort } from "./host.ts";

const refused = { ok: false, code: "handshake.host" };

describe("parseHost", () => {
  it.each([
    ["example.com", "example.com", null],
    ["Example.COM:8443", "example.com", 8443],
    ["example.com.", "example.com", null],
    ["example.com.:80", "example.com", 80],
    ["localhost:1", "localhost", 1],
    ["my_service:65535", "my_service", 65_535],
    ["xn--bcher-kva.example", "xn--bcher-kva.example", null],
    ["127.0.0.1", "127.0.0.1", null],
    ["255.255.255.255:80", "255.255.255.255", 80],
    ["1.example", "1.example", null],
    ["[::1]", "[::1]", null],
    ["[::1]:8080", "[::1]", 8080],
    ["[2001:DB8:0:0:0:0:0:1]", "[2001:db8::1]", null],
    ["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", null],
  ])("reads %j (RFC 9110 7.2)", (value, host, port) => {
    expect(parseHost(value)).toEqual({ ok: true, host, port });
  });

  it.each([
    [""],
    [":80"],
    ["."],
    [".."],
    ["example.com.."],
    [".example.com"],
    ["a..b"],
    [" example.com"],
    ["example.com "],
    ["exa mple.com"],
    ["user@example.com"],
    ["user:secret@example.com"],
    ["example.com/"],
    ["example.com?x"],
    ["example.com#x"],
    ["example.com\\x"],
    ["a,b"],
    ["http://example.com"],
    ["%65xample.com"],
    ["bücher.example"],
    ["example.com\u0000"],
    ["*.example.com"],
    ["\u212aey.example"],
    [`${"a".repeat(64)}.example`],
    [`${"a.".repeat(127)}aa`],
  ])("refuses %j (RFC 9110 7.2, RFC 1035 2.3.4)", (value) => {
    expect(parseHost(value)).toMatchObject(refused);
  });

  it.each([
    ["a:"],
    ["a:0"],
    ["a:00"],
    ["a:080"],
    ["a:65536"],
    ["a:100000"],
    ["a:-1"],
    ["a:8x"],
    ["a:80:80"],
    ["a: 80"],
  ])("refuses the port of %j (RFC 9110 4.2.1)", (value) => {
    expect(parseHost(value)).toMatchObject(refused);
  });

  it.each([
    ["127.1"],
    ["2130706433"],
    ["0x7f.1"],
    ["0x7f000001"],
    ["0177.0.0.1"],
    ["256.0.0.1"],
    ["1.2.3.4.5"],
    ["a.1"],
    ["1.2.3.0x"],
  ])("refuses %j, which only some readers take for an IPv4 address (URL Standard 3.5)", (value) => {
    expect(parseHost(value)).toMatchObject(refused);
  });

  it.each([
    ["["],
    ["[]"],
    ["::1"],
    ["[::1"],
    ["[::1]x"],
    ["[::1]."],
    ["[1::2::3]"],
    ["[fe80::1%25eth0]"],
    ["[fe80::1%eth0]"],
    ["[g::1]"],
    ["[1:2:3]"],
    ["[v1.x]"],
    ["[::1]]"],
    ["[::127.1]"],
    [`[${"0".repeat(46)}]`],
  ])("refuses %j (RFC 3986 3.2.2, RFC 4291 2.2)", (value) => {
    expect(parseHost(value)).toMatchObject(refused);
  });

  it("never shows the value in a detail: userinfo is a credential", () => {
    expect(JSON.stringify(parseHost("user:hidden@example.com"))).not.toContain("hidden");
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat(0x2ff).map((code) => String.fromCharCode(code)) }), (value) => {
        expect(typeof parseHost(value).ok).toBe("boolean");
      }),
    );
  });

  it("reads back what it wrote as the same", () => {
    const unit = fc.constantFrom("a", "B", "1", "0", ".", "-", ":", "[", "]", "f", "x", "@", "8");
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit, maxLength: 10 }), fc.domain(), fc.ipV4()), (value) => {
        const parsed = parseHost(value);
        if (!parsed.ok) return;
        const text = parsed.port === null ? parsed.host : `${parsed.host}:${parsed.port}`;
        expect(parseHost(text)).toEqual(parsed);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("parseHostName", () => {
  it("agrees with node:net about IPv6 literals", () => {
    const unit = fc.constantFrom(":", "::", "0", "1", "ff", "abcd", "1.2.3.4", "12345");
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), fc.string({ unit, maxLength: 9 })), (address) => {
        expect(parseHostName(`[${address}]`) !== null).toBe(isIPv6(address));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("parsePort", () => {
  it("takes 1 to 65535 in shortest form", () => {
    expect(["1", "65535", "0", "65536", "01", "", "+1", "1e3"].map(parsePort)).toEqual([
      1,
      65_535,
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe("splitPort", () => {
  it("leaves the colons inside of brackets alone", () => {
    expect(splitPort("[::1]:80")).toEqual({ name: "[::1]", port: "80" });
    expect(splitPort("[::1]")).toEqual({ name: "[::1]", port: null });
    expect(splitPort("a:")).toEqual({ name: "a", port: "" });
  });
});
