import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { BYTES_PER_FRAGMENT, MessageAssembler, type MessageLimits } from "./message-assembler.ts";

function assembler(limits: Partial<MessageLimits> = {}): MessageAssembler {
  return new MessageAssembler({
    maxBytes: 1000,
    maxFragments: 4,
    opcodes: "any",
    maxRatio: 100,
    finishWithinMs: 1000,
    stream: false,
    ...limits,
  });
}

describe("MessageAssembler", () => {
  it("follows a fragmented message to its end (RFC 6455 5.4)", () => {
    const message = assembler();
    expect(message.midMessage).toBe(false);
    expect(message.begin(2, 3)).toBeNull();
    expect(message.midMessage).toBe(true);
    expect(message.begin(0, 4)).toBeNull();
    expect([message.opcode, message.bytes]).toEqual([2, 7]);
    expect(message.finish()).toBeNull();
    expect(message.midMessage).toBe(false);
    expect(message.begin(1, 1)).toBeNull();
    expect(message.bytes).toBe(1);
  });

  it("holds the next message to other limits, where they change in between", () => {
    const message = assembler();
    expect([message.begin(2, 900), message.finish()]).toEqual([null, null]);
    message.limit({
      maxBytes: 800,
      maxFragments: 4,
      opcodes: "any",
      finishWithinMs: 1000,
      stream: false,
      maxRatio: 100,
    });
    expect(message.begin(2, 900)).toBe("messageSize.bytes");
  });

  it("rejects a continuation without a message (RFC 6455 5.4)", () => {
    expect(assembler().begin(0, 1)).toBe("protocol.unexpected-continuation");
  });

  it("rejects a new message inside an unfinished one (RFC 6455 5.4)", () => {
    const message = assembler();
    message.begin(1, 1);
    expect(message.begin(1, 1)).toBe("protocol.unfinished-message");
  });

  it("refuses the kind of message that the limits leave out (RFC 6455 7.4.1)", () => {
    expect(assembler({ opcodes: "text" }).begin(2, 1)).toBe("messageSize.opcode");
    expect(assembler({ opcodes: "text" }).begin(1, 1)).toBeNull();
    expect(assembler({ opcodes: "binary" }).begin(1, 1)).toBe("messageSize.opcode");
    expect(assembler({ opcodes: "binary" }).begin(2, 1)).toBeNull();
  });

  it("bounds the bytes over all fragments; the limit itself passes (RFC 6455 10.4)", () => {
    const message = assembler({ maxBytes: 10 });
    expect(message.begin(2, 4)).toBeNull();
    expect(message.begin(0, 6)).toBeNull();
    expect(message.begin(0, 0)).toBeNull();
    expect(message.begin(0, 1)).toBe("messageSize.bytes");
    expect(assembler().begin(2, 2 ** 63)).toBe("messageSize.bytes");
  });

  it("bounds empty fragments, anew for each message (RFC 6455 10.4)", () => {
    const message = assembler({ maxFragments: 2 });
    for (let count = 0; count < 3; count++) {
      expect([message.begin(2, 0), message.begin(0, 0), message.finish()]).toEqual([null, null, null]);
    }
    expect([message.begin(2, 0), message.begin(0, 0), message.begin(0, 0)]).toEqual([
      null,
      null,
      "messageSize.fragments",
    ]);
  });

  it("allows one more fragment for each 32 bytes", () => {
    const message = assembler({ maxFragments: 1 });
    expect(message.begin(2, 0)).toBeNull();
    expect(message.begin(0, BYTES_PER_FRAGMENT)).toBeNull();
    expect(message.begin(0, BYTES_PER_FRAGMENT - 1)).toBe("messageSize.fragments");
  });

  it("checks text as it comes and at its end (RFC 6455 8.1)", () => {
    const message = assembler();
    message.begin(1, 1);
    expect(message.text(Buffer.from("c3", "hex"))).toBeNull();
    expect(message.finish()).toBe("protocol.invalid-utf8");
    message.begin(1, 1);
    expect(message.text(Buffer.from("ff", "hex"))).toBe("protocol.invalid-utf8");
  });

  it("does not ask binary to be text", () => {
    const message = assembler();
    message.begin(2, 1);
    expect(message.finish()).toBeNull();
  });
});
