import { describe, expect, it } from "vitest";
import { createCelEnvironment } from "./cel-environment.ts";
import { findUnknownKinds } from "./cel-kinds.ts";

const environment = createCelEnvironment("part");
const kinds = new Set(["publish", "subscribe"]);
const found = (text: string): readonly string[] =>
  findUnknownKinds(environment.parse(text).ast, kinds).map(({ at, kind }) => `${at} ${kind}`);

describe("findUnknownKinds", () => {
  it("finds texts that `message.kind` is compared with and that no dialect knows", () => {
    expect(found('message.kind == "publsh"')).toEqual(["16 publsh"]);
    expect(found('"subscibe" != message.kind')).toEqual(["0 subscibe"]);
    expect(found('message.kind in ["publish", "x"] || !(message["kind"] == "y")')).toEqual(["28 x", "57 y"]);
  });

  it("finds nothing where kinds are known, other fields are compared, or no text stands there", () => {
    expect(
      found(
        'message.kind == "publish" && message.name == "x" && message.kind in identity.claims.kinds && "x" == "y"',
      ),
    ).toEqual([]);
    expect(found("message.kind == message.name && request.kind == 1")).toEqual([]);
  });
});
