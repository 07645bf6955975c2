import { describe, expect, it } from "vitest";
import type { ConnectionFacts, ConnectionGuard, Guard, GuardServices, Message } from "./guard.ts";
import { handle } from "../../test/recorded-session.ts";
import { messageSize } from "./message-size.ts";

function created(options: unknown): Guard {
  const guard = messageSize.create(messageSize.options.parse(options), {} as GuardServices);
  if (guard instanceof Promise) throw new TypeError("made later");
  return guard;
}

const shown = (parts: Partial<Message>): Message => ({
  direction: "inbound",
  opcode: 1,
  size: 1,
  bytes: () => new Uint8Array(0),
  text: () => "",
  json: () => undefined,
  parts: () => null,
  fault: () => null,
  ...parts,
});

function observer(options: object): ConnectionGuard {
  const opened = created({ mode: "observe", ...options }).open?.({} as ConnectionFacts, handle);
  if (opened === undefined) throw new TypeError("does not open");
  return opened;
}

describe("messageSize", () => {
  it("limits to 1 MiB in, 16 MiB out, 1024 fragments and 30 s for a frame by default (RFC 6455 10.4)", () => {
    const shared = {
      maxRatio: 100,
      maxFragments: 1024,
      opcodes: "any",
      finishWithinMs: 30_000,
      stream: false,
    };
    expect(created(undefined).limits).toEqual({
      inbound: { maxBytes: 1_048_576, ...shared },
      outbound: { maxBytes: 16_777_216, ...shared },
    });
  });

  it("takes its options; the kind of message is limited for the client only", () => {
    const options = {
      inbound: "1KiB",
      outbound: "2KiB",
      ratio: 20,
      fragments: 3,
      opcodes: "text",
      finishWithin: "5s",
      stream: true,
    };
    const shared = { maxRatio: 20, maxFragments: 3, finishWithinMs: 5000, stream: true };
    expect(created(options).limits).toEqual({
      inbound: { maxBytes: 1024, opcodes: "text", ...shared },
      outbound: { maxBytes: 2048, opcodes: "any", ...shared },
    });
  });

  it("refuses unknown options, wrong types and no fragments at all", () => {
    for (const options of [
      { inbond: "1KiB" },
      { inbound: 1024 },
      { fragments: 0 },
      { ratio: 0 },
      { opcodes: [] },
    ]) {
      expect(messageSize.options.safeParse(options).success).toBe(false);
    }
  });

  it("looks at no message itself when it is enforced: the parser refuses in its name", () => {
    const guard = created({});
    expect([guard.reads, guard.open, guard.mode]).toEqual([undefined, undefined, "enforce"]);
  });

  it("keeps a bound of 16 times the limit under observe, and any kind of message", () => {
    const guard = created({ mode: "observe", inbound: "1KiB", fragments: 2, opcodes: "text" });
    expect(guard.limits?.inbound).toMatchObject({ maxBytes: 16_384, maxFragments: 32, opcodes: "any" });
    expect([guard.mode, guard.reads]).toEqual(["observe", { inbound: "size", outbound: "size" }]);
  });

  it("reports under observe what is over the limit of its direction; the limit itself passes", () => {
    const connection = observer({ inbound: "10B", outbound: "20B" });
    expect(connection.message?.(shown({ size: 10 }), 0)).toEqual({ verdict: "pass" });
    expect(connection.message?.(shown({ size: 11 }), 0)).toEqual({
      verdict: "close",
      code: "messageSize.bytes",
      detail: "11 bytes, limit 10",
    });
    expect(connection.message?.(shown({ direction: "outbound", size: 20 }), 0)).toEqual({ verdict: "pass" });
    expect(connection.message?.(shown({ direction: "outbound", size: 21 }), 0)).toMatchObject({
      detail: "21 bytes, limit 20",
    });
  });

  it("reports under observe a kind of message that the client may not send", () => {
    const text = observer({ opcodes: "text" });
    expect(text.message?.(shown({ opcode: 1 }), 0)).toEqual({ verdict: "pass" });
    expect(text.message?.(shown({ opcode: 2 }), 0)).toMatchObject({
      code: "messageSize.opcode",
      detail: "opcode 2, expected text",
    });
    expect(text.message?.(shown({ opcode: 2, direction: "outbound" }), 0)).toEqual({ verdict: "pass" });
    expect(observer({ opcodes: "binary" }).message?.(shown({ opcode: 1 }), 0)).toMatchObject({
      detail: "opcode 1, expected binary",
    });
  });
});
