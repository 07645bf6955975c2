import { describe, expect, it } from "vitest";
import { matchesName, parseOriginPattern } from "./origin-pattern.ts";

function problemOf(text: string): string {
  const parsed = parseOriginPattern(text);
  return parsed.ok ? "none" : parsed.problem;
}

describe("parseOriginPattern", () => {
  it.each([
    ["https://app.example.com", { scheme: "https", host: "app.example.com", port: 443 }],
    ["https://app.example.com:8443", { scheme: "https", host: "app.example.com", port: 8443 }],
    ["http://localhost:3000", { scheme: "http", host: "localhost", port: 3000 }],
    ["http://127.0.0.1", { scheme: "http", host: "127.0.0.1", port: 80 }],
    ["http://[::1]:8080", { scheme: "http", host: "[::1]", port: 8080 }],
    ["https://*.example.com", { scheme: "https", host: "*.example.com", port: 443 }],
    ["http://*.localhost:3000", { scheme: "http", host: "*.localhost", port: 3000 }],
    ["chrome-extension://abcdef", { scheme: "chrome-extension", host: "abcdef", port: null }],
  ])("reads %s", (text, pattern) => {
    expect(parseOriginPattern(text)).toEqual({ ok: true, pattern });
  });

  it.each([
    ["*", "every page of the internet"],
    ["null", "can never be allowed"],
    ["file://", "can never be allowed"],
    ["https://app.example.com/", "write https://app.example.com"],
    ["https://app.example.com/chat?x#y", "write https://app.example.com"],
    ["https://user@app.example.com", "write https://app.example.com"],
    ["HTTPS://App.Example.com", "write https://app.example.com"],
    ["https://app.example.com:443", "write https://app.example.com"],
    ["https://app.example.com.", "write https://app.example.com"],
    ["https://app.example.com.:8443", "write https://app.example.com:8443"],
    ["app.example.com", "write https://app.example.com"],
    ["localhost:3000", "write https://localhost:3000"],
    ["*.example.com", "write https://*.example.com"],
    ["https://*.example.com/", "write https://*.example.com"],
    ["https://bücher.example", "write https://xn--bcher-kva.example"],
    [
      "wss://app.example.com",
      "is the address of a socket, and an origin is that of the page: write https://app",
    ],
    ["ws://*.example.com:8080", "write http://*.example.com:8080"],
    ["https://*", "write it as https://app.example.com"],
    ["https://app.*.example.com", "is not an origin"],
    ["https://a*.example.com", "write it as https://app.example.com"],
    ["https://*.*.example.com", "is not an origin"],
    ["ftp://example.com/", "write it as https://app.example.com"],
    ["", "write it as https://app.example.com"],
    ["://", "write it as https://app.example.com"],
    ["https://*.com", "at least two labels behind the wildcard"],
    ["https://*.127.0.0.1", "in front of an IP address"],
    ["https://*.[::1]", "in front of an IP address"],
  ])("refuses %j and says what to write", (text, why) => {
    expect(problemOf(text)).toContain(why);
  });
});

describe("matchesName", () => {
  const names = new Set(["app.example.com", "*.example.org", "localhost", "[::1]"]);

  it.each(["app.example.com", "a.example.org", "localhost", "[::1]"])("finds %s", (name) => {
    expect(matchesName(name, names)).toBe(true);
  });

  it.each([
    "example.com",
    "sub.app.example.com",
    "appxexample.com",
    "example.org",
    "a.b.example.org",
    "*.example.org",
    ".example.org",
    "evilexample.org",
    "App.example.com",
    "",
    "[::2]",
  ])("does not find %j: a wildcard is one label (RFC 6125 6.4.3), and the rest is exact", (name) => {
    expect(matchesName(name, names)).toBe(false);
  });
});
