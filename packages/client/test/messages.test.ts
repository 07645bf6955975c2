import { describe, expect, it } from "vitest";
import { z } from "zod";
import { messages, SocketEndedError } from "../src/messages.ts";
import { InvalidMessageError, TypedSocket, type StandardSchema } from "../src/typed-socket.ts";
import { openClient, startScene } from "./scene.ts";

const say = (target: EventTarget, data: unknown): boolean =>
  target.dispatchEvent(new MessageEvent("message", { data }));
const end = (target: EventTarget, code: number): boolean =>
  target.dispatchEvent(Object.assign(new Event("close"), { code, reason: "", wasClean: code !== 1006 }));

async function readAll<Data>(read: AsyncIterable<Data>): Promise<Data[]> {
  const all: Data[] = [];
  for await (const data of read) all.push(data);
  return all;
}

describe("messages", () => {
  it("reads what the real gateway carries, until the socket is closed", async () => {
    const { tokens, url } = await startScene();
    const { socket } = openClient(url, { token: () => tokens.sign("ada") });
    for (const data of ["a", "b", "c"]) socket.send(data);
    const heard: string[] = [];
    for await (const data of messages<string>(socket)) {
      heard.push(data);
      if (data === "c") socket.close();
    }
    expect(heard).toEqual(["a", "b", "c"]);
  });

  it("keeps what comes from the call on, and throws after the last where the socket ended badly", async () => {
    const target = new EventTarget();
    const read = messages(target);
    say(target, "a");
    say(target, "b");
    end(target, 1006);
    say(target, "late");
    expect([await read.next(), await read.next()]).toMatchObject([{ value: "a" }, { value: "b" }]);
    const failed: unknown = await read.next().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(SocketEndedError);
    expect((failed as SocketEndedError).event.code).toBe(1006);
  });

  it("rejects, by default, when nobody reads; or drops as it is told", async () => {
    const target = new EventTarget();
    const [rejects, oldest, newest] = [
      messages(target, { limit: 2 }),
      messages(target, { limit: 2, whenFull: "drop-oldest" }),
      messages(target, { limit: 2, whenFull: "drop-newest" }),
    ];
    for (const data of ["a", "b", "c"]) say(target, data);
    end(target, 1000);
    expect(await readAll(oldest)).toEqual(["b", "c"]);
    expect(await readAll(newest)).toEqual(["a", "b"]);
    await expect(readAll(rejects)).rejects.toMatchObject({ name: "QuotaExceededError" });
  });

  it("ends with its signal, before or while it waits, and by leaving", async () => {
    const target = new EventTarget();
    const controller = new AbortController();
    const waits = messages(target, { signal: controller.signal }).next();
    controller.abort(new Error("enough"));
    await expect(waits).rejects.toThrow("enough");
    await expect(messages(target, { signal: controller.signal }).next()).rejects.toThrow("enough");
    const left = messages(target);
    say(target, "a");
    for await (const data of left) {
      expect(data).toBe("a");
      break;
    }
    say(target, "b");
    expect(await left.next()).toEqual({ done: true, value: undefined });
  });
});

describe("TypedSocket", () => {
  const incoming = z.object({ type: z.literal("said"), text: z.string() });
  const outgoing = z.object({ type: z.literal("say"), at: z.date().transform((at) => at.toISOString()) });

  function typed() {
    const target = Object.assign(new EventTarget(), {
      sent: [] as unknown[],
      send: (data: unknown) => void target.sent.push(data),
    });
    const socket = new TypedSocket(target, { incoming, outgoing });
    const [heard, invalid]: [unknown[], unknown[]] = [[], []];
    socket.addEventListener("message", ({ data }) => void heard.push(data.text));
    socket.addEventListener("invalid", ({ detail }) => void invalid.push(detail));
    return { target, socket, heard, invalid };
  }

  it("shows the page what its schema allows, and nothing else", () => {
    const { target, heard, invalid } = typed();
    say(target, '{"type":"said","text":"hello","more":1}');
    for (const data of ["no json", '{"type":"said"}', new ArrayBuffer(2), "null"]) say(target, data);
    expect(heard).toEqual(["hello"]);
    expect(invalid).toMatchObject([
      { issues: [], error: expect.any(SyntaxError) },
      { issues: [{ path: ["text"] }], error: null },
      { issues: [], error: expect.any(TypeError) },
      { issues: [{}], error: null },
    ]);
  });

  it("sends what its schema makes of a message, and throws for what it does not allow", () => {
    const { target, socket } = typed();
    socket.send({ type: "say", at: new Date(0) });
    expect(target.sent).toEqual(['{"type":"say","at":"1970-01-01T00:00:00.000Z"}']);
    expect(() => socket.send({ type: "say", at: "now" as never })).toThrow(InvalidMessageError);
    expect(target.sent).toHaveLength(1);
  });

  it("lets nothing through that a validator answers later: messages would overtake each other", () => {
    const target = Object.assign(new EventTarget(), { send: () => undefined });
    const later: StandardSchema = {
      "~standard": { version: 1, vendor: "test", validate: (value) => Promise.resolve({ value }) },
    };
    const socket = new TypedSocket(target, { incoming: later, outgoing: later });
    const invalid: unknown[] = [];
    socket.addEventListener("invalid", ({ detail }) => void invalid.push(detail.error));
    say(target, "{}");
    expect(invalid).toEqual([new TypeError("the validator is asynchronous")]);
    expect(() => socket.send({})).toThrow(TypeError);
  });

  it("can be read with messages, and tells the end of its socket", async () => {
    const { target, socket } = typed();
    const read = messages<z.output<typeof incoming>>(socket);
    say(target, '{"type":"said","text":"hello"}');
    end(target, 1000);
    expect((await readAll(read)).map(({ text }) => text)).toEqual(["hello"]);
  });
});
