import { describe, expect, it } from "vitest";
import { makePart, speaksWritten, writtenDialect } from "../../test/dialect-fixture.ts";
import { knownBy } from "../../test/handshake-fixture.ts";
import { messageFixture } from "../../test/message-fixture.ts";
import { facts } from "../../test/recorded-session.ts";
import type { MessagePart } from "../dialects/dialect.ts";
import { MAX_ELEMENTS_TOGETHER } from "./cel-environment.ts";
import { compileRateRules, ConnectionRateRules, rateRules } from "./message-rate-rules.ts";

const written = writtenDialect().open(null);

/** The wait, in milliseconds, and the rule of each message that is sent at the same moment. */
function counting(rules: unknown, inParts = true): (text: string, opcode?: number) => string {
  const compiled = compileRateRules(rateRules.parse(rules), inParts ? speaksWritten() : undefined);
  const connection = new ConnectionRateRules(compiled, facts, inParts);
  return (text, opcode = 1) => {
    const { waitMs, rule } = connection.count(messageFixture(text, { opcode, dialect: written }), 0);
    return rule === null ? "0" : `${waitMs} ${rule.label}`;
  };
}

const burstOf = (rate: string): number | undefined =>
  compileRateRules(rateRules.parse([{ when: "true", rate }]), undefined)[0]?.burst;

const said = (...parts: Partial<MessagePart>[]): string => JSON.stringify(parts.map(makePart));

describe("ConnectionRateRules", () => {
  it("counts what its condition is true of, and nothing else", () => {
    const count = counting([
      { name: "subscribe", when: 'message.kind == "subscribe"', rate: "1/s", burst: 1 },
    ]);
    expect(count(said({ kind: "say" }, { kind: "say" }))).toBe("0");
    expect(count(said({ kind: "subscribe" }))).toBe("0");
    expect(count(said({ kind: "say" }))).toBe("0");
    expect(count(said({ kind: "subscribe" }))).toBe('1000 rule 1 "subscribe"');
  });

  it("counts each part of a message, and says which rule is longest in debt", () => {
    const count = counting([
      { when: 'message.name == "a"', rate: "10/s", burst: 1 },
      { when: "true", rate: "1/s" },
    ]);
    expect(count(said({ name: "a" }, { name: "a" }))).toBe("100 rule 1");
    expect(count(said({ name: "b" }, { name: "b" }))).toBe("2000 rule 2");
  });

  it("counts what it cannot evaluate, and what nobody can read", () => {
    const count = counting([{ when: "message.data.n > 1", rate: "1/s", burst: 1 }]);
    expect(count(said({ data: { n: 1 } }))).toBe("0");
    expect(count(said({ data: {} }))).toBe("0");
    expect(count("{}")).toBe("1000 rule 1");
    expect(count("x", 2)).toBe("2000 rule 1");
  });

  it("counts what would be too much to look at, in this message alone", () => {
    const count = counting([{ when: "message.data.exists(one, one == 1)", rate: "1/s", burst: 1 }]);
    const parts = Array.from({ length: MAX_ELEMENTS_TOGETHER / 1000 }, () => ({ data: Array(1000).fill(0) }));
    expect(count(said(...parts))).toBe("0");
    expect(count(said(...parts))).toBe("0");
    expect(count(said(...parts, { data: [0] }))).toBe("0");
    expect(count(said(...parts, { data: [0] }))).toBe("1000 rule 1");
  });

  it("reads the message as JSON where the route has no dialect", () => {
    const count = counting([{ when: 'message.type == "join"', rate: "1/s", burst: 1 }], false);
    expect(count('{"type":"join"}')).toBe("0");
    expect(count('{"type":"leave"}')).toBe("0");
    expect(count("binary", 2)).toBe("1000 rule 1");
    expect(count("no JSON")).toBe("2000 rule 1");
  });

  it("asks a rule that reads no message about every one, of who is connected now", () => {
    const rules = rateRules.parse([{ when: 'identity.user == "ada"', rate: "1/s", burst: 1 }]);
    const connection = new ConnectionRateRules(compileRateRules(rules, undefined), facts, false);
    const count = (): number => connection.count(messageFixture("x", { opcode: 2 }), 0).waitMs;
    expect([count(), count()]).toEqual([0, 0]);
    connection.refreshed(knownBy("authorization"));
    expect([count(), count()]).toEqual([0, 1000]);
  });
});

describe("compileRateRules", () => {
  it("refuses what the dialect of the route does not know, by the rule's place and name", () => {
    const rules = rateRules.parse([
      { when: "true", rate: "1/s" },
      { name: "joins", when: 'message.type == "join"', rate: "1/s" },
    ]);
    expect(() => compileRateRules(rules, speaksWritten())).toThrow('rule 2 "joins", `when`: at 1:9');
    expect(compileRateRules(rules, undefined)).toHaveLength(2);
  });

  it("lets twice a second's worth come at once, and at least one", () => {
    expect([burstOf("5/s"), burstOf("1/m")]).toEqual([10, 1]);
  });
});
