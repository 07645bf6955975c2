import { describe, expect, it } from "vitest";
import { createCelEnvironment } from "./cel-environment.ts";
import { CelGate, EVENT_VARIABLES, type GateFindings } from "./cel-gate.ts";

function inspect(text: string): GateFindings {
  const environment = createCelEnvironment();
  return CelGate.inspect(environment.parse(text).ast, environment);
}

const refusals = (text: string): readonly string[] => inspect(text).refusals.map(({ message }) => message);

describe("CelGate", () => {
  it("tells which variables are read, and which lists are gone through", () => {
    const found = inspect("message.a.all(message_, message_ == request.path) && [1].exists(i, i == 1)");
    expect([...found.variables]).toEqual(["message", "request"]);
    expect(found.lists).toEqual([["message", "a"]]);
    expect(found.refusals).toEqual([]);
  });

  it("accepts operators, literals, functions and methods that it knows", () => {
    for (const text of [
      '-message.n % 2 == 0 || !(message.a != b"x") ? true : false',
      '{"a": [1, 2.5, null]}["a"][0] in message.list',
      "has(message.a.b) && type(message.a) == list && string(message.n).trim().substring(0, 1) == '1'",
      "message.n >= 1 && message.n <= 2 && message.n * 2 / 1 - 1 + 0 > 0",
    ])
      expect([text, refusals(text)]).toEqual([text, []]);
  });

  it.each([
    ["other == 1", /`other` is not known/],
    ["f(message)", /function `f` is not known/],
    ["message.f()", /function `f` is not known/],
    ["message.a.all(i, [1].all(j, j == i))", /nested macros/],
    ["f(message).all(i, true)", /goes through a path/],
    ["message.a.all(message, true)", /has a meaning already/],
    ["message.a.all(int, true)", /has a meaning already/],
    ["message.a.exists(i, i)", /compared with/],
    ["message.a.exists(i, i[0])", /compared with/],
    ["message.a.exists(i, i == message.b + 1)", /again for every element/],
    ["message.a.exists(i, size(message.b) == i)", /again for every element/],
    ["message.a.exists(i, i in message.b)", /again for every element/],
    ["message.a.exists(i, message.b == message.c)", /again for every element/],
    ["message.a.exists(i, message.b.trim() == i)", /again for every element/],
    ["message.a.exists(i, i.contains(message.b))", /product of their lengths/],
    ["message.text.contains(request.path)", /product of their lengths/],
    ["message.text.matches(message.p)", /stands in the rule itself/],
    ["message.text.split(message.p)", /stands in the rule itself/],
    ["message.text.matches('[')", /not RE2/],
  ])("refuses %s", (text, why) => {
    expect(refusals(text).join("; ")).toMatch(why);
  });

  it("leaves to the type check what has too few arguments", () => {
    for (const text of ["message.text.contains()", "message.text.matches()", "message.a.all()", "size()"])
      expect(refusals(text)).toEqual([]);
  });

  it("does not take what stands in the rule, or an issuer's claim, for a peer's text", () => {
    expect(refusals("message.text.contains('x') && identity.claims.scope.contains(message.word)")).toEqual(
      [],
    );
    expect(refusals("['a', 'b'].exists(i, message.text.startsWith(i))")).toEqual([]);
    expect(refusals("['a'].exists(i, 'abc'.contains(i))")).toEqual([]);
  });

  it("says where each refusal stands", () => {
    expect(inspect("a == 1 &&\n b == 2").refusals.map(({ at }) => at)).toEqual([0, 11]);
  });
});

describe("CelGate over events", () => {
  it("knows `event` alone, and takes its texts for a caller's", () => {
    const environment = createCelEnvironment("event");
    const over = (text: string): readonly string[] =>
      CelGate.inspect(environment.parse(text).ast, environment, EVENT_VARIABLES).refusals.map(
        ({ message }) => message,
      );
    expect(over('event.code == "origin.foreign"')).toEqual([]);
    expect(over("message.x")).toEqual(["`message` is not known here: there is `event`"]);
    expect(over("event.path.contains(event.origin)")).toEqual([expect.stringContaining("product")]);
    expect(over("[1].exists(event, event == 1)")).toEqual([
      "`event` has a meaning already: name the element otherwise",
    ]);
  });
});
