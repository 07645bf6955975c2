import { assert, array, constantFrom, property, string, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { serializeUpgradeRequest } from "./upgrade-request.ts";

function headOrNull(fields: readonly string[]): string | null {
  try {
    return serializeUpgradeRequest("/", fields);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

describe("serializeUpgradeRequest", () => {
  it("writes the request line and the fields in order, with repetitions (RFC 9112 3, 5)", () => {
    const fields = ["host", "app.example.com", "Cookie", "a=1", "cookie", "b=é", "X-Empty", ""];
    expect(serializeUpgradeRequest("/room?x=1", fields)).toBe(
      "GET /room?x=1 HTTP/1.1\r\nhost: app.example.com\r\nCookie: a=1\r\ncookie: b=é\r\nX-Empty: \r\n\r\n",
    );
  });

  it.each(["", "/a b", "/a\r\nX: 1", "/a\tb", "/\x7f", "/é", "/\u010d"])(
    "throws for the target %j (RFC 9112 3.2)",
    (target) => {
      expect(() => serializeUpgradeRequest(target, [])).toThrow(TypeError);
    },
  );

  it.each([
    ["", "1"],
    ["a b", "1"],
    ["a:", "1"],
    ["X-A", "1\r\nX-B: 2"],
    ["X-A", "\0"],
    ["X-A", "\u010a"],
  ])("throws for the field %j with %j, and does not quote its value (RFC 9110 5.1, 5.5)", (name, value) => {
    expect(() => serializeUpgradeRequest("/", [name, value])).toThrow(
      new TypeError(`not a header field: ${name}`),
    );
  });

  it("writes exactly one line a field, whatever it is given (RFC 9112 5)", () => {
    const text = string({
      unit: constantFrom("a", "B", ":", " ", "\r", "\n", "\0", "é", "\u010d"),
      maxLength: 4,
    });
    const written = new Set<boolean>();
    assert(
      property(array(tuple(text, text), { maxLength: 3 }), (fields) => {
        const head = headOrNull(fields.flat());
        written.add(head !== null);
        return head === null || head.split(/[\r\n\u010a\u010d]+/).length === fields.length + 2;
      }),
    );
    expect(written).toEqual(new Set([true, false]));
  });
});
