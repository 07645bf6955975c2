import { describe, expect, it } from "vitest";
import {
  beginEvaluation,
  beginJudgement,
  createCelEnvironment,
  internalNames,
  MAX_MATCHED_CHARACTERS,
  MAX_MATCHED_TOGETHER,
  preparePattern,
} from "./cel-environment.ts";

const environment = createCelEnvironment();
const evaluate = (text: string, message?: unknown): unknown => environment.parse(text)({ message });
const { operand, scalar, matches, lowerAscii } = internalNames;

describe("createCelEnvironment", () => {
  it("knows three variables, and the fields of two of them", () => {
    for (const name of ["identity", "request", "message"]) expect(environment.hasVariable(name)).toBe(true);
    expect(environment.check("identity.claims.rooms").valid).toBe(true);
    expect(environment.check("identity.usr").valid).toBe(false);
    expect(environment.check("other").valid).toBe(false);
  });

  it("reckons with JSON's numbers and whole literals together (cel-spec: double, int)", () => {
    expect(evaluate("message + 1 == 3.5 && 1 + message == 3.5", 2.5)).toBe(true);
    expect(evaluate("message - 1 == 1.5 && 4 - message == 1.5", 2.5)).toBe(true);
    expect(evaluate("message * 2 == 5.0 && 2 * message == 5.0", 2.5)).toBe(true);
    expect(evaluate("message / 2 == 1.25 && 5 / message == 2.0", 2.5)).toBe(true);
  });

  it("bounds how large an expression may be", () => {
    expect(environment.check("(".repeat(60) + "true" + ")".repeat(60)).valid).toBe(false);
    expect(environment.check(Array.from({ length: 300 }, () => "1 == 1").join(" && ")).valid).toBe(false);
  });
});

describe("the guarding functions", () => {
  it("pass what is shallow along its first elements", () => {
    for (const value of [null, "a", 1, true, [], {}, [[[[[1]]]]], { a: { b: [] } }])
      expect(evaluate(`${operand}(message)`, value)).toEqual(value);
    for (const value of [[[[[[[1]]]]]], { a: { b: { c: { d: { e: { f: 1 } } } } } }])
      expect(() => evaluate(`${operand}(message)`, value)).toThrow(/too deep/);
  });

  it("pass what is neither a list nor a map, where a key is needed", () => {
    for (const value of [null, "a", 1, true]) expect(evaluate(`${scalar}(message)`, value)).toBe(value);
    for (const value of [[], {}]) expect(() => evaluate(`${scalar}(message)`, value)).toThrow(/plain value/);
  });

  it("match by RE2, and only what was prepared", () => {
    preparePattern("^a+$");
    preparePattern("^a+$");
    beginEvaluation();
    expect(evaluate(`message.${matches}("^a+$")`, "aaa")).toBe(true);
    expect(evaluate(`message.${matches}("^a+$")`, "aab")).toBe(false);
    expect(() => evaluate(`message.${matches}("^b+$")`, "b")).toThrow(/not prepared/);
    expect(() => preparePattern("(?=a)")).toThrow(/parsing/);
  });

  it("count the characters of one evaluation together", () => {
    preparePattern("^a");
    const text = "a".repeat(MAX_MATCHED_CHARACTERS);
    beginEvaluation();
    expect(evaluate(`message.${matches}("^a")`, text)).toBe(true);
    expect(() => evaluate(`message.${matches}("^a")`, "a")).toThrow(/too many/);
    beginEvaluation();
    expect(evaluate(`message.${matches}("^a")`, "a")).toBe(true);
  });

  it("count the characters of all evaluations about one message together", () => {
    preparePattern("^a");
    const text = "a".repeat(MAX_MATCHED_CHARACTERS);
    const match = (): unknown => {
      beginEvaluation();
      return evaluate(`message.${matches}("^a")`, text);
    };
    beginJudgement();
    for (let asked = 0; asked < MAX_MATCHED_TOGETHER / MAX_MATCHED_CHARACTERS; asked++)
      expect(match()).toBe(true);
    expect(match).toThrow(/too many/);
    beginJudgement();
    expect(match()).toBe(true);
  });

  it("make ASCII letters small, and no others", () => {
    expect(evaluate(`message.${lowerAscii}()`, "ABCxyzÄ\u212A")).toBe("abcxyzÄ\u212A");
  });
});

describe("createCelEnvironment of events", () => {
  it("knows one variable, and its fields", () => {
    const events = createCelEnvironment("event");
    expect(["event", "message"].map((name) => events.hasVariable(name))).toEqual([true, false]);
    expect(events.check("event.inbound.bytes > 1.0").valid).toBe(true);
    expect(events.check("event.inbound.byte > 1.0").valid).toBe(false);
    expect(events.check("event.colour == 1").valid).toBe(false);
  });
});
