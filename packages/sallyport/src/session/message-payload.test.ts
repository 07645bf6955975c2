import { Buffer } from "node:buffer";
import { MessageAssembler } from "../protocol/message-assembler.ts";
import { describe, expect, it } from "vitest";
import { compressedFrame, deflated, inflatersOf, takeover } from "../../test/deflated.ts";
import { fromApplication, fromClient } from "../../test/recorded-session.ts";
import { FrameParser } from "../protocol/frame-parser.ts";
import { laneLimits } from "./lane-limits.ts";
import { MessagePayload, type MessagePayloadOptions } from "./message-payload.ts";

const { inbound } = laneLimits(undefined);

function payloadOf(options: Partial<MessagePayloadOptions> = {}): MessagePayload {
  return new MessagePayload({ masked: true, read: false, limits: inbound, inflater: undefined, ...options });
}

/** A parser at the payload of a frame, and that payload. */
function at(frame: Uint8Array, masked = true): { parser: FrameParser; piece: Uint8Array } {
  const parser = new FrameParser(masked, true);
  parser.feed(frame);
  parser.next();
  parser.next();
  return { parser, piece: frame.subarray(parser.payloadStart, parser.payloadEnd) };
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe("MessagePayload", () => {
  it("takes the mask off, and keeps nothing of a message that is whole", () => {
    const payload = payloadOf({ read: true });
    const { parser, piece } = at(fromClient(1, "hello"));
    expect(text(payload.take(piece, parser, true))).toBe("hello");
    expect(payload.size).toBe(0);
  });

  it("keeps the pieces of a message that is read and not whole, masked or not", () => {
    for (const [masked, from] of [
      [true, fromClient],
      [false, fromApplication],
    ] as const) {
      const payload = payloadOf({ masked, read: true });
      for (const word of ["hello ", "there"]) {
        const { parser, piece } = at(from(2, word), masked);
        payload.take(piece, parser, false);
      }
      expect([text(payload.view()), payload.size]).toEqual(["hello there", 11]);
      payload.clear();
      expect(payload.size).toBe(0);
    }
  });

  it("keeps nothing of what is checked and not read", () => {
    const payload = payloadOf();
    const { parser, piece } = at(fromClient(1, "hello"));
    expect(text(payload.take(piece, parser, false))).toBe("hello");
    expect([payload.asOne, payload.size]).toEqual([false, 0]);
  });

  it("needs no look at short ASCII and at bytes, where nobody reads and nothing is compressed", () => {
    const looks = (frame: Uint8Array, payload = payloadOf()): boolean =>
      payload.needsNoLook(at(frame).parser, frame);
    expect([looks(fromClient(1, "hello")), looks(fromClient(2, "grüße"))]).toEqual([true, true]);
    expect([looks(fromClient(1, "grüße")), looks(fromClient(9, "ping"))]).toEqual([false, false]);
    expect(looks(fromClient(1, "x".repeat(300)))).toBe(false);
    expect(looks(fromClient(1, "hello"), payloadOf({ read: true }))).toBe(false);
    const compressed = payloadOf();
    compressed.compressed = true;
    expect(looks(fromClient(2, "hello"), compressed)).toBe(false);
    const plain = fromApplication(1, "hello");
    expect(payloadOf({ masked: false }).needsNoLook(at(plain, false).parser, plain)).toBe(true);
  });

  it("gives up the compressed bytes for what they inflate to, until that was judged", () => {
    const payload = payloadOf({ inflater: inflatersOf(takeover).client });
    const frame = compressedFrame({
      opcode: 1,
      payload: deflated("hello ".repeat(100)),
      maskKey: Buffer.alloc(4, 3),
    });
    const { parser, piece } = at(frame);
    payload.compressed = parser.compressed;
    expect([payload.compressed, payload.referredTo, payload.asOne]).toEqual([true, true, true]);
    payload.take(piece, parser, false);
    expect(payload.size).toBe(piece.length);
    const inflated = payload.inflate(payload.view(), new MessageAssembler(inbound));
    expect(inflated).toHaveLength(600);
    expect([payload.size, payload.keep(Buffer.alloc(0))]).toEqual([600, inflated]);
    payload.clear();
    expect(payload.size).toBe(0);
  });

  it("keeps what a guard waits with, of a message that is not compressed", () => {
    const payload = payloadOf({ read: true });
    expect(text(payload.keep(Buffer.from("hello")))).toBe("hello");
    expect(payload.size).toBe(5);
  });

  it("inflates nothing where nothing was negotiated (fail closed)", () => {
    expect(payloadOf().inflate(deflated("hello"), new MessageAssembler(inbound))).toMatchObject({
      code: "protocol.invalid-deflate",
    });
    expect(payloadOf().inflates).toBe(false);
  });
});
