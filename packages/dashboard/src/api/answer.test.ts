import { describe, expect, it } from "vitest";

import { readAnswer } from "./answer.ts";

describe("readAnswer", () => {
  it("gives what was answered", () => {
    expect(readAnswer(200, { killed: 1 })).toEqual({ ok: true, body: { killed: 1 } });
  });

  it("says what is wrong in the gate's words, with everything that is wrong", () => {
    expect(
      readAnswer(422, { error: "not understood", problems: ["address: expected an address"] }),
    ).toMatchObject({
      ok: false,
      trouble: "not-understood",
      sentence: "not understood",
      problems: ["address: expected an address"],
    });
    expect(readAnswer(401, { error: "a token is needed" })).toMatchObject({ trouble: "signed-out" });
  });

  it.each([[null], ["text"], [{ error: 1, problems: "none" }]])(
    "bears an answer of another form: %j",
    (body) => {
      expect(readAnswer(500, body)).toEqual({
        ok: false,
        trouble: "failed",
        sentence: "the gateway answered with status 500",
        problems: [],
        body,
      });
    },
  );
});
