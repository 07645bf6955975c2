import { describe, expect, it } from "vitest";
import { counter } from "../../test/recorded-session.ts";
import { OwnPings } from "./own-pings.ts";

describe("OwnPings", () => {
  it("knows no pong before its first ping", () => {
    expect(new OwnPings().answeredBy(new Uint8Array(8))).toBe(false);
  });

  it("knows its own pong by all of its 8 bytes, and takes it as the answer to all pings (RFC 6455 5.5.3)", () => {
    const pings = new OwnPings();
    const random = counter();
    const payload = pings.next(random);
    expect(pings.next(random)).toEqual(payload);
    expect(payload.length).toBe(8);
    expect(pings.unanswered).toBe(2);
    expect(pings.answeredBy(payload.subarray(1))).toBe(false);
    expect(pings.answeredBy(payload.map((byte, index) => (index === 7 ? byte + 1 : byte)))).toBe(false);
    expect(pings.unanswered).toBe(2);
    expect(pings.answeredBy(payload)).toBe(true);
    expect(pings.unanswered).toBe(0);
  });

  it("swallows no more pongs than it sent pings", () => {
    const pings = new OwnPings();
    const payload = pings.next(counter());
    expect([pings.answeredBy(payload), pings.answeredBy(payload)]).toEqual([true, false]);
  });
});
