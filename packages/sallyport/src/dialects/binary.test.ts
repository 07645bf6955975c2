import { describe, expect, it } from "vitest";
import { faultOf, partOf, talk } from "../../test/dialect-fixture.ts";
import { binary } from "./binary.ts";

describe("binary", () => {
  it("takes all bytes as they are, either way", () => {
    const { client, server } = talk(binary);
    for (const data of [Buffer.alloc(0), Buffer.from([0, 255])])
      for (const say of [client, server])
        expect(partOf(say(data))).toEqual({
          kind: "binary",
          name: null,
          id: null,
          data,
          json: null,
          operations: [],
        });
  });

  it("refuses text messages", () => {
    expect(faultOf(talk(binary).client("x"))).toBe("syntax: a text message, and the dialect is of bytes");
  });
});
