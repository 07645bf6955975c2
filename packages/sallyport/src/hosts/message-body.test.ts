import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { MessageBody, MessageCutShort } from "./message-body.ts";

const piece = (text: string): Buffer => Buffer.from(text);

/** A body, and how many bytes it said were taken. */
function makeBody(): { readonly body: MessageBody; readonly taken: () => number } {
  let bytes = 0;
  const body = new MessageBody(false, (more) => {
    bytes += more;
  });
  return { body, taken: () => bytes };
}

async function readAll(body: MessageBody): Promise<string> {
  let text = "";
  for await (const part of body) text += part.toString();
  return text;
}

describe("MessageBody", () => {
  it("gives its pieces in order, those that wait and those that come, and ends with the message", async () => {
    const { body, taken } = makeBody();
    expect(body.push(piece("he"))).toBe(true);
    const whole = readAll(body);
    await expect.poll(taken).toBe(2);
    // Somebody waits: a piece that is handed over is not kept.
    expect(body.push(piece("llo"))).toBe(false);
    body.finish();
    expect(await whole).toBe("hello");
    expect(taken()).toBe(2);
  });

  it("ends for everybody who waits", async () => {
    const { body } = makeBody();
    const iterator = body[Symbol.asyncIterator]();
    const [first, second] = [iterator.next(), iterator.next()];
    body.push(piece("all"));
    body.finish();
    expect([await first, await second]).toEqual([
      { done: false, value: piece("all") },
      { done: true, value: undefined },
    ]);
  });

  it("throws behind what came where the rest never does, for who waits and for who asks later", async () => {
    const { body } = makeBody();
    body.push(piece("half"));
    const iterator = body[Symbol.asyncIterator]();
    expect((await iterator.next()).value?.toString()).toBe("half");
    const waiting = iterator.next();
    body.cutShort(false);
    await expect(waiting).rejects.toBeInstanceOf(MessageCutShort);
    await expect(iterator.next()).rejects.toBe(body.failure);
  });

  it("shows what waits before it throws, and nothing of it where it was cut short at once", async () => {
    const [gently, hard] = [makeBody(), makeBody()];
    for (const { body } of [gently, hard]) body.push(piece("half"));
    gently.body.cutShort(false);
    hard.body.cutShort(true);
    const iterator = gently.body[Symbol.asyncIterator]();
    expect((await iterator.next()).value?.toString()).toBe("half");
    await expect(iterator.next()).rejects.toBeInstanceOf(MessageCutShort);
    await expect(readAll(hard.body)).rejects.toBeInstanceOf(MessageCutShort);
    expect(hard.taken()).toBe(4);
  });

  it("stays whole when the connection ends behind it, and is cut short once", () => {
    const [whole, half] = [makeBody().body, makeBody().body];
    whole.finish();
    whole.cutShort(true);
    expect(whole.failure).toBeNull();
    half.cutShort(false);
    const { failure } = half;
    half.cutShort(true);
    expect(half.failure).toBe(failure);
  });

  it("keeps nothing once its reader has left", async () => {
    const { body, taken } = makeBody();
    body.push(piece("one"));
    body.push(piece("two"));
    for await (const part of body) {
      expect(part.toString()).toBe("one");
      break;
    }
    expect(taken()).toBe(6);
    expect(body.push(piece("three"))).toBe(false);
    expect(await readAll(body)).toBe("");
  });
});
