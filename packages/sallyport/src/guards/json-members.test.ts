import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findAmbiguousMember } from "./json-members.ts";

describe("findAmbiguousMember", () => {
  it("names a member that stands twice in one object (RFC 8259 4)", () => {
    expect(findAmbiguousMember('{"sub":"a","role":"user","sub":"b"}')).toBe("sub");
  });

  it("sees through escapes and white space", () => {
    expect(findAmbiguousMember('{"sub" :"a","\\u0073ub"\n:"b"}')).toBe("sub");
  });

  it("names __proto__, escaped or nested (CWE-1321)", () => {
    expect(findAmbiguousMember('{"a":[{"\\u005f_proto__":{}}]}')).toBe("__proto__");
  });

  it("lets the same name stand in different objects", () => {
    expect(findAmbiguousMember('[{"a":1},{"a":{"a":2},"b":"a"}]')).toBeNull();
  });

  it("is not misled by quotes, braces and colons inside strings", () => {
    expect(findAmbiguousMember('{"a":"\\"a\\":{","b":"}\\\\"}')).toBeNull();
    expect(findAmbiguousMember('"a"')).toBeNull();
  });

  it("finds nothing in what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes("__proto__"));
        expect(findAmbiguousMember(text)).toBeNull();
      }),
    );
  });
});
