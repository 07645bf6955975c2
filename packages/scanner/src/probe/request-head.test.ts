import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRequestHead, requestHeader } from "./request-head.ts";
import { MAX_HEAD_BYTES } from "./response-head.ts";

describe("parseRequestHead", () => {
  it("reads the line and the fields, as they were written", () => {
    const reading = parseRequestHead(
      Buffer.from("GET /a?b HTTP/1.1\r\nHost: x\r\nX-A:  1 \r\nx-a: 2\r\n\r\nrest"),
    );
    expect(reading).toMatchObject({
      size: 48,
      head: {
        method: "GET",
        path: "/a?b",
        version: "HTTP/1.1",
        headers: [
          ["Host", "x"],
          ["X-A", "1"],
          ["x-a", "2"],
        ],
      },
    });
    if (typeof reading === "string") throw new Error(reading);
    expect([requestHeader(reading.head, "x-A"), requestHeader(reading.head, "y")]).toEqual(["1, 2", null]);
  });

  it.for(["GET / HTTP/1.1\r\nno field\r\n\r\n", "\r\n\r\n", "get / HTTP/1.1\r\n\r\n"])(
    "takes %j for garbage",
    (text) => {
      expect(parseRequestHead(Buffer.from(text))).toBe("garbage");
    },
  );

  it("takes what does not end for garbage, above its bound", () => {
    expect(parseRequestHead(Buffer.alloc(MAX_HEAD_BYTES - 1, "x"))).toBe("more");
    expect(parseRequestHead(Buffer.alloc(MAX_HEAD_BYTES, "x"))).toBe("garbage");
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        parseRequestHead(Buffer.concat([bytes, Buffer.from("\r\n\r\n")]));
      }),
    );
  });
});
