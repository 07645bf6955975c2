import { Buffer } from "node:buffer";
import { describe, expect, it, vi } from "vitest";
import { opcode } from "../protocol/opcode.ts";
import { OutgoingStream } from "../session/outgoing-stream.ts";
import { StreamSender, type StreamEnd, type StreamSource } from "./stream-sender.ts";

/** A connection that says what it was told to send: streams by their pieces, messages whole. */
class RecordingEnd implements StreamEnd {
  isOpen = true;
  clientWaits = false;
  outgoing = { streams: true, maxBytes: 100 };
  readonly sent: unknown[] = [];
  readonly failures: unknown[] = [];

  sendNow(message: Parameters<StreamEnd["sendNow"]>[0]): void {
    if (message instanceof OutgoingStream) this.sent.push("its turn is asked for");
    else if ("stream" in message) this.sent.push(message.piece === null ? "the end" : message.piece);
    else this.sent.push(Buffer.from(message.data).toString());
  }

  failed(error: unknown): void {
    this.failures.push(error);
  }
}

function begin(end: StreamEnd, source: StreamSource): StreamSender {
  const sender = new StreamSender(end, source, opcode.text);
  sender.begin();
  return sender;
}

/** What a source was asked for, and whether it was told to stop. */
function watched(pieces: readonly unknown[]): { readonly source: StreamSource; readonly told: string[] } {
  const told: string[] = [];
  let at = 0;
  const iterator = {
    next: () => {
      told.push("next");
      const value = pieces[at++];
      if (value instanceof Error) throw value;
      // What an application hands over that is neither text nor bytes is a case of its own.
      // eslint-disable-next-line typescript/no-unsafe-type-assertion
      return value === undefined
        ? { done: true as const, value }
        : { done: false as const, value: value as string };
    },
    return: () => {
      told.push("return");
      return { done: true as const, value: undefined };
    },
  };
  return { source: { [Symbol.iterator]: () => iterator }, told };
}

/** One that gathers what is sent piece by piece. */
function gathers(maxBytes = 100): RecordingEnd {
  const end = new RecordingEnd();
  end.outgoing = { streams: false, maxBytes };
  return end;
}

async function* slowly(): AsyncGenerator<string> {
  yield "a";
  await Promise.resolve();
  yield "b";
}

describe("StreamSender, where messages are gathered", () => {
  it("sends all pieces as one message", async () => {
    const end = gathers();
    const sender = begin(end, watched(["one ", "", Buffer.from("two")].map(String)).source);
    expect(await sender.done).toBe(true);
    expect(end.sent).toEqual(["one two"]);
  });

  it("takes what an asynchronous source makes", async () => {
    const end = gathers();
    expect(await begin(end, slowly()).done).toBe(true);
    expect(end.sent).toEqual(["ab"]);
  });

  it("asks for no more than may be sent, and has what is there refused as a message of its size", async () => {
    const end = gathers(5);
    const { source, told } = watched(["123", "456", "789"]);
    expect(await begin(end, source).done).toBe(false);
    expect(end.sent).toEqual(["123456"]);
    await vi.waitFor(() => expect(told).toEqual(["next", "next", "return"]));
  });

  it("sends nothing of a source that throws", async () => {
    const end = gathers();
    await expect(begin(end, watched(["a", new Error("no more")]).source).done).rejects.toThrow("no more");
    expect([end.sent, end.failures]).toEqual([[], []]);
  });

  it("tells a source to stop that yields what cannot be sent, and says so", async () => {
    const end = gathers();
    const { source, told } = watched([42]);
    await expect(begin(end, source).done).rejects.toThrow(TypeError);
    await vi.waitFor(() => expect(told).toEqual(["next", "return"]));
  });
});

describe("StreamSender, where messages may go on", () => {
  it("asks nothing of its source before its turn, and ends it where the connection has ended", async () => {
    const end = new RecordingEnd();
    const { source, told } = watched(["a"]);
    const sender = begin(end, source);
    await Promise.resolve();
    expect([end.sent, told]).toEqual([["its turn is asked for"], []]);
    end.isOpen = false;
    sender.wake();
    sender.wake();
    expect(await sender.done).toBe(false);
    await vi.waitFor(() => expect(told).toEqual(["return"]));
  });

  it("sends nothing on a connection that has ended, however the source takes that", async () => {
    const end = new RecordingEnd();
    end.isOpen = false;
    const source = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false as const, value: "a" }),
        return: () => {
          throw new Error("its own affair");
        },
      }),
    };
    expect(await begin(end, source).done).toBe(false);
    expect(end.sent).toEqual([]);
  });
});
