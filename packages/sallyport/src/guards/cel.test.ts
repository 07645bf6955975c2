import { isCelError, run, type CelInput } from "@bufbuild/cel";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileCel, compileEventCel, MAX_LIST_ELEMENTS, type CelAnswer } from "./cel.ts";
import { beginJudgement } from "./cel-environment.ts";
import { CelEvent } from "./cel-event.ts";
import { CelIdentity, CelRequest } from "./cel-facts.ts";

const identity = new CelIdentity({
  provider: "jwt",
  user: "ann",
  issuer: "https://id.example.com",
  tenant: null,
  claims: { rooms: ["attic", "cellar"], roles: { admin: true }, scope: "read write", level: 3 },
  expiresAt: null,
  credential: "authorization",
});
const request = new CelRequest({
  path: "/chat",
  host: "app.example.com",
  origin: null,
  address: "127.0.0.1",
  secure: true,
});

function answer(text: string, message?: unknown): CelAnswer {
  const compiled = compileCel(text);
  if (!compiled.ok) throw new Error(compiled.problems.join("\n"));
  beginJudgement();
  return compiled.expression.evaluate({ identity, request, message });
}

function problems(text: string): readonly string[] {
  const compiled = compileCel(text);
  return compiled.ok ? [] : compiled.problems;
}

function reads(text: string): boolean {
  const compiled = compileCel(text);
  return compiled.ok && compiled.expression.readsMessage;
}

const manyItems = (length: number): unknown => ({ items: Array.from({ length }, () => 1) });
const nested = (depth: number, leaf = "1"): unknown =>
  JSON.parse("[".repeat(depth) + leaf + "]".repeat(depth));

describe("compileCel", () => {
  it.each([
    ['message.type == "join"', { type: "join" }, true],
    ['message.type == "join"', { type: ["join"] }, false],
    ["message.room in identity.claims.rooms", { room: "attic" }, true],
    ["message.room in identity.claims.rooms", { room: "vault" }, false],
    ["message.role in identity.claims.roles", { role: "admin" }, true],
    ["message.flag", { flag: true }, true],
    ["!message.flag", { flag: false }, true],
    ["-message.n < 0", { n: 2 }, true],
    ["message.n + 1 == 3 && 4 - message.n == 2 && message.n * 2 == 4 && message.n / 2 == 1", { n: 2 }, true],
    ["type(message.n) == double && int(message.n) == 2", { n: 2 }, true],
    ["message.items[0].id in [1, 2]", { items: [{ id: 2 }] }, true],
    ['message["type"] == "join"', { type: "join" }, true],
    ['{"attic": 1}[message.room] == 1', { room: "attic" }, true],
    ["has(message.nope) && message.nope == 1", {}, false],
    ['message.text.matches("(?i)^hello")', { text: "HELLO you" }, true],
    ['message.text.lowerAscii() == "hello"', { text: "HeLLo" }, true],
    // KELVIN SIGN is no ASCII letter, though its lower case is.
    ['message.text.lowerAscii() == "k"', { text: "\u212A" }, false],
    ['"read" in identity.claims.scope.split(" ")', {}, true],
    ["message.items.all(i, i.id > 0 && i.id < 3)", { items: [{ id: 1 }, { id: 2 }] }, true],
    ["message.items.exists(i, i.ok == true)", { items: [{ ok: false }, { ok: true }] }, true],
    ["message.items.exists_one(i, i.id == 1)", { items: [{ id: 1 }, { id: 1 }] }, false],
    ["message.items.map(i, i.id) == [1, 2]", { items: [{ id: 1 }, { id: 2 }] }, true],
    ["message.items.map(i, i.id > 1, i.id).size() == 1", { items: [{ id: 1 }, { id: 2 }] }, true],
    ["message.items.filter(i, i.id > 1).size() == 1", { items: [{ id: 1 }, { id: 2 }] }, true],
    ["identity.claims.rooms.exists(r, message.room.startsWith(r))", { room: "attic/7" }, true],
    ["[1, 2].exists(n, n == message.n)", { n: 2 }, true],
    ["message.all(key, key != 'secret')", { secret: 1 }, false],
    ['request.path == "/chat" && request.secure && request.origin == null', undefined, true],
    ['identity.user == "ann" && identity.provider == "jwt"', undefined, true],
    ['message == "ping"', "ping", true],
  ])("answers %s of %j with %j", (text, message, expected) => {
    expect(answer(text, message)).toBe(expected);
  });

  it("knows whether the message is read at all", () => {
    expect(reads('message.type == "join"')).toBe(true);
    expect(reads("identity.claims.rooms.exists(room, room == request.path)")).toBe(false);
  });

  it.each([
    ["message.type = 1", "1:14"],
    ["message.type ==", "1:16"],
    ['message.type == "a" ||\n  mesage.type == "b"', "2:3"],
    ["identity.usr == 'ann'", "1:10"],
    ["request.headers == 1", "1:9"],
    ["identity == message", "1:1"],
    ["google == 1", "1:1"],
    ["cel.bind(x, message.n, x == 3)", "1:1"],
    ["timestamp(message.at) == 1", "1:1"],
    ["message.text.upperAscii() == 'A'", "1:1"],
    ["sallyportOperand(message.n) == 1", "1:1"],
    ["size(message) + 1", "1:1"],
    ["message.all(identity, true)", "1:13"],
    ["message.all(string, true)", "1:13"],
    ["message.all(1, true)", "1:13"],
    ["message.text.matches('a', 'b')", "1:1"],
    ["message.text.contains()", "1:1"],
    ["x".repeat(5000), "5000 characters"],
  ])("refuses %s, and says where", (text, place) => {
    const found = problems(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(place);
  });

  it("names no function of its own in a refusal", () => {
    expect(problems("message.text.matches('a', 'b')")[0]).toMatch(/'dyn\.matches\(string, string\)'/);
    expect(problems("message.text.lowerAscii('b') == ''")[0]).toMatch(/lowerAscii\(string\)/);
  });

  it.each([
    ["message.nope == 1", {}, "a field is not there"],
    ["message.type == 1", 7, "a field is not there"],
    ["message.n > 'a'", { n: 1 }, "types do not fit"],
    ["message.text.size() > 1", { text: true }, "types do not fit the function"],
    ["message.flag && true", { flag: "x" }, "neither true nor false"],
    ["message.flag ? true : false", { flag: "x" }, "neither true nor false"],
    ["message.flag", { flag: "true" }, "it is neither true nor false"],
    ["message.list[4] == 1", { list: [1] }, "no such element"],
    ["bool(message.text)", { text: "hunter2" }, "bool conversion error"],
    ["message.a == 1", { a: { constructor: 1 } }, "unsupported type"],
    ["identity.claims[message.key] == 1", { key: ["rooms"] }, "too deep a kind"],
    ["message.key in identity.claims.roles", { key: ["admin"] }, "too deep a kind"],
  ])("has no verdict on %s of %j", (text, message, why) => {
    expect(answer(text, message)).toEqual({ why: expect.stringContaining(why) });
  });

  it("tells nothing of the message where it has no verdict", () => {
    for (const text of ["bool(message.s)", "int(message.s) == 1", "identity.claims[message.s] == 1"])
      expect(JSON.stringify(answer(text, { s: "hunter2" }))).not.toContain("hunter2");
  });

  it("never throws, whatever the message is", () => {
    const rules = [
      'message.type == "join" && message.room in identity.claims.rooms',
      "message.items.all(i, i.id in [1, 2]) || !message.flag",
      'message.text.matches("^a+$") ? message.n + 1 > 2 : size(message.list) < 3',
      "message[message.key] == message.other",
    ].map((text) => compileCel(text));
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const message = { type: one, room: other, items: one, flag: other, text: one, n: other, list: one };
        for (const rule of rules) {
          if (!rule.ok) throw new Error(rule.problems.join());
          for (const value of [one, message, { ...message, key: one, other }]) {
            const said = rule.expression.evaluate({ identity, request, message: value });
            expect(typeof said === "boolean" || said.why.length > 0).toBe(true);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("what a rule may cost", () => {
  it.each([
    "message.a.all(i, message.b.exists(j, j == i))",
    "message.a.map(i, i.b.map(j, j)) == []",
    "message.a.filter(i, i > 1).exists(j, j == 1)",
    'message.text.split(",").all(part, part != "")',
    "(message.a + message.b).all(i, i == 1)",
    "message.a.all(i, i in message.b)",
    "message.a.all(i, size(message.text) > i)",
    "message.a.all(i, message.text.contains('x'))",
    "message.a.all(i, message.text.matches('x'))",
    "message.a.map(i, i + message.text) == []",
    "message.a.all(i, message.b == message.c)",
    "message.a.all(i, i.ok)",
    "message.text.contains(message.word)",
    "message.text.indexOf(request.path) == 0",
    "message.words.exists(word, word.contains(word))",
    "message.text.matches(message.pattern)",
    "message.text.split(message.separator) == []",
    "message.text.matches('(?=a)b')",
    String.raw`message.text.matches('(a)\\1')`,
    "message.text.matches('a{2000}')",
  ])("is bounded when it is loaded: %s is refused", (text) => {
    expect(problems(text).join()).toMatch(/^at 1:/);
  });

  it("lets a macro compare, and look at, what does not grow with the message", () => {
    for (const text of [
      "message.a.all(i, i == message.b || i in [message.c, 'x'] || has(message.d))",
      "identity.claims.rooms.exists(r, message.room.startsWith(r) || r.contains('x'))",
      "identity.claims.rooms.all(r, identity.claims.scope.contains(r))",
    ])
      expect(problems(text)).toEqual([]);
  });

  it("is bounded when it runs: a list that is too long has no verdict, a shorter one has", () => {
    expect(answer("message.items.all(i, i == 1)", manyItems(MAX_LIST_ELEMENTS))).toBe(true);
    expect(answer("message.items.all(i, i == 1)", manyItems(MAX_LIST_ELEMENTS + 1))).toEqual({
      why: "`message.items` has more than 1000 elements",
    });
    const map = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`k${index}`, 1]));
    expect(answer("message.all(key, key != '')", map)).toEqual({ why: expect.stringContaining("`message`") });
  });

  it("is bounded for patterns: what backtracking takes for ever is linear, and long texts have no verdict", () => {
    const rule = "message.text.matches('^(a+)+$')";
    expect(answer(rule, { text: `${"a".repeat(10_000)}!` })).toBe(false);
    expect(answer(rule, { text: "a".repeat(20_000) })).toEqual({ why: expect.stringContaining("too large") });
    const many = { texts: Array.from({ length: 100 }, () => "a".repeat(1000)) };
    expect(answer("message.texts.all(text, text.matches('^a+$'))", many)).toEqual({
      why: expect.stringContaining("too large"),
    });
    expect(answer(rule, { text: "a".repeat(16_384) })).toBe(true);
  });

  it("is bounded for lists inside lists, whose every shape the library would keep a type of", () => {
    expect(answer("message.a == message.b", { a: nested(3), b: [1] })).toBe(false);
    for (const text of [
      "message.a == 1",
      "!message.a",
      "message.a && true",
      "message.a ? true : false",
      "size(message.a) > 1",
      "message.a.size() > 1",
      "1 in message.a",
      "message.a.map(i, i) == []",
      "message.a.filter(i, true) == []",
      "[message.a] == [[1]]",
      '{"x": message.a}["x"] == 1',
      "message.a.exists(i, i == 1)",
      "message.a.exists(i, i && true)",
    ])
      expect([text, answer(text, { a: nested(2000) })]).toEqual([
        text,
        { why: expect.stringMatching(/too deep/) },
      ]);
  });

  it("has no verdict on values that no stack can compare", () => {
    const deep = { "": nested(50_000) };
    expect(answer("message.list == message.other", { list: [1, deep], other: [1, deep] })).toBe(true);
    expect(
      answer("message.list == message.other", { list: [1, deep], other: [1, { "": nested(50_000) }] }),
    ).toEqual({ why: "it could not be evaluated" });
  });
});

/** Values as another implementation of CEL takes them. */
function asInput(value: unknown): CelInput {
  if (Array.isArray(value)) return value.map(asInput);
  if (typeof value !== "object" || value === null) return value as CelInput;
  return new Map(Object.entries(value).map(([key, entry]) => [key, asInput(entry)]));
}

describe("the verdict on an expression", () => {
  const operand = fc.constantFrom(
    "message.s",
    "message.n",
    "message.t",
    "message.l",
    "message.m",
    "message.none",
    "message.m.a",
    '"a"',
    '"ab"',
    "1",
    "2.5",
    "true",
    "null",
    "[1.0, 2.0]",
    '["a"]',
    "size(message.s)",
    "message.s.size()",
  );
  const { condition } = fc.letrec<{ condition: string; leaf: string }>((tie) => ({
    leaf: fc.oneof(
      fc
        .tuple(operand, fc.constantFrom("==", "!=", "<", ">="), operand)
        .map(([left, sign, right]) => `${left} ${sign} ${right}`),
      fc
        .tuple(fc.constantFrom("message.s", "message.n", '"a"', "1"), operand)
        .map((pair) => pair.join(" in ")),
      fc.constantFrom(
        "has(message.s)",
        "has(message.m.a)",
        "has(message.none.a)",
        'message.s.startsWith("a")',
        'message.s.contains("b")',
        'message.s.matches("^a.$")',
        "message.l.all(x, x > 1.0)",
        "message.l.exists(x, x == 2.0)",
        "message.t",
      ),
    ),
    condition: fc.oneof(
      { depthSize: "small" },
      tie("leaf"),
      fc
        .tuple(tie("condition"), fc.constantFrom("&&", "||"), tie("condition"))
        .map(([left, sign, right]) => `(${left}) ${sign} (${right})`),
      tie("condition").map((inner) => `!(${inner})`),
      fc
        .tuple(tie("condition"), tie("condition"), tie("condition"))
        .map(([when, yes, no]) => `(${when}) ? (${yes}) : (${no})`),
    ),
  }));
  const message = fc.record(
    {
      s: fc.constantFrom("a", "ab", "b", 1),
      n: fc.constantFrom(1, 2.5, -1, "a"),
      t: fc.constantFrom(true, false, "a"),
      l: fc.constantFrom([1, 2], [], ["a"], 1),
      m: fc.constantFrom({ a: 1 }, {}, { a: "a", b: 2 }, []),
    },
    { requiredKeys: [] },
  );

  it("is that of another implementation of CEL, wherever it is accepted (cel-spec)", () => {
    let compared = 0;
    fc.assert(
      fc.property(condition, message, (text, value) => {
        const compiled = compileCel(text);
        if (!compiled.ok) return;
        beginJudgement();
        const ours = compiled.expression.evaluate({ identity, request, message: value });
        const theirs = run(text, { message: asInput(value) });
        compared++;
        expect([text, typeof ours === "boolean" ? ours : "error"]).toEqual([
          text,
          isCelError(theirs) || typeof theirs !== "boolean" ? "error" : theirs,
        ]);
      }),
      { numRuns: 500 },
    );
    expect(compared).toBeGreaterThan(100);
  });
});

describe("compileEventCel", () => {
  it("compiles a condition over an event, by the same rules", () => {
    const event = new CelEvent();
    event.show({ type: "gate", level: "warn", message: "m" });
    const compiled = compileEventCel(
      'event.type == "gate" && event.level == "warn" && event.inbound.bytes < 1',
    );
    expect(compiled.ok && compiled.evaluate(event)).toBe(true);
    expect(compileEventCel("event.colour == 1")).toMatchObject({ ok: false });
  });
});
