import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import type { DialectConnection, DialectReading, MessagePart } from "../dialects/dialect.ts";
import { LaneMessage } from "./lane-message.ts";

const part: MessagePart = { kind: "event", name: "chat", id: null, data: 1, json: "1", operations: [] };

/** A dialect whose messages are numbers, each one more than the last that went on. */
function counting(): DialectConnection & { readonly reads: string[] } {
  let last = 0;
  const reads: string[] = [];
  return {
    reads,
    read(message): DialectReading {
      reads.push(message.text());
      if (message.json() !== last + 1) return { ok: false, fault: "syntax", problem: "another number" };
      return { ok: true, parts: [part], commit: () => (last += 1) };
    },
  };
}

function filled(message: LaneMessage, text: string): LaneMessage {
  const payload = Buffer.from(text);
  message.fill(1, payload.length, payload);
  return message;
}

describe("LaneMessage", () => {
  it("has no parts and no fault where the connection has no dialect", () => {
    const message = filled(new LaneMessage("inbound"), "1");
    expect([message.parts(), message.fault()]).toEqual([null, null]);
    expect(() => message.commit()).not.toThrow();
  });

  it("is read by its dialect once for all guards, when the first of them asks", () => {
    const dialect = counting();
    const message = filled(new LaneMessage("inbound", dialect), "1");
    expect(dialect.reads).toEqual([]);
    expect([message.parts(), message.fault(), message.parts()]).toEqual([[part], null, [part]]);
    expect(dialect.reads).toEqual(["1"]);
  });

  it("says why it is none of its dialect's", () => {
    const message = filled(new LaneMessage("outbound", counting()), "7");
    expect([message.parts(), message.fault()]).toEqual([
      null,
      { ok: false, fault: "syntax", problem: "another number" },
    ]);
    expect(() => message.commit()).not.toThrow();
  });

  it("counts for the dialect when it goes on, and not otherwise", () => {
    const dialect = counting();
    const message = new LaneMessage("inbound", dialect);
    filled(message, "1").parts();
    message.clear();
    filled(message, "1").parts();
    message.commit();
    expect(filled(message, "2").parts()).toEqual([part]);
  });

  it("is read anew where its memory has moved, since parts may be views of it", () => {
    const dialect = counting();
    const message = filled(new LaneMessage("inbound", dialect), "1");
    message.parts();
    message.move(Buffer.from("1"));
    expect(message.parts()).toEqual([part]);
    expect(dialect.reads).toEqual(["1", "1"]);
  });

  it("is read anew where a guard puts another payload in its place", () => {
    const dialect = counting();
    const message = filled(new LaneMessage("inbound", dialect), "3");
    expect(message.parts()).toBeNull();
    expect(filled(message, "1").parts()).toEqual([part]);
  });

  it("has members of the names that were written, whatever was read before (nodejs/node#63785)", () => {
    const message = new LaneMessage("inbound");
    filled(message, '{"lane":1,"\\\\":1}').json();
    expect(filled(message, '{"lane":1,"\\u0062":2}').json()).toEqual({ lane: 1, b: 2 });
  });

  it("counts for the dialect as what guards made of it, and wherever it was moved since it was read", () => {
    const dialect = counting();
    const message = filled(new LaneMessage("inbound", dialect), "7");
    message.parts();
    filled(message, "1");
    message.commit();
    filled(message, "2").parts();
    message.move(Buffer.from("2"));
    message.commit();
    expect(filled(message, "3").parts()).toEqual([part]);
  });
});
