import { Environment, EvaluationError, parse } from "@marcbachmann/cel-js";
import { describe, expect, it } from "vitest";
import { describeFailure, describeMistake, isFieldOf, positionIn } from "./cel-failure.ts";

function thrownBy(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

describe("describeFailure", () => {
  it("tells the kind of failure and the place, and nothing that was sent", () => {
    const text = "true &&\n  message.kind == 1";
    const error = thrownBy(() => parse(text)({ message: {} }));
    expect(describeFailure(text, error)).toBe("at 2:11: a field is not there");
    const secret = thrownBy(() => parse("bool(a)")({ a: "hunter2" }));
    expect(describeFailure("bool(a)", secret)).toBe("at 1:1: bool conversion error");
  });

  it("tells little where little is known", () => {
    expect(describeFailure("a", new EvaluationError("somewhere"))).toBe("evaluation error");
    expect(describeFailure("a", new RangeError("hunter2"))).toBe("it could not be evaluated");
  });
});

describe("describeMistake", () => {
  it("says what is wrong, and where", () => {
    expect(
      describeMistake(
        "1 +",
        thrownBy(() => parse("1 +")),
      ),
    ).toBe("at 1:4: Unexpected token: EOF");
    const { error } = new Environment().check("a");
    expect(describeMistake("a", error)).toBe("at 1:1: Unknown variable: a");
  });

  it("names functions as their authors do", () => {
    const error = new Error("no overload for 'dyn.sallyportMatches()' or 'dyn.sallyportLowerAscii()'");
    expect(describeMistake("a", error)).toBe("no overload for 'dyn.matches()' or 'dyn.lowerAscii()'");
  });

  it("takes anything that was thrown", () => {
    expect(describeMistake("a", "b")).toBe("it is not accepted");
  });
});

describe("positionIn", () => {
  it("counts lines and columns from 1", () => {
    expect([positionIn("ab\ncd", 0), positionIn("ab\ncd", 1), positionIn("ab\ncd", 3)]).toEqual([
      "1:1",
      "1:2",
      "2:1",
    ]);
  });
});

describe("isFieldOf", () => {
  it("tells mistakes about fields of a variable from others", () => {
    const environment = new Environment().registerType("Thing", { fields: { a: "string" } });
    environment.registerVariable("message", "Thing").registerVariable("other", "Thing");
    const mistakeOf = (text: string): unknown => environment.check(text).error;
    expect(isFieldOf("message", "message.b", mistakeOf("message.b"))).toBe(true);
    expect(isFieldOf("message", "other.b", mistakeOf("other.b"))).toBe(false);
    expect(isFieldOf("message", "message.b", new Error("somewhere"))).toBe(false);
    expect(isFieldOf("message", "message.b", "no error")).toBe(false);
  });
});
