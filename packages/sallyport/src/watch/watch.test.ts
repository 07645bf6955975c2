import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  credential,
  DAY,
  decision,
  MINUTE,
  naming,
  opening,
  refusal,
  SECOND,
  traffic,
  watchOf,
} from "../../test/watch-fixture.ts";
import type { FindingEvent } from "../events.ts";
import type { WatchSignal } from "./signal.ts";
import type { Watch } from "./watch.ts";

const T = 1_764_000_000_000;

/** So many handshakes of one address are refused, one a second. */
function scan(watch: Watch, address: string, { from, count }: { from: number; count: number }): void {
  for (let index = 0; index < count; index += 1)
    watch.take(refusal({ address, path: `/${index}` }), from + index * SECOND);
}

describe("Watch", () => {
  it("names what it finds: detector, severity, answer, references", () => {
    const { watch, findings } = watchOf({ detectors: { handshakeScan: { severity: "critical" } } });
    scan(watch, "192.0.2.1", { from: T, count: 20 });
    expect(findings).toEqual([
      {
        incident: "incident-1",
        detector: "handshakeScan",
        severity: "critical",
        answer: "alert",
        references: ["ATT&CK T1595", "OWASP OAT-018"],
        subject: { kind: "address", value: "192.0.2.1" },
        sentence: expect.stringContaining("20 handshakes from 192.0.2.1") as string,
        measured: expect.any(Object) as object,
        route: null,
        address: "192.0.2.1",
        user: null,
        session: null,
      },
    ]);
  });

  it("tells the same once in its quiet time, then with how often it came", () => {
    const { watch, findings } = watchOf();
    scan(watch, "192.0.2.1", { from: T, count: 620 });
    expect(findings).toHaveLength(2);
    expect(findings[1]?.sentence).toMatch(/; and \d+ times more since it was last told$/);
    expect(findings[1]?.measured["repeated"]).toBeGreaterThan(20);
    expect(watch.state()[0]).toMatchObject({ name: "handshakeScan", told: 2, leftOut: 0 });
  });

  it("is not made quiet about a route by forged tokens of an invented user", () => {
    const { watch, findings } = watchOf();
    for (let index = 0; index < 15; index += 1)
      watch.take(
        { type: "claim", route: "/chat", address: `10.0.${index}.1`, claimedUser: "nobody" },
        T + index,
      );
    for (let index = 0; index < 400; index += 1)
      watch.take(
        refusal({
          guard: "identity",
          code: "identity.invalid",
          route: "/chat",
          address: `10.${index >>> 8}.${index & 255}.1`,
        }),
        T + SECOND + index,
      );
    expect(findings.map(({ subject, sentence }) => [subject.value, sentence.split(" ")[2]])).toEqual([
      ["/chat", "for"],
      ["/chat", "from"],
    ]);
  });

  it("is not blinded by a flood: each detector has its share, what is left out is counted exactly and told", () => {
    const { watch, findings } = watchOf({ findings: 5 });
    for (let host = 0; host < 50; host += 1)
      for (let index = 0; index < 20; index += 1)
        watch.take(refusal({ address: `10.${host}.0.1`, path: `/${index}` }), T + host * 20 + index);
    for (let index = 0; index < 5; index += 1)
      watch.take(refusal({ address: "192.0.2.9", code: "ticket.invalid", status: 403 }), T + 2 * SECOND);
    expect(findings.map(({ detector }) => detector)).toEqual([
      ...Array.from({ length: 5 }, () => "handshakeScan"),
      "replay",
    ]);
    watch.turn(T + 2 * MINUTE);
    expect(findings.at(-1)).toMatchObject({
      detector: "watch",
      subject: { kind: "route", value: "*" },
      sentence: "45 findings were left out within 60 s, since there were too many: handshakeScan 45",
      measured: { leftOut: 45, handshakeScan: 45 },
      answer: "alert",
    });
    const told = findings.length;
    watch.turn(T + 4 * MINUTE);
    expect(findings).toHaveLength(told);
  });

  it("leaves out detectors that are off", () => {
    const { watch, findings } = watchOf({ detectors: { handshakeScan: "off", newName: false } });
    scan(watch, "192.0.2.1", { from: T, count: 500 });
    expect(findings).toEqual([]);
    expect(watch.state().map(({ name }) => name)).not.toContain("handshakeScan");
  });

  it("asks rules about events, and about nothing else", () => {
    const { watch, findings } = watchOf({
      rules: [
        { name: "ours", when: "event.user == 'ann'", by: "user", say: "ann did something", severity: "low" },
      ],
    });
    watch.take(decision(), T);
    expect(findings).toMatchObject([{ detector: "ours", severity: "low", references: [], route: "/chat" }]);
    for (const signal of [traffic(), naming(), credential()]) watch.take(signal, T);
    expect(watch.state().at(-1)).toMatchObject({
      name: "ours",
      told: 1,
      repeated: 0,
      undecided: 0,
      learning: [],
    });
  });

  it("hears no findings: it is not fed by its own answers", () => {
    const { watch, findings } = watchOf({
      rules: [{ name: "all", when: "true", by: "user", say: "anything" }],
    });
    const finding: FindingEvent = {
      type: "finding",
      incident: "i",
      detector: "replay",
      severity: "high",
      sentence: "s",
      subject: { kind: "user", value: "ann" },
      route: null,
      address: null,
      user: "ann",
      session: null,
      measured: {},
      references: [],
      answer: "alert",
      outcome: "done",
      detail: "",
    };
    watch.take(finding, T);
    expect(findings).toEqual([]);
  });

  it("knows whom to leave alone: by subject, address and user, and a subnet as soon as one of it is on the list", () => {
    const { watch } = watchOf({ allow: ["192.0.2.7"], allowUsers: ["ops"] });
    const about = { subject: { kind: "route", value: "/chat" }, address: null, user: null } as const;
    expect(
      watch.isSpared({ subject: { kind: "address", value: "192.0.2.0/24" }, address: null, user: null }),
    ).toBe(true);
    expect(
      watch.isSpared({ subject: { kind: "address", value: "192.0.2.8" }, address: null, user: null }),
    ).toBe(false);
    expect(watch.isSpared(about)).toBe(false);
    expect(watch.isSpared({ ...about, subject: { kind: "user", value: "ops" } })).toBe(true);
    expect(watch.isSpared({ ...about, address: "192.0.2.7" })).toBe(true);
    expect(watch.isSpared({ ...about, address: "192.0.2.8", user: "ann" })).toBe(false);
    expect(watch.isSpared({ ...about, user: "ops" })).toBe(true);
    // Whoever tries credentials there may do it in the name of one who is on the list.
    expect(
      watch.isSpared({ subject: { kind: "address", value: "192.0.2.8" }, address: "192.0.2.8", user: "ops" }),
    ).toBe(false);
  });

  it("lets more go wrong where many users are at home (a NAT)", () => {
    const { watch, findings } = watchOf();
    for (let user = 0; user < 100; user += 1) watch.take(opening({ user: `u${user}` }), T);
    watch.take(opening({ user: null }), T);
    watch.take(opening({ address: "unix" }), T);
    scan(watch, "192.0.2.1", { from: T, count: 50 });
    expect(findings).toEqual([]);
  });

  it("says how far routes are learnt (a cold start)", () => {
    const { watch } = watchOf();
    watch.take(traffic(), T);
    const learning = watch.state().filter((state) => state.learning.length > 0);
    expect(learning.map(({ name }) => name)).toEqual(["trafficAnomaly", "exfiltration"]);
    expect(learning[0]?.learning).toMatchObject([{ route: "/chat", learnt: false }]);
  });

  it("finds nobody, freezes nothing and throws nothing when the clock is set", () => {
    const { watch, findings } = watchOf();
    for (const now of [T, 0, T + 50 * 365 * DAY, -5, Number.NaN, T]) {
      watch.take(refusal(), now);
      watch.take(traffic(), now);
      watch.turn(now);
    }
    expect(findings).toEqual([]);
    scan(watch, "203.0.113.5", { from: 1000, count: 20 });
    expect(findings.map(({ subject }) => subject.value)).toEqual(["203.0.113.5"]);
  });

  it("never throws, whatever it is told and when", () => {
    const { watch } = watchOf({
      keys: 256,
      rules: [{ name: "r", when: "event.status > 3", say: "s", count: 2 }],
    });
    const text = fc.string({ maxLength: 300 });
    const parts = fc.record({
      address: fc.oneof(text, fc.ipV4(), fc.ipV6()),
      user: fc.option(text),
      session: text,
      route: text,
      origin: fc.option(fc.oneof(text, fc.webUrl())),
      path: text,
      name: text,
      fingerprint: text,
      detail: text,
    });
    const makers: ((of: object) => WatchSignal)[] = [refusal, opening, decision, traffic, naming, credential];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), parts, fc.double()), { maxLength: 20 }), (signals) => {
        for (const [kind, of, now] of signals) {
          const signal = makers[kind]?.(of);
          if (signal !== undefined) watch.take(signal, now);
          watch.turn(now);
        }
      }),
      { numRuns: 10 },
    );
    expect(watch.size).toBeLessThan(30_000);
  });

  it("is bounded: no larger after 200,000 addresses than after 20,000, all detectors on; a heavy offender among them is found", () => {
    const { watch, findings } = watchOf({ keys: 1024 });
    const sizes: number[] = [];
    for (let index = 0; index < 200_000; index += 1) {
      const address = `${11 + (index >>> 16)}.${(index >>> 8) & 255}.${index & 255}.9`;
      watch.take(refusal({ route: "/chat", address }), T + index);
      if (index % 1000 === 0) {
        watch.take(refusal({ address: "192.0.2.1", path: `/${index}` }), T + index);
        sizes.push(watch.size);
      }
    }
    expect(findings.map(({ subject }) => subject.value)).toContain("192.0.2.1");
    expect(Math.max(...sizes)).toBeLessThan(8 * 1024);
    expect(Math.max(...sizes.slice(20))).toBeLessThan(1.1 * Math.max(...sizes.slice(0, 20)));
  }, 300_000);
});
