import { describe, expect, it } from "vitest";
import type { OutgoingMessage } from "../session/outgoing-message.ts";
import { Topics, type Subscriber } from "./topics.ts";

class Recorded implements Subscriber {
  topics: Set<string> | null = null;
  readonly got: OutgoingMessage[] = [];

  send(message: OutgoingMessage): void {
    this.got.push(message);
  }
}

describe("Topics", () => {
  it("gives one encoded message to all who are subscribed, but one", () => {
    const topics = new Topics();
    const [one, two, three] = [new Recorded(), new Recorded(), new Recorded()];
    for (const each of [one, two, three]) topics.join("news", each);
    topics.join("news", one);
    expect(topics.publish("news", "hello", three)).toBe(2);
    expect(one.got).toHaveLength(1);
    expect(one.got[0]).toBe(two.got[0]);
    expect(Buffer.from(one.got[0]?.frame ?? []).toString("hex")).toBe("810568656c6c6f");
    expect(three.got).toEqual([]);
  });

  it("publishes bytes as a binary message, and a copy of them", () => {
    const topics = new Topics();
    const one = new Recorded();
    topics.join("news", one);
    const bytes = Buffer.from("hello");
    topics.publish("news", bytes);
    bytes.fill(0);
    expect(Buffer.from(one.got[0]?.frame ?? []).toString("hex")).toBe("820568656c6c6f");
  });

  it("forgets who leaves one topic or all, and topics that nobody is subscribed to", () => {
    const topics = new Topics();
    const [one, two] = [new Recorded(), new Recorded()];
    for (const topic of ["a", "b"]) for (const each of [one, two]) topics.join(topic, each);
    topics.leave(one, "a");
    expect([topics.count("a"), topics.count("b"), [...(one.topics ?? [])]]).toEqual([1, 2, ["b"]]);
    topics.leave(one);
    topics.leave(two);
    topics.leave(two, "a");
    topics.leave(new Recorded());
    expect([topics.count("a"), topics.count("b"), one.topics]).toEqual([0, 0, null]);
    expect(topics.publish("a", "nobody")).toBe(0);
  });
});
