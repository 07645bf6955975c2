import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { messageFixture } from "../../test/message-fixture.ts";
import { createMessageTokenHider, createMessageTokenReader } from "./message-token-value.ts";

/** The value of a text message and what is left without it, or the code and detail of the denial. */
function read(text: string, pointer = "/token", opcode = 1): readonly string[] {
  const found = createMessageTokenReader(pointer)(messageFixture(text, { opcode }));
  return "code" in found ? [found.code, found.detail] : [found.value, Buffer.from(found.rest()).toString()];
}

/** A message without its token, or `null`. */
function hidden(text: string, pointer = "/token", isText = true): string | null {
  const content = createMessageTokenHider(pointer)(Buffer.from(text), isText);
  return content === null ? null : Buffer.from(content).toString();
}

describe("createMessageTokenReader", () => {
  it("reads the text where the pointer says, and leaves every other byte as it came (RFC 6901 4)", () => {
    expect(read('{ "token":"s3cret", "n": 1.0, "e":"\\u00e9é" }')).toEqual([
      "s3cret",
      '{ "n": 1.0, "e":"\\u00e9é" }',
    ]);
    expect(read('{"a/b":[{"~":"x"}]}', "/a~1b/0/~0")).toEqual(["x", '{"a/b":[{}]}']);
    expect(read('{"token":"a\\u0062\\""}')).toEqual(['ab"', "{}"]);
  });

  it.each([
    ["{}", 'nothing at "/token"'],
    ['["token"]', 'nothing at "/token"'],
    ['{"data":{"token":"x"}}', 'nothing at "/token"'],
    ['{"token":7}', 'no text at "/token"'],
    ['{"token":null}', 'no text at "/token"'],
    ['{"token":{"token":"x"}}', 'no text at "/token"'],
    ['{"token":""}', 'no text at "/token"'],
    ["token", "a text message that is not JSON, of 5 bytes"],
    ['42["say",{"token":"x"}]', "a text message that is not JSON, of 23 bytes"],
    ["", "a text message that is not JSON, of 0 bytes"],
  ])("finds none in %j", (text, detail) => {
    expect(read(text)).toEqual(["messageToken.missing", detail]);
  });

  it("finds none in a binary message, whatever it holds: an application may parse it like a text", () => {
    expect(read('{"token":"x"}', "/token", 2)).toEqual([
      "messageToken.missing",
      "a binary message, of 13 bytes",
    ]);
  });

  it.each([
    '{"token":"mine","token":"hers"}',
    '{"token":"mine","\\u0074oken":"hers"}',
    '{"token":"mine","tok\\u0065n":1}',
  ])("refuses %s, of which two readers would take different ones (RFC 8259 4)", (text) => {
    expect(read(text)).toEqual(["messageToken.invalid", 'a name of "/token" stands twice']);
  });

  it("finds nothing by a pointer to the whole message, which no configuration has", () => {
    expect(read('"x"', "")).toEqual(["messageToken.missing", 'nothing at ""']);
    expect(read('"x"', "none")).toEqual(["messageToken.missing", 'nothing at "none"']);
  });
});

describe("createMessageTokenHider", () => {
  it("hides what stands where the pointer says, whatever it is, and nothing else", () => {
    expect(hidden('{ "token":"s3cret", "n": 1.0, "e":"\\u00e9é" }')).toBe(
      '{ "token":"[token]", "n": 1.0, "e":"\\u00e9é" }',
    );
    expect(hidden('{"auth":{"token":["s3cret"]}}', "/auth/token")).toBe('{"auth":{"token":"[token]"}}');
    expect(hidden('{"say":"hello"}')).toBe('{"say":"hello"}');
  });

  it("gives nothing where a token may stand anywhere: cut off, no text, or written twice", () => {
    expect(hidden('{"token":"s3cret')).toBeNull();
    expect(hidden('{"token":"s3cret"}', "/token", false)).toBeNull();
    expect(hidden('{"token":"mine","token":"hers"}')).toBeNull();
  });

  it("hides nothing by a pointer that no configuration has", () => {
    expect(hidden('"x"', "none")).toBe('"x"');
  });
});
