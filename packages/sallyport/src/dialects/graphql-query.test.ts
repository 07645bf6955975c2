import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readGraphql } from "./graphql-query.ts";

const limits = { depth: 15, cost: 1000, tokens: 5000 };

/** A document in which each fragment spreads the next one twice: 2 to the power of `count` fields. */
function bomb(count: number): string {
  const fragments = Array.from({ length: count }, (_, index) =>
    index + 1 < count
      ? `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`
      : `fragment F${index} on Query { a b }`,
  );
  return `{ ...F0 } ${fragments.join(" ")}`;
}

/** Fields within fields. */
function deep(depth: number): string {
  return "{a".repeat(depth) + "}".repeat(depth);
}

/** Fields beside each other. */
function wide(count: number): string {
  return `{ ${Array.from({ length: count }, (_, index) => `a${index}: a`).join(" ")} }`;
}

describe("readGraphql", () => {
  it.each([
    ["{ a }", { operation: "query", name: null, fields: ["a"], depth: 1, cost: 1 }],
    ["query Q { a b { c } }", { operation: "query", name: "Q", fields: ["a", "b"], depth: 2, cost: 3 }],
    ["mutation M { x: a y: a }", { operation: "mutation", name: "M", fields: ["a"], depth: 1, cost: 2 }],
    ["subscription { a(x: { y: 1 }) @d }", { operation: "subscription", fields: ["a"], depth: 1, cost: 1 }],
    ["{ ... { a ... on T { b { c } } } }", { fields: ["a", "b"], depth: 2, cost: 3 }],
    [
      "{ ...F ...F z } fragment F on Q { a { ...G } ...G } fragment G on Q { b }",
      { fields: ["z", "a", "b"], depth: 2, cost: 7 },
    ],
    ["{ __schema { types { name } } }", { fields: ["__schema"], depth: 3, cost: 3 }],
    ["{ a @skip(if: true) }", { fields: ["a"], cost: 1 }],
    ["{ a } fragment Unused on Q { b { c { d } } }", { fields: ["a"], depth: 1, cost: 1 }],
  ])("reads %s", (query, operation) => {
    expect(readGraphql(query, null, limits)).toMatchObject(operation);
  });

  it("reads the operation that is named, where there are several (GraphQL 6.1)", () => {
    const query = "query A { a } mutation B { b }";
    expect(readGraphql(query, "B", limits)).toMatchObject({ operation: "mutation", fields: ["b"] });
    expect(readGraphql("query A { a }", "A", limits)).toMatchObject({ name: "A" });
  });

  it.each([
    ["", null, "a query that does not parse"],
    ["{", null, "a query that does not parse"],
    ["fragment F on Q { a }", null, "a query without an operation"],
    ["query A { a } query B { b }", null, "several operations, and no `operationName`"],
    ["query A { a } query B { b }", "C", "an `operationName` that the query does not have"],
    ["{ a }", "A", "an `operationName` that the query does not have"],
    ["query A { a } query A { b }", "A", "two operations of one name, or of none"],
    ["{ a } { b }", null, "two operations of one name, or of none"],
    ["{ ...F } fragment F on Q { a } fragment F on Q { b }", null, "two fragments of one name"],
    ["{ a } type T { a: Int }", null, "a definition of types"],
    ["{ ...F }", null, "a fragment that is not there"],
    ["{ ...F } fragment F on Q { ...F }", null, "a fragment that contains itself"],
    [
      "{ a { ...F } } fragment F on Q { b { ...G } } fragment G on Q { ...F }",
      null,
      "a fragment that contains itself",
    ],
  ])("refuses %s with the name %s: %s", (query, name, problem) => {
    expect(readGraphql(query, name, limits)).toEqual({ ok: false, fault: "syntax", problem });
  });

  it("bounds depth and cost with fragments resolved (OWASP ASVS 4.3.1)", () => {
    expect(readGraphql(deep(15), null, limits)).toMatchObject({ depth: 15 });
    expect(readGraphql(deep(16), null, limits)).toMatchObject({
      fault: "limit",
      problem: "a query deeper than `depth`, 15",
    });
    expect(readGraphql(wide(1000), null, limits)).toMatchObject({ cost: 1000 });
    expect(readGraphql(wide(1001), null, limits)).toMatchObject({
      fault: "limit",
      problem: "a query of more than `cost`, 1000 fields",
    });
  });

  it("looks at each fragment once, however often it is spread", () => {
    expect(readGraphql(bomb(9), null, limits)).toMatchObject({ cost: 512 });
    expect(readGraphql(bomb(500), null, limits)).toMatchObject({ fault: "limit" });
  });

  it("bounds tokens before it parses on, and nesting by giving up", () => {
    const tokens = { ...limits, tokens: 10 };
    expect(readGraphql("{ a b c d e f g h }", null, tokens)).toMatchObject({ cost: 8 });
    expect(readGraphql("{ a b c d e f g h i }", null, tokens)).toEqual({
      ok: false,
      fault: "limit",
      problem: "a query of more than 10 `tokens`",
    });
    expect(readGraphql(deep(49_000), null, { ...limits, tokens: 200_000 })).toMatchObject({
      fault: "syntax",
      problem: "a query that is nested too deeply",
    });
  });

  it("tells nothing of the query", () => {
    expect(JSON.stringify(readGraphql("{ secret(token: 7h6g5 }", "secret", limits))).not.toMatch(
      /secret|7h6/,
    );
  });

  it("never throws", () => {
    const word = fc.constantFrom(
      "{",
      "}",
      "a",
      "...",
      "F",
      "fragment",
      "on",
      "query",
      "(",
      ")",
      ":",
      "$",
      '"',
      "@",
    );
    fc.assert(
      fc.property(fc.array(word), fc.option(fc.constantFrom("a", "F")), (words, name) => {
        const read = readGraphql(words.join(" "), name, limits);
        expect("fault" in read || read.cost > 0).toBe(true);
      }),
    );
  });
});
