import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fastestOf } from "../../test/fastest-of.ts";
import {
  type Extension,
  MAX_EXTENSION_PARAMETERS,
  MAX_EXTENSIONS,
  parseExtensions,
  serializeExtensions,
} from "./extensions.ts";

const refused = { ok: false, code: "handshake.extension-syntax" };

function extension(name: string, ...params: [string, (string | null)?][]): Extension {
  return { name, params: params.map(([key, value = null]) => ({ name: key, value })) };
}

describe("parseExtensions", () => {
  it("reads names, parameters and values (RFC 6455 9.1)", () => {
    const value = "permessage-deflate; client_max_window_bits; server_max_window_bits=10, foo, bar; baz=2";
    expect(parseExtensions([value])).toEqual({
      ok: true,
      extensions: [
        extension("permessage-deflate", ["client_max_window_bits"], ["server_max_window_bits", "10"]),
        extension("foo"),
        extension("bar", ["baz", "2"]),
      ],
    });
  });

  it("reads several fields as one list (RFC 6455 9.1)", () => {
    expect(parseExtensions(["a", "b;c"])).toEqual(parseExtensions(["a, b; c"]));
    expect(parseExtensions([])).toEqual({ ok: true, extensions: [] });
  });

  it("unquotes a value, backslashes included (RFC 9110 5.6.4)", () => {
    const parsed = parseExtensions([String.raw`a; b="10"; c="\1\0"`]);
    expect(parsed).toEqual({ ok: true, extensions: [extension("a", ["b", "10"], ["c", "10"])] });
  });

  it("lets spaces and tabs stand between the parts", () => {
    expect(parseExtensions(['\t a ;\tb =\t1 ; c = "2" , d '])).toEqual({
      ok: true,
      extensions: [extension("a", ["b", "1"], ["c", "2"]), extension("d")],
    });
  });

  it("keeps a parameter that repeats, for the negotiation to judge (RFC 7692 7.1)", () => {
    expect(parseExtensions(["a; b=1; b=2"])).toEqual({
      ok: true,
      extensions: [extension("a", ["b", "1"], ["b", "2"])],
    });
  });

  it("treats names of object members as any other (GHSA-5v72)", () => {
    expect(parseExtensions(["constructor; __proto__=toString, __proto__"])).toEqual({
      ok: true,
      extensions: [extension("constructor", ["__proto__", "toString"]), extension("__proto__")],
    });
    expect(Object.hasOwn(Object.prototype, "b")).toBe(false);
  });

  it.each([
    [""],
    [" "],
    [","],
    ["a,"],
    [",a"],
    ["a,,b"],
    ["a;"],
    [";a"],
    ["a;;b"],
    ["a;b="],
    ["a;=1"],
    ["a=1"],
    ["a b"],
    ["a;b c"],
    ["a;b=1 2"],
    ['"a"'],
    ['a;"b"'],
    ['a;b=""'],
    ['a;b="1'],
    ['a;b="1\\'],
    ['a;b="\\"'],
    ['a;b="1 2"'],
    ['a;b="1,2"'],
    ['a;b="1;2"'],
    ['a;b="1"2'],
    ['a;b=1"2"'],
    ["a;b=é"],
    ["a\u0000"],
  ])("refuses %j (RFC 6455 9.1)", (value) => {
    expect(parseExtensions([value])).toMatchObject(refused);
    expect(parseExtensions(["fine", value])).toMatchObject(refused);
  });

  it("bounds the extensions and the parameters of each", () => {
    expect(parseExtensions([repeated(MAX_EXTENSIONS, ",")])).toMatchObject({ ok: true });
    expect(parseExtensions([repeated(MAX_EXTENSIONS + 1, ",")])).toMatchObject(refused);
    expect(parseExtensions([repeated(MAX_EXTENSION_PARAMETERS + 1, ";")])).toMatchObject({ ok: true });
    expect(parseExtensions([repeated(MAX_EXTENSION_PARAMETERS + 2, ";")])).toMatchObject(refused);
  });

  it.each([
    ["an unclosed quote", `a; b="${String.raw`\1`.repeat(20_000)}`],
    ["spaces", `a; b=${" ".repeat(40_000)}"`],
    ["quotes", `a; b="${'";b="'.repeat(8000)}`],
  ])("takes well below 50 ms for 40 KB of %s (CVE-2020-7662)", (_, value) => {
    expect(parseExtensions([value])).toMatchObject(refused);
    expect(fastestOf(() => parseExtensions([value]))).toBeLessThan(50);
  });

  it("never throws", () => {
    const unit = fc.constantFrom("a", "1", ",", ";", "=", '"', "\\", " ", "\t", "\u0000", "é");
    fc.assert(
      fc.property(fc.array(fc.string({ unit }), { maxLength: 3 }), (values) => {
        expect(typeof parseExtensions(values).ok).toBe("boolean");
      }),
      { numRuns: 500 },
    );
  });
});

describe("serializeExtensions", () => {
  it("writes what parseExtensions reads back as the same", () => {
    const token = fc.stringMatching(/^[!#-'*+.^_`|~0-9A-Za-z-]+$/);
    const params = fc.array(fc.record({ name: token, value: fc.option(token) }), { maxLength: 4 });
    const list = fc.array(fc.record({ name: token, params }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(list, (extensions) => {
        expect(parseExtensions([serializeExtensions(extensions)])).toEqual({ ok: true, extensions });
      }),
    );
  });

  it.each([
    [extension("a\r\nb")],
    [extension("")],
    [extension("a", ["b;c"])],
    [extension("a", ["b", "1 2"])],
    [extension("a", ["b", ""])],
  ])("throws on what is not a token: %j", (bad) => {
    expect(() => serializeExtensions([bad])).toThrow(TypeError);
  });
});

function repeated(count: number, mark: string): string {
  return Array.from({ length: count }, () => "a").join(mark);
}
