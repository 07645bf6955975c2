import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Canaries } from "./canary.ts";

const forms: readonly (readonly [string, (value: string) => string | Buffer])[] = [
  ["in clear", (value) => `{"token":"${value}"}`],
  ["in capitals", (value) => value.toUpperCase()],
  ["its beginning", (value) => `${value.slice(0, 14)}…`],
  ["its end", (value) => `…${value.slice(-14)}`],
  ["in base64", (value) => Buffer.from(value).toString("base64")],
  ["in base64 behind one byte", (value) => Buffer.from(`:${value}:`).toString("base64")],
  ["in base64 behind two bytes", (value) => Buffer.from(`a:${value}`).toString("base64url")],
  [
    "in the claims of a token",
    (value) => Buffer.from(JSON.stringify({ sub: "ada", secret: value })).toString("base64url"),
  ],
  ["in hex", (value) => Buffer.from(value).toString("hex").toUpperCase()],
  ["URL-encoded", (value) => Buffer.from(value).toString("hex").replaceAll(/../g, "%$&").toUpperCase()],
  ["JSON-escaped", (value) => Buffer.from(value).toString("hex").replaceAll(/../g, "\\u00$&")],
  ["escaped by a program in C", (value) => Buffer.from(value).toString("hex").replaceAll(/../g, "\\x$&")],
  ["in UTF-16", (value) => Buffer.from(value, "utf16le")],
];

describe("Canaries", () => {
  it.each(forms)("finds one %s, among other bytes", (_, write) => {
    const canaries = new Canaries();
    const value = canaries.plant("token");
    canaries.plant("another");
    const bytes = Buffer.concat([randomBytes(500), Buffer.from(write(value)), randomBytes(500)]);
    expect(canaries.find(bytes).map(({ canary }) => canary)).toEqual(["token"]);
  });

  it("finds what it did not make, in the case in which it is", () => {
    const canaries = new Canaries();
    const key = canaries.adopt("key", randomBytes(32).toString("base64"));
    expect(canaries.find(Buffer.from(`key: ${key}`))).toMatchObject([{ canary: "key", form: "in clear" }]);
  });

  it("finds nothing where there is none, and takes nothing that chance could make", () => {
    const canaries = new Canaries();
    for (let planted = 0; planted < 50; planted++) canaries.plant(`${planted}`);
    expect(canaries.find(randomBytes(100_000))).toEqual([]);
    expect(canaries.find(Buffer.from(randomBytes(50_000).toString("hex")))).toEqual([]);
    expect(() => canaries.adopt("short", "secret")).toThrow("too short");
  });
});
