import { describe, expect, it } from "vitest";
import {
  decision,
  MINUTE,
  opening,
  refusal,
  servicesOf,
  type ServicesAtWork,
} from "../../test/watch-fixture.ts";
import type { SallyportEvent } from "../events.ts";
import { CelEvent } from "../guards/cel-event.ts";
import { canPageCause } from "./page-made.ts";
import { EventRule } from "./event-rule.ts";
import type { WatchRule } from "./watch-options.ts";

function ruleOf(
  parts: Partial<WatchRule>,
): ServicesAtWork & { take: (event: SallyportEvent, now: number) => void; rule: EventRule } {
  const made = servicesOf({ keys: 256 });
  const rule = new EventRule(
    {
      name: "many-orders",
      when: 'event.type == "decision" && event.code == "messageSchema.mismatch"',
      by: "user",
      count: 3,
      within: MINUTE,
      severity: "high",
      answer: "close",
      say: "too many invalid orders",
      ...parts,
    },
    made.services,
  );
  const event = new CelEvent();
  return {
    ...made,
    rule,
    take(given, now) {
      event.show(given);
      rule.take(event, now);
    },
  };
}

describe("EventRule", () => {
  it("tells of a user whose events match so often within its time", () => {
    const { take, findings, rule } = ruleOf({});
    take(decision(), 0);
    take(decision({ user: "bob" }), 1);
    take(opening(), 1);
    take(decision(), 2);
    expect(findings).toEqual([]);
    take(decision(), 5000);
    expect(findings).toMatchObject([
      {
        subject: { kind: "user", value: "ann" },
        sentence: 'too many invalid orders: 3 events of user "ann" within 5 s',
        measured: { count: 3, withinMs: 5000, limit: 3 },
        session: "s1",
      },
    ]);
    expect(rule.size).toBe(2);
  });

  it("begins anew after its time", () => {
    const { take, findings } = ruleOf({});
    for (const now of [0, 1, MINUTE, MINUTE + 1, 2 * MINUTE]) take(decision(), now);
    expect(findings).toEqual([]);
  });

  it("tells of each event where one is enough", () => {
    const { take, findings, rule } = ruleOf({ count: 1, by: "address" });
    take(decision({ address: "2001:db8::7" }), 0);
    expect(findings).toMatchObject([
      { sentence: "too many invalid orders: 1 event of address 2001:db8::/64", measured: { withinMs: 0 } },
    ]);
    expect(rule.size).toBe(0);
  });

  it.each([
    ["address", "192.0.2.1"],
    ["session", "s1"],
    ["route", "/chat"],
  ] as const)("counts by %s", (by, value) => {
    const { take, findings } = ruleOf({ by, count: 2 });
    take(decision(), 0);
    take(decision(), 1);
    expect(findings).toMatchObject([{ subject: { kind: by, value } }]);
  });

  it("holds no address to what a foreign page can make the browsers behind it do, and to its own all the same", () => {
    const { services, findings } = servicesOf();
    const rule = new EventRule(
      {
        name: "probing",
        when: 'event.type == "handshake"',
        by: "address",
        count: 3,
        within: MINUTE,
        severity: "low",
        answer: "ban",
        say: "probing",
      },
      services,
    );
    const event = new CelEvent();
    const take = (origin: string | null, now: number): void => {
      const given = refusal({ origin });
      event.show(given);
      rule.take(event, now, canPageCause(given));
    };
    for (let now = 0; now < 30; now += 1) take("https://evil.test", now);
    expect(findings).toMatchObject([{ answer: "alert", measured: { count: 3 } }]);
    for (let now = 30; now < 33; now += 1) take(null, now);
    expect(findings).toMatchObject([{ answer: "alert" }, { answer: "ban", measured: { count: 3 } }]);
  });

  it("does not count what names nobody", () => {
    const { take, findings } = ruleOf({ when: "true", count: 1, by: "address" });
    take({ type: "gate", level: "info", message: "m" }, 0);
    take(refusal({ address: "unix" }), 0);
    expect(findings).toEqual([]);
  });

  it("never throws: a condition that cannot be evaluated counts nothing, and is counted itself", () => {
    const { take, findings, rule } = ruleOf({ when: "event.user < 5", count: 1 });
    take(decision(), 0);
    expect([findings, rule.undecided]).toEqual([[], 1]);
  });

  it("refuses a condition that is none", () => {
    expect(() => ruleOf({ when: "event.nothing == 1" })).toThrow(/rule many-orders: at 1:/);
  });

  it("keeps a bounded number of keys, and finds one that comes often among many that come once", () => {
    const { take, findings, rule } = ruleOf({ count: 10, within: 60 * MINUTE });
    for (let index = 0; index < 20_000; index += 1) {
      take(decision({ user: `u${index}` }), index);
      if (index % 200 === 0) take(decision({ user: "often" }), index);
    }
    expect(rule.size).toBeLessThanOrEqual(256);
    expect(findings[0]?.subject.value).toBe("often");
  });

  it("holds nobody to what is counted together with others while there are too many: one of it at most", () => {
    const { services, findings } = servicesOf({ keys: 256 });
    const rule = new EventRule(
      {
        name: "many",
        when: "true",
        by: "user",
        count: 4,
        within: MINUTE,
        severity: "low",
        answer: "close",
        say: "s",
      },
      services,
    );
    const event = new CelEvent();
    const take = (user: string): void => {
      event.show(decision({ user }));
      rule.take(event, 0);
    };
    // The sketch counts all of these while each is one of many.
    for (let index = 0; index < 60_000; index += 1) take(`crowd${index}`);
    for (let index = 0; index < 5; index += 1) take("ann");
    expect(findings).toEqual([]);
    for (let index = 0; index < 3; index += 1) take("ann");
    expect(findings).toMatchObject([{ subject: { value: "ann" }, measured: { count: 4 } }]);
  });
});
