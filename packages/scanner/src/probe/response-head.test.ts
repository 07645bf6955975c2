import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headerOf, MAX_HEAD_BYTES, parseResponseHead } from "./response-head.ts";

const read = (text: string) => parseResponseHead(Buffer.from(text, "latin1"));

const isReading = (bytes: Buffer): boolean => parseResponseHead(bytes) !== null;

describe("parseResponseHead", () => {
  it("reads a status line and fields, and where they end", () => {
    const reading = read(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSet-Cookie: a=1\r\nset-cookie:b=2 \r\n\r\nrest",
    );
    expect(reading).toMatchObject({
      size: 90,
      head: { version: "HTTP/1.1", status: 101, reason: "Switching Protocols" },
    });
    if (typeof reading === "string") throw new Error(reading);
    expect(headerOf(reading.head, "Set-Cookie")).toBe("a=1, b=2");
    expect(headerOf(reading.head, "server")).toBeNull();
  });

  it("waits while it could be one", () => {
    for (const text of ["", "HT", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nA: b\r\n"])
      expect(read(text)).toBe("more");
  });

  it("takes nothing else for one, nor one without end", () => {
    const garbage = [
      "SSH-2.0-x",
      "HTTP/1.1 2000 No\r\n\r\n",
      "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
      "\r\n\r\n",
    ];
    for (const text of garbage) expect(read(text)).toBe("garbage");
    expect(read(`HTTP/1.1 200 OK\r\nA: ${"b".repeat(MAX_HEAD_BYTES)}`)).toBe("garbage");
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => isReading(Buffer.from(bytes))));
    expect(() =>
      fc.assert(fc.property(fc.string(), (text) => isReading(Buffer.from(`HTTP/1.1 200 ${text}\r\n\r\n`)))),
    ).not.toThrow();
  });
});
