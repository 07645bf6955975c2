import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { opcode } from "../protocol/opcode.ts";
import { Inbox } from "./inbox.ts";
import { MessageBody, MessageCutShort } from "./message-body.ts";

const bytes = (text: string): Buffer => Buffer.from(text);

function makeInbox(options: { queueBytes?: number; streams?: boolean } = {}): {
  readonly inbox: Inbox;
  readonly taken: () => number;
} {
  let taken = 0;
  const inbox = new Inbox({ queueBytes: 1000, streams: false, taken: () => void (taken += 1), ...options });
  return { inbox, taken: () => taken };
}

/** The next entry, which must be a large message. */
function nextBody(inbox: Inbox): MessageBody {
  const entry = inbox.shift();
  if (!(entry instanceof MessageBody)) throw new TypeError("expected a large message");
  return entry;
}

describe("Inbox", () => {
  it("gives text and bytes in their order, whole ones and those of pieces", () => {
    const { inbox } = makeInbox();
    expect(inbox.deliver(opcode.text, bytes("grüße"), false)).toBe(true);
    expect(inbox.deliver(opcode.binary, bytes("ab"), true)).toBe(true);
    expect(inbox.length).toBe(1);
    inbox.deliver(opcode.continuation, bytes("c"), true);
    inbox.deliver(opcode.continuation, bytes(""), false);
    inbox.deliver(opcode.text, new Uint8Array(bytes("plain")), false);
    expect([inbox.shift(), inbox.shift(), inbox.shift(), inbox.shift()]).toEqual([
      "grüße",
      bytes("abc"),
      "plain",
      undefined,
    ]);
    expect(inbox.bytes).toBe(0);
  });

  it("copies what it keeps of bytes, which are the session's", () => {
    const { inbox } = makeInbox();
    const payload = bytes("mine");
    inbox.deliver(opcode.binary, payload, false);
    payload.fill(0);
    expect(inbox.shift()).toEqual(bytes("mine"));
  });

  it("joins characters that a fragment splits (RFC 6455 5.6)", () => {
    const { inbox } = makeInbox();
    const [first, second] = [bytes("ü").subarray(0, 1), bytes("ü").subarray(1)];
    inbox.deliver(opcode.text, first, true);
    inbox.deliver(opcode.continuation, second, false);
    expect(inbox.shift()).toBe("ü");
  });

  it("wants no more when it is full, empty messages count, and says once that half is free", () => {
    const { inbox } = makeInbox({ queueBytes: 200 });
    const wanted = Array.from({ length: 4 }, () => inbox.deliver(opcode.text, bytes(""), false));
    expect(wanted).toEqual([true, true, true, false]);
    expect(inbox.hasRoomAgain).toBe(false);
    inbox.shift();
    inbox.shift();
    expect(inbox.hasRoomAgain).toBe(false);
    inbox.shift();
    expect([inbox.hasRoomAgain, inbox.hasRoomAgain]).toEqual([true, false]);
  });

  it("gives a message larger than its room to be read while it comes, and counts what waits of it", async () => {
    const { inbox, taken } = makeInbox({ queueBytes: 100, streams: true });
    expect(inbox.deliver(opcode.binary, Buffer.alloc(80, 1), true)).toBe(true);
    expect(inbox.beginsWithBody).toBe(false);
    expect(inbox.deliver(opcode.continuation, Buffer.alloc(80, 2), true)).toBe(false);
    expect(inbox.beginsWithBody).toBe(true);
    const body = nextBody(inbox);
    expect(body.isBinary).toBe(true);
    expect(inbox.bytes).toBe(160);
    const iterator = body[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toEqual(Buffer.alloc(80, 1));
    expect([inbox.bytes, taken()]).toEqual([80, 1]);
    expect((await iterator.next()).value).toEqual(Buffer.alloc(80, 2));
    expect([inbox.bytes, taken(), inbox.hasRoomAgain]).toEqual([0, 2, true]);
    const last = iterator.next();
    inbox.deliver(opcode.continuation, Buffer.alloc(5, 3), false);
    expect((await last).value).toEqual(Buffer.alloc(5, 3));
    expect((await iterator.next()).done).toBe(true);
    inbox.deliver(opcode.text, bytes("next"), false);
    expect(inbox.shift()).toBe("next");
  });

  it("keeps a large message whole where nobody reads by streams", () => {
    const { inbox } = makeInbox({ queueBytes: 100 });
    inbox.deliver(opcode.binary, Buffer.alloc(300), true);
    expect(inbox.deliver(opcode.continuation, Buffer.alloc(1), false)).toBe(false);
    expect(inbox.shift()).toHaveLength(301);
  });

  it("cuts the message short that was coming, and no other", async () => {
    const { inbox } = makeInbox({ queueBytes: 10, streams: true });
    inbox.cutShort(true);
    inbox.deliver(opcode.binary, Buffer.alloc(20), false);
    inbox.deliver(opcode.binary, Buffer.alloc(20), true);
    inbox.cutShort(true);
    const [whole, half] = [nextBody(inbox), nextBody(inbox)];
    expect((await whole[Symbol.asyncIterator]().next()).value).toHaveLength(20);
    await expect(half[Symbol.asyncIterator]().next()).rejects.toBeInstanceOf(MessageCutShort);
  });

  it("forgets what waits", () => {
    const { inbox } = makeInbox();
    inbox.deliver(opcode.text, bytes("one"), false);
    inbox.forget();
    expect([inbox.length, inbox.bytes, inbox.shift()]).toEqual([0, 0, undefined]);
  });
});
