import { describe, expect, it } from "vitest";
import { DAY, detectorOf, MINUTE, refusal, SECOND } from "../../test/watch-fixture.ts";
import { handshakeScan } from "./handshake-scan.ts";
import { People } from "./people.ts";

/** How many refusals, one at a time, it took to be told of; 0 for never within a day. */
const slow = (everyMs: number): number => {
  const { detector, findings } = detectorOf(handshakeScan);
  for (let now = 0; now < DAY && findings.length === 0; now += everyMs)
    detector.take(refusal({ path: `/${now}` }), now);
  return findings[0]?.measured["refused"] ?? 0;
};

describe("handshakeScan", () => {
  it("tells of an address whose handshakes are refused for different paths", () => {
    const { detector, findings } = detectorOf(handshakeScan, { answer: "ban" });
    for (let index = 0; index < 20; index += 1) detector.take(refusal({ path: `/${index}` }), index * SECOND);
    expect(findings).toMatchObject([
      {
        subject: { kind: "address", value: "192.0.2.1" },
        sentence: expect.stringMatching(
          /^20 handshakes from 192\.0\.2\.1 were refused within 19 s, for \d+ different codes and paths$/,
        ),
        measured: { refused: 20, withinMs: 19_000, limit: 20 },
        answer: "ban",
      },
    ]);
    expect(detector.size).toBeGreaterThan(0);
  });

  it("takes an IPv6 /64 for one address, however the caller rotates (RFC 6177)", () => {
    const { detector, findings } = detectorOf(handshakeScan);
    for (let index = 0; index < 20; index += 1)
      detector.take(refusal({ path: `/${index}`, address: `2001:db8:0:7::${index + 1}` }), index);
    expect(findings.map(({ subject }) => subject.value)).toEqual(["2001:db8:0:7::/64"]);
  });

  it("tells of a subnet whose addresses each stay below, and bans it only where that is written", () => {
    for (const [written, answer] of [
      [{}, "alert"],
      [{ subnetAnswer: "ban" }, "ban"],
    ] as const) {
      const { detector, findings } = detectorOf(handshakeScan, written);
      for (let index = 0; index < 80; index += 1)
        detector.take(refusal({ path: `/${index}`, address: `203.0.113.${index % 8}` }), index * 100);
      expect(findings).toMatchObject([{ subject: { value: "203.0.113.0/24" }, answer }]);
      expect(findings[0]?.sentence).toMatch(/203\.0\.113\.0\/24 \([78] addresses\)/);
    }
  });

  it("finds by the longer windows who stays just under each shorter limit", () => {
    expect([slow(4 * SECOND), slow(70 * SECOND), slow(7 * MINUTE)]).toEqual([60, 200, 200]);
    expect(slow(10 * MINUTE)).toBe(0);
  });

  it("never answers by more than an alert what a foreign page can make somebody's browser do", () => {
    const arrival = { kind: "http", host: "h", secure: true, cookie: false, caller: null } as const;
    for (const forged of [{ origin: "https://evil.test" }, { arrival }, { verdict: "observe" }] as const) {
      const { detector, findings } = detectorOf(handshakeScan, { answer: "ban" });
      for (let index = 0; index < 20; index += 1)
        detector.take(refusal({ path: `/${index}`, ...forged }), index);
      expect(findings).toMatchObject([{ answer: "alert" }]);
    }
  });

  it("lets a client in a loop do twenty times as much", () => {
    const { detector, findings } = detectorOf(handshakeScan);
    for (let index = 0; index < 399; index += 1) detector.take(refusal(), index);
    expect(findings).toEqual([]);
    detector.take(refusal(), 400);
    expect(findings).toHaveLength(1);
  });

  it("holds no client in a loop to what a foreign page made somebody's browser ask for", () => {
    const { detector, findings } = detectorOf(handshakeScan, { answer: "ban" });
    for (let index = 0; index < 60; index += 1) {
      detector.take(refusal({ path: `/${index}`, origin: "https://evil.test" }), index * 10);
      detector.take(refusal(), index * 10 + 5);
    }
    expect(findings.map(({ answer }) => answer).filter((answer) => answer !== "alert")).toEqual([]);
    expect(findings.length).toBeGreaterThan(0);
  });

  it("lets pass more where many people are at home", () => {
    const people = new People(16, 1);
    for (let index = 0; index < 200; index += 1) people.admitted(["192.0.2.1"], `user ${index}`, 0);
    const { detector, findings } = detectorOf(handshakeScan, {}, { people });
    for (let index = 0; index < 100; index += 1) detector.take(refusal({ path: `/${index}` }), index);
    expect(findings).toEqual([]);
  });

  it("does not count a ban, an outage or a drain, and a refusal for the rate as a tenth", () => {
    const { detector, findings } = detectorOf(handshakeScan, { kinds: 0 });
    const codes = [
      "firewall.banned",
      "upstream.unreachable",
      "session.draining",
      "ticket.unavailable",
    ] as const;
    for (const code of codes)
      for (let index = 0; index < 1000; index += 1)
        detector.take(refusal({ code, path: `/${index}` }), index);
    expect(findings).toEqual([]);
    for (let index = 0; index < 190; index += 1)
      detector.take(refusal({ code: "connectionLimit.handshakesPerAddress", status: 429 }), index);
    expect(findings).toEqual([]);
    for (let index = 0; index < 20; index += 1)
      detector.take(refusal({ code: "connectionLimit.handshakesPerAddress", status: 429 }), index);
    expect(findings).toHaveLength(1);
  });

  it("tells of a route that is scanned from everywhere, never twice from one subnet", () => {
    for (const route of ["/chat", null]) {
      const { detector, findings } = detectorOf(handshakeScan);
      for (let index = 0; index < 4001; index += 1)
        detector.take(refusal({ route, address: `10.${index >>> 8}.${index & 255}.1` }), index);
      expect(findings).toMatchObject([
        { subject: { kind: "route", value: route ?? "*" }, answer: "alert", measured: { refused: 4001 } },
      ]);
      expect(findings[0]?.sentence).toContain(route ?? "on no route");
    }
  });

  it("leaves 401 to those who compare credentials, as far as routes go", () => {
    const { detector, findings } = detectorOf(handshakeScan);
    for (let index = 0; index < 9000; index += 1)
      detector.take(
        refusal({ code: "identity.invalid", status: 401, address: `10.${index >>> 8}.${index & 255}.1` }),
        index,
      );
    expect(findings).toEqual([]);
  });

  it("says nothing of what is no address, and of other signals", () => {
    const { detector, findings } = detectorOf(handshakeScan);
    for (let index = 0; index < 500; index += 1)
      detector.take(refusal({ address: "unix", path: `/${index}` }), index);
    detector.take({ type: "gate", level: "info", message: "m" }, 500);
    expect([findings, detector.size]).toEqual([[], 0]);
  });

  it("finds a heavy offender among forty thousand addresses that come once, in bounded memory", () => {
    const { detector, findings } = detectorOf(handshakeScan, {}, { keys: 4096 });
    for (let index = 0; index < 40_000; index += 1) {
      const address = `${11 + (index >>> 16)}.${(index >>> 8) & 255}.${index & 255}.9`;
      detector.take(refusal({ route: "/chat", address }), index);
      if (index % 100 === 0) detector.take(refusal({ address: "192.0.2.1", path: `/${index}` }), index);
    }
    expect(findings.map(({ subject }) => subject.value)).toContain("192.0.2.1");
    expect(detector.size).toBeLessThanOrEqual(2 * 4096 + 256);
  });
});
