import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fastestOf } from "../../test/fastest-of.ts";
import { parseRequestTarget } from "./request-target.ts";

const refused = { ok: false, code: "handshake.target" };

describe("parseRequestTarget", () => {
  it.each([
    ["/", "/", ""],
    ["/chat", "/chat", ""],
    ["/chat/", "/chat/", ""],
    ["/chat?", "/chat", ""],
    ["/chat?a=1&b=2", "/chat", "a=1&b=2"],
    ["/a?b?c", "/a", "b?c"],
    ["/socket.io/?EIO=4&transport=websocket", "/socket.io/", "EIO=4&transport=websocket"],
    ["/...", "/...", ""],
    ["/.well-known/x..y", "/.well-known/x..y", ""],
    ["/a!$&'()*+,=:@~_-b", "/a!$&'()*+,=:@~_-b", ""],
    ["/[id]/x|y^z", "/[id]/x|y^z", ""],
  ])("takes %s as it is (RFC 9112 3.2.1)", (target, path, query) => {
    expect(parseRequestTarget(target)).toEqual({ ok: true, path, query });
  });

  it.each([
    ["/%77s", "/ws"],
    ["/%7euser/%41%2dz%5F%2E%30x", "/~user/A-z_.0x"],
    ["/a%20b", "/a%20b"],
    ["/caf%c3%a9", "/caf%C3%A9"],
    ["/%f0%9f%98%80", "/%F0%9F%98%80"],
    ["/a%3fb%23c", "/a%3Fb%23c"],
  ])("normalises %s to %s (RFC 3986 6.2.2.1, 6.2.2.2)", (target, path) => {
    expect(parseRequestTarget(target)).toEqual({ ok: true, path, query: "" });
  });

  it.each([
    ["http://example.com/ws"],
    ["ws://example.com/ws"],
    ["example.com:80"],
    ["*"],
    [""],
    ["?a=1"],
    ["chat"],
    ["%2fchat"],
  ])("refuses %j: only origin-form addresses a route (RFC 9112 3.2)", (target) => {
    expect(parseRequestTarget(target)).toMatchObject(refused);
  });

  it.each([
    ["//evil.example/"],
    ["/a//b"],
    ["/a//"],
    ["/\\evil.example"],
    ["\\\\evil.example"],
    ["/a\\b"],
    ["/ws/../ws"],
    ["/.."],
    ["/."],
    ["/a/./b"],
    ["/a/.."],
    ["/%2e%2e/admin"],
    ["/.%2E/admin"],
    ["/a/%2e"],
    ["/a%2fb"],
    ["/a%2Fb"],
    ["/a%5cb"],
    ["/a%5Cb"],
    ["/%252e%252e/"],
    ["/a%25b"],
    ["/a%00"],
    ["/a%0a"],
    ["/a%1F"],
    ["/a%7f"],
    ["/a;x=1/b"],
    ["/..;/admin"],
    ["/a%3bx"],
  ])("refuses %j: two readers could take it for two paths (RFC 3986 6.2.2)", (target) => {
    expect(parseRequestTarget(target)).toMatchObject(refused);
  });

  it.each([["/%"], ["/%4"], ["/%zz"], ["/%4g"], ["/a%%41"], ["/a?b=%"], ["/a?b=%g1"], ["/a?b=%4"]])(
    "refuses the broken escape in %j (RFC 3986 2.1)",
    (target) => {
      expect(parseRequestTarget(target)).toMatchObject(refused);
    },
  );

  it.each([["/%c0%af"], ["/%ff"], ["/%c3"], ["/%c3a%a9"], ["/%ed%a0%80"], ["/a?b=%c0%af"], ["/a?b=%ff"]])(
    "refuses escapes that are not UTF-8: %j (RFC 3629 3)",
    (target) => {
      expect(parseRequestTarget(target)).toMatchObject(refused);
    },
  );

  it.each([
    ["/a b"],
    ["/a#b"],
    ["/a\tb"],
    ["/a\u0000"],
    ["/a\u007f"],
    ["/é"],
    ["/a\u0151"],
    ['/a"'],
    ["/<a>"],
    ["/{a}"],
    ["/`"],
    ["/a?b c"],
    ["/a?b#c"],
    ["/a?b\n"],
    ["/a?\u0000"],
    ["/a?\u007f"],
    ["/a?é"],
  ])("refuses the character in %j (RFC 3986 2)", (target) => {
    expect(parseRequestTarget(target)).toMatchObject(refused);
  });

  it("leaves a query untouched, whatever a path may not hold", () => {
    const query = "u=http://x/../y;z&v=%2F%5c%25%00%41&__proto__[x]=1&q=\\<\"{|}^`'>";
    expect(parseRequestTarget(`/a?${query}`)).toEqual({ ok: true, path: "/a", query });
  });

  it("never shows the target in a detail: a query or userinfo may hold a credential", () => {
    for (const target of ["/a?token=hidden#", "http://u:hidden@x/", "/a//?token=hidden", "/%zz?t=hidden"]) {
      expect(parseRequestTarget(target)).toMatchObject(refused);
      expect(JSON.stringify(parseRequestTarget(target))).not.toContain("hidden");
    }
  });

  it("takes well below 50 ms for 64 KB of anything", () => {
    for (const unit of ["%", "%c3", "/", ".", "/..", "%41", "?"]) {
      const target = `/${unit.repeat(64_000 / unit.length)}`;
      expect(fastestOf(() => parseRequestTarget(target))).toBeLessThan(50);
    }
  });

  it("never throws, and its path is a fixed point", () => {
    const unit = fc.constantFrom(
      "/",
      ".",
      "%",
      "2",
      "e",
      "f",
      "4",
      "1",
      "c",
      "3",
      "a",
      "9",
      "?",
      ";",
      "\\",
      "é",
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (rest) => {
        const parsed = parseRequestTarget(`/${rest}`);
        if (!parsed.ok) return;
        expect(parseRequestTarget(parsed.path)).toEqual({ ok: true, path: parsed.path, query: "" });
      }),
      { numRuns: 2000 },
    );
  });

  it("agrees with the URL Standard about every path that it accepts", () => {
    const unit = fc.constantFrom("/", ".", "%2e", "%41", "%20", "%C3%A9", "a", "B", "~", ":", "@", "(", "|");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 8 }), (rest) => {
        const parsed = parseRequestTarget(`/${rest}`);
        const path = parsed.ok ? parsed.path : "/";
        expect(new URL(`http://x${path}`).pathname).toBe(path);
      }),
      { numRuns: 1000 },
    );
  });
});
