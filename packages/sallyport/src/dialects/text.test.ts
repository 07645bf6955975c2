import { describe, expect, it } from "vitest";
import { faultOf, partOf, talk } from "../../test/dialect-fixture.ts";
import { text } from "./text.ts";

describe("text", () => {
  it("takes every text as it is, either way", () => {
    const { client, server } = talk(text);
    for (const data of ["", "grüße", '{"type":"x"}'])
      for (const say of [client, server])
        expect(partOf(say(data))).toEqual({
          kind: "text",
          name: null,
          id: null,
          data,
          json: null,
          operations: [],
        });
  });

  it("refuses binary messages", () => {
    expect(faultOf(talk(text).client(Buffer.from("x")))).toBe(
      "syntax: a binary message, and the dialect is of texts",
    );
  });
});
