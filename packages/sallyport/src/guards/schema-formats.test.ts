import { describe, expect, it } from "vitest";
import { MAX_FORMAT_CHARACTERS, schemaFormats } from "./schema-formats.ts";

function accepts(name: string, value: string | number): boolean {
  const format = schemaFormats[name];
  if (format === undefined || format === true) return true;
  return format.type === "string" ? format.validate(String(value)) : format.validate(Number(value));
}

// Each row: the format, what is one, what is none, and the source.
const rows: readonly (readonly [
  string,
  readonly (string | number)[],
  readonly (string | number)[],
  string,
])[] = [
  [
    "date-time",
    ["1985-04-12T23:20:50.52Z", "1990-12-31T15:59:60-08:00", "1990-12-31T23:59:60Z", "2024-02-29t00:00:00z"],
    [
      "1990-12-31 15:59:59Z",
      "1990-12-31T15:59:60Z",
      "1990-02-29T00:00:00Z",
      "1990-12-31T00:00:00",
      "yesterday",
    ],
    "RFC 3339 5.6",
  ],
  [
    "date",
    ["2000-02-29", "2023-12-31"],
    ["1900-02-29", "2023-13-01", "2023-04-31", "2023-01-00", "23-01-01"],
    "RFC 3339 5.6",
  ],
  [
    "time",
    ["23:59:59Z", "00:59:60+01:00", "08:30:06.283185+00:20"],
    ["24:00:00Z", "00:60:00Z", "00:00:61Z", "00:00:00+24:00", "00:00:00+00:60", "12:00:60Z", "12:00:00"],
    "RFC 3339 5.6",
  ],
  [
    "duration",
    ["P4DT12H30M5S", "P1W", "P1Y2M", "PT36H", "P1Y2M3D"],
    ["P", "PT", "P1YT", "P1D2H", "4D", "P1Y3D", "P1W2D"],
    "RFC 3339 A",
  ],
  [
    "email",
    ["joe.bloggs@example.com", "a+b@[127.0.0.1]", "a@[IPv6:::1]"],
    [
      "joe",
      "@example.com",
      ".a@example.com",
      "a..b@example.com",
      "a@-x.com",
      "a@[nothing]",
      `${"a".repeat(65)}@example.com`,
    ],
    "RFC 5321 4.1.2",
  ],
  [
    "hostname",
    ["a", "www.example.com", "xn--4gbwdl.xn--wgbh1c"],
    ["", "-a", "a-", "a..b", "a_b", "a".repeat(64), `${"a.".repeat(130)}a`],
    "RFC 1123 2.1",
  ],
  ["ipv4", ["127.0.0.1"], ["256.0.0.1", "127.0.0.01", "127.1"], "RFC 2673 3.2"],
  ["ipv6", ["::1", "::ffff:192.168.0.1"], ["12345::", "fe80::1%eth0", "1::2::3"], "RFC 4291 2.2"],
  [
    "uri",
    ["https://a.example/b?c=%20#d", "urn:isbn:0451450523", "http://u@[::1]:80/", "a+b.c-d:x"],
    ["/a", "https://a.example/ b", "https://a.example/%zz", "http://[x]/", "a:b[c]", "1a:b", "a:#b#c", ":b"],
    "RFC 3986 3",
  ],
  [
    "uri-reference",
    ["", "/a/b", "../c", "?q", "#f", "//[::1]/x", "a/b:c"],
    ["\\a", "#a#b", "1:b", "//[::1]/[", "ä"],
    "RFC 3986 4.1",
  ],
  [
    "uuid",
    ["2EB8AA08-aa98-11EA-b4aa-73b441d16380"],
    ["2eb8aa08aa9811eab4aa73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638"],
    "RFC 9562 4",
  ],
  ["json-pointer", ["", "/a~1b/~0"], ["a", "/~2", "/~"], "RFC 6901 3"],
  ["int32", [-2147483648, 2147483647, 1], [2147483648, -2147483649, 1.5], "AsyncAPI 3.0 data type formats"],
  ["int64", [2 ** 53], [1.5], "AsyncAPI 3.0 data type formats"],
];

describe("schemaFormats", () => {
  it.each(rows)("knows what is a %s", (name, good, bad) => {
    expect(good.filter((value) => !accepts(name, value))).toEqual([]);
    expect(bad.filter((value) => accepts(name, value))).toEqual([]);
  });

  it("says nothing about values of formats that only describe", () => {
    const describing = Object.entries(schemaFormats).filter(([, format]) => format === true);
    expect(describing.map(([name]) => name)).toEqual(["float", "double", "byte", "binary", "password"]);
  });

  it("takes no string for one of a format that is longer than any has use for", () => {
    const path = `/${"a".repeat(MAX_FORMAT_CHARACTERS - 1)}`;
    expect([accepts("uri-reference", path), accepts("uri-reference", `${path}a`)]).toEqual([true, false]);
  });
});
