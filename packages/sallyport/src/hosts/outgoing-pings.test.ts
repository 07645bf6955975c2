import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { MAX_PINGS, OutgoingPings } from "./outgoing-pings.ts";

function makePings(): { readonly pings: OutgoingPings; readonly sent: Buffer[] } {
  const sent: Buffer[] = [];
  return { pings: new OutgoingPings((payload) => void sent.push(Buffer.from(payload))), sent };
}

describe("OutgoingPings", () => {
  it("answers a ping, and all before it, with the pong of its bytes (RFC 6455 5.5.3)", async () => {
    const { pings, sent } = makePings();
    const answers = ["one", "two", new Uint8Array([3])].map((data) => pings.ping(data));
    expect(sent.map(String)).toEqual(["one", "two", "\u0003"]);
    pings.answered(Buffer.from("nobody asked"));
    pings.answered(Buffer.from("two"));
    expect(await Promise.all(answers.slice(0, 2))).toEqual([true, true]);
    pings.end();
    expect(await answers[2]).toBe(false);
  });

  it("sends bytes once that are not answered yet, and eight of chance where none are given", async () => {
    const { pings, sent } = makePings();
    const [first, second] = [pings.ping("same"), pings.ping("same")];
    const chance = [pings.ping(), pings.ping()];
    expect(sent.map(({ length }) => length)).toEqual([4, 8, 8]);
    expect(sent[1]).not.toEqual(sent[2]);
    pings.answered(sent[2] ?? Buffer.alloc(0));
    expect(await Promise.all([first, second, ...chance])).toEqual([true, true, true, true]);
  });

  it("refuses more than 125 bytes, and more pings than may wait (RFC 6455 5.5)", () => {
    const { pings } = makePings();
    expect(() => pings.ping("x".repeat(126))).toThrow("a ping has at most 125 bytes");
    expect(() => pings.ping("x".repeat(125))).not.toThrow();
    for (let count = 1; count < MAX_PINGS; count++) void pings.ping();
    expect(() => pings.ping()).toThrow("8 pings are not answered yet");
    pings.end();
    expect(() => pings.ping()).not.toThrow();
  });
});
