import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { closeBody, fromClient } from "../../test/recorded-session.ts";
import { FrameParser } from "../protocol/frame-parser.ts";
import { seekClose } from "./seek-close.ts";

describe("seekClose", () => {
  it("drops what comes before a Close, and finds it however it is cut (RFC 6455 5.5.1)", () => {
    const bytes = Buffer.concat([fromClient(1, "late"), fromClient(8, closeBody(1000))]);
    for (let cut = 1; cut < bytes.length; cut++) {
      const parser = new FrameParser(true);
      expect(seekClose(parser, bytes.subarray(0, cut))).toBe(false);
      expect(seekClose(parser, bytes.subarray(cut))).toBe(true);
    }
  });

  it("has nothing left to look for in bytes that are no frames", () => {
    expect(seekClose(new FrameParser(true), Uint8Array.of(0xff, 0xff))).toBe(true);
  });
});
