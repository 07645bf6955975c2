import { Buffer } from "node:buffer";
import { assert, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_RESPONSE_HEAD_BYTES, parseResponseHead } from "./response-head.ts";

const SWITCH =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSet-Cookie: a=1\r\nset-cookie:b=2 \r\n\r\n";

function read(text: string): ReturnType<typeof parseResponseHead> {
  return parseResponseHead(Buffer.from(text, "latin1"));
}

describe("parseResponseHead", () => {
  it("reads status and fields, in order, with repetitions (RFC 9112 4, 5)", () => {
    const head = read(`${SWITCH}frames`);
    if (typeof head === "string") throw new Error(head);
    expect([head.status, head.size]).toEqual([101, SWITCH.length]);
    expect([...head.headers.entries()]).toEqual([
      ["upgrade", "websocket"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ]);
  });

  it("reads a status without a phrase, and a head without fields", () => {
    expect(read("HTTP/1.1 404\r\n\r\n")).toMatchObject({ status: 404, size: 16 });
  });

  it("waits for the empty line, at whatever byte it was cut", () => {
    for (let size = 0; size < SWITCH.length; size++) expect(read(SWITCH.slice(0, size))).toBe("incomplete");
  });

  it.each([
    ["another protocol", "ICY 200 OK\r\n\r\n"],
    ["an older version", "HTTP/1.0 101 Switching Protocols\r\n\r\n"],
    ["a status that is no number", "HTTP/1.1 abc\r\n\r\n"],
    ["a space before the colon", "HTTP/1.1 101 x\r\nUpgrade : websocket\r\n\r\n"],
    ["a folded line", "HTTP/1.1 101 x\r\nA: b\r\n c\r\n\r\n"],
    ["a line without a name", "HTTP/1.1 101 x\r\n: b\r\n\r\n"],
    ["a bare LF", "HTTP/1.1 101 x\r\nA: b\nC: d\r\n\r\n"],
    ["a bare CR", "HTTP/1.1 101 x\r\nA: b\rC: d\r\n\r\n"],
    ["a NUL", "HTTP/1.1 101 x\r\nA: b\0\r\n\r\n"],
  ])("refuses %s (RFC 9112 5)", (_, text) => {
    expect(read(text)).toBe("malformed");
  });

  it("refuses a head without an end", () => {
    expect(read("x".repeat(MAX_RESPONSE_HEAD_BYTES - 1))).toBe("incomplete");
    expect(read("x".repeat(MAX_RESPONSE_HEAD_BYTES))).toBe("malformed");
  });

  it("never throws", () => {
    const outcomes = new Set<string>();
    assert(
      property(uint8Array({ maxLength: 300 }), (bytes) => {
        const head = parseResponseHead(bytes);
        outcomes.add(typeof head === "string" ? head : "head");
      }),
    );
    expect(outcomes).toContain("incomplete");
  });
});
