import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileCel, type CelVariables } from "./cel.ts";
import { beginEvaluation, beginJudgement, createCelEnvironment } from "./cel-environment.ts";
import { CelIdentity, CelRequest } from "./cel-facts.ts";
import { CelGate } from "./cel-gate.ts";
import { CelMessage } from "./cel-message.ts";
import { celShortcut } from "./cel-shortcut.ts";

const identity = new CelIdentity({
  provider: "jwt",
  user: "ann",
  issuer: null,
  tenant: null,
  claims: { rooms: ["attic", "cellar"], level: 3, admin: true },
  expiresAt: null,
  credential: "cookie",
});
const request = new CelRequest({
  path: "/chat",
  host: "app.example.com",
  origin: null,
  address: "127.0.0.1",
  secure: true,
});
const environment = createCelEnvironment("json");

/** As before every condition of a message of its own. */
function begin(): void {
  beginJudgement();
  beginEvaluation();
}

/** Both ways to an expression's value: the short one, and the library's. `null`: the expression is not accepted. */
function waysOf(
  text: string,
): { short: ReturnType<typeof celShortcut>; library: (given: CelVariables) => unknown } | null {
  const result = environment.parse(text);
  if (CelGate.inspect(result.ast, environment).refusals.length > 0 || !result.check().valid) return null;
  const library = (given: CelVariables): unknown => {
    begin();
    try {
      return result(given);
    } catch {
      return undefined;
    }
  };
  return { short: celShortcut(result.ast), library };
}

function short(text: string, message: unknown): unknown {
  const ways = waysOf(text);
  if (ways === null) throw new Error(`not accepted: ${text}`);
  return ways.short === null ? "no way" : ways.short({ identity, request, message });
}

describe("celShortcut", () => {
  it.each([
    ['message.type == "join"', { type: "join" }, true],
    ['message["type"] != "join"', { type: "join" }, false],
    ["message.n == 5 && 5 == message.n && message.n != 4", { n: 5 }, true],
    ["message.n == 5", { n: 5.5 }, false],
    ["message.n < 6 && message.n <= 5 && message.n > 4 && 4 < message.n && message.n >= 5.0", { n: 5 }, true],
    ['message.n == "5" || message.n == null', { n: 5 }, false],
    ["message.x == null", { x: null }, true],
    ["message.room in identity.claims.rooms", { room: "attic" }, true],
    ['message.room in ["attic", "cellar"]', { room: "vault" }, false],
    ["message.list[1].id == 2", { list: [0, { id: 2 }] }, true],
    ["!message.flag", { flag: false }, true],
    ["message.flag", { flag: true }, true],
    ['message.a.b.c.startsWith("x") && message.a.b.c.endsWith("z")', { a: { b: { c: "xyz" } } }, true],
    ['message.text.contains("cat")', { text: "a dog" }, false],
    ['message.id.matches("^[0-9a-f]{4}$")', { id: "00ff" }, true],
    ["request.secure && identity.claims.level > 2 && message == 1", 1, true],
  ])("knows the short way through %s", (text, message, expected) => {
    expect(short(text, message)).toBe(expected);
  });

  it.each([
    ["a member is missing", "message.nope == 1", {}],
    ["a member is inherited", "message.toString == message.valueOf", {}],
    ["a list has no such element", "message[3] == 1", [1]],
    ["a list is asked for a name", "message.length == 1", [1]],
    ["an object is asked for an index", "message[0] == 1", { 0: 1 }],
    ["there is no object", "message.a == 1", "a"],
    ["there is nothing", "message.a == 1", null],
    ["the peer wrote a constructor", "message.a == 1", { constructor: 1, a: 1 }],
    ["lists are compared", "message.a == message.a", { a: [1] }],
    ["what has no order is compared", "message.a < message.b", { a: 1, b: "1" }],
    ["nothing is compared with nothing", "message.a < message.b", { a: null, b: null }],
    ["lists are put in order", "message.a < message.b", { a: [1], b: [2] }],
    ["something that is no text is looked for in a list", 'message.a in ["a"]', { a: 1 }],
    ["a list is of something else", "message.a in message.b", { a: "a", b: [1] }],
    ["a text is looked for in something that is no list", "message.a in message.b", { a: "a", b: { a: 1 } }],
    ["something that is no text is searched", 'message.a.startsWith("a")', { a: 1 }],
    ["a text is searched for something else", "message.a.startsWith(message.b)", { a: "a", b: 1 }],
    ["a side is neither true nor false", "message.a && true", { a: 1 }],
    ["the other side is neither true nor false", "false || message.a", { a: 1 }],
    ["what is turned round is neither true nor false", "!message.a", { a: 1 }],
  ])("does not know where %s", (_, text, message) => {
    expect(short(text, message)).toBeUndefined();
  });

  it.each([
    ["a macro", "message.list.all(x, x == 1)"],
    ["a function", "size(message.list) == 1"],
    ["arithmetic", "message.n + 1 == 2"],
    ["a list of numbers", "message.n in [1, 2]"],
    ["a method", "message.text.lowerAscii() == 'a'"],
    ["a pattern that may take long", 'message.text.matches("a+$")'],
    ["something that is not known on the left", "size(message.text) == 1 && message.a"],
    ["something that is not known on the right", "message.a || size(message.text) == 1"],
    ["something that is not known turned round", "!(size(message.text) == 1)"],
  ])("has no way where there is %s", (_, text) => {
    expect(short(text, {})).toBe("no way");
  });

  it("knows the parts of a dialect", () => {
    const message = new CelMessage();
    message.show({ kind: "event", name: "join", id: 7, data: { room: "a" }, json: null, operations: [] });
    const ways = waysOf(
      'message.kind == "event" && message.name == "join" && message.id == 7 && message.data.room == "a"',
    );
    expect(ways?.short?.({ identity, request, message })).toBe(true);
  });

  it.each([
    "other.a",
    "other().a",
    "message.a.startsWith()",
    "sallyportOperand()",
    "size(message).a",
    "message[message.a]",
    "message.?a",
    "message[?0]",
    "message.a ? 1 : 2",
    "{1: 2}",
    "1 + 2",
    "1 - 2",
    "-message.a",
    "1 * 2",
    "1 / 2",
    "1 % 2",
  ])("has no way through %s", (text) => {
    expect(celShortcut(environment.clone({ enableOptionalTypes: true }).parse(text).ast)).toBeNull();
  });

  const leaf = fc.constantFrom(
    "message",
    "message.a",
    "message.b",
    "message.a.b",
    "message.b[0]",
    'message["a"]',
    "identity.user",
    "identity.tenant",
    "identity.claims.rooms",
    "identity.claims.level",
    "request.secure",
    "request.path",
    '"a"',
    '"attic"',
    "1",
    "2.5",
    "null",
    "true",
    '["a", "b"]',
  );
  const { condition } = fc.letrec<{ condition: string }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 3 },
      fc
        .tuple(leaf, fc.constantFrom("==", "!=", "<", "<=", ">", ">=", "in"), leaf)
        .map((parts) => parts.join(" ")),
      fc
        .tuple(leaf, fc.constantFrom("startsWith", "endsWith", "contains"), leaf)
        .map(([a, name, b]) => `${a}.${name}(${b})`),
      leaf.map((text) => `${text}.matches("^[a-c]+$")`),
      leaf,
      tie("condition").map((text) => `!(${text})`),
      fc
        .tuple(tie("condition"), fc.constantFrom("&&", "||"), tie("condition"))
        .map(([a, op, b]) => `(${a}) ${op} (${b})`),
    ),
  }));
  const plain = fc.constantFrom<unknown>("a", "b", "attic", "", 1, 2.5, -0, true, false, null);
  const value = fc.oneof(
    plain,
    fc.array(plain, { maxLength: 2 }),
    fc.dictionary(fc.constantFrom("a", "b", "constructor"), plain),
  );
  const message = fc.oneof(fc.record({ a: value, b: value }, { requiredKeys: [] }), value);

  it("says nothing that the library does not say", () => {
    let known = 0;
    fc.assert(
      fc.property(condition, fc.array(message, { minLength: 1, maxLength: 6 }), (text, messages) => {
        const ways = waysOf(text);
        if (ways === null || ways.short === null) return;
        for (const given of messages) {
          begin();
          const said = ways.short({ identity, request, message: given });
          if (typeof said !== "boolean") continue;
          known++;
          expect({ text, given, said }).toEqual({
            text,
            given,
            said: ways.library({ identity, request, message: given }),
          });
        }
      }),
      { numRuns: 4000 },
    );
    expect(known).toBeGreaterThan(500);
  });
});

describe("an expression with a short way", () => {
  it("counts what its patterns look at once, where the library has to begin anew", () => {
    const compiled = compileCel('message.a.matches("^[a-z]+$") && message.b');
    const half = "x".repeat(9000);
    beginJudgement();
    expect(
      compiled.ok && compiled.expression.evaluate({ identity, request, message: { a: half, b: 1 } }),
    ).toEqual({
      why: "at 1:1: a part is neither true nor false",
    });
  });

  it("has no verdict where its patterns look at too much", () => {
    const compiled = compileCel('message.a.matches("^[a-z]+$")');
    const message = { a: "x".repeat(20_000) };
    expect(compiled.ok && compiled.expression.evaluate({ identity, request, message })).toEqual({
      why: "at 1:1: a value is too large or of too deep a kind",
    });
  });
});
