import { describe, expect, it } from "vitest";
import { quotedName, quotedPointer } from "./quoted-pointer.ts";

describe("quotedPointer", () => {
  it("escapes names as pointers do (RFC 6901 3), and quotes the whole", () => {
    expect(quotedPointer(["a/b", 0, "~x", "größe"])).toBe(String.raw`"/a~1b/0/~0x/gr\u00f6\u00dfe"`);
  });

  it("tells a long index, which is no name of the peer's", () => {
    expect(quotedPointer(["list", 123_456])).toBe('"/list/123456"');
  });
});

describe("quotedName", () => {
  it.each(["", "text", "user_name", "x-1", "2fa", "2026", "message.id", "ns:item", "$ref", "a".repeat(40)])(
    "tells %s",
    (name) => {
      expect(quotedName(name)).toBe(`"${name}"`);
    },
  );

  it.each([
    ["4111111111111111", "a card number"],
    ["ada@example.com", "an address"],
    ["hunter2 hunter2", "a sentence"],
    ["a1b2c3d4e5", "many digits"],
    ["\u001b[2J", "a terminal's escape"],
    ["a".repeat(41), "a long one"],
  ])("tells of %j, %s, only how long it is", (name) => {
    expect(quotedName(name)).toBe(`"(${name.length} characters)"`);
  });
});
