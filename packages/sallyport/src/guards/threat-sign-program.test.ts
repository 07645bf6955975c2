import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createByteWalk } from "./threat-bytes.ts";
import { hasOddSign } from "./threat-sign-look.ts";
import { signPairs } from "./threat-sign-tables.ts";
import { threatSignatures } from "./threat-signatures.ts";

const walk = createByteWalk();

/** Where the program tells signs in a text of ASCII. */
function told(text: string): Uint16Array {
  const { signs } = walk.walk(Buffer.from(text), true) ?? { signs: null };
  if (signs === null) throw new TypeError("no walk");
  return signs.places.slice(0, signs.count);
}

/** Where any sign stands whose next character may make it more than punctuation. */
function all(text: string): Uint16Array {
  const bytes = Buffer.from(text);
  return Uint16Array.from(
    Array.from(bytes.keys()).filter((at) => signPairs[((bytes[at] ?? 0) << 7) | (bytes[at + 1] ?? 0)] !== 0),
  );
}

const isOdd = (text: string, places: Uint16Array): boolean =>
  hasOddSign({ latin1: text, bytes: Buffer.from(text), places, count: places.length });

const harmless: readonly (readonly [string, string])[] = [
  ["a slash", "a/b /c? https://www.example.com/a http://example.org:80/"],
  ["an opening bracket", "tickets (row 12) and f((x)) (ok)"],
  ["an operator", "a & b && c || d | e; f `x` `${y}`"],
  ["an operator at the end of a text", '"a; " "b | " "c & "'],
  ["a comment behind code", "} // it is fine"],
  ["two slashes alone", '// "//"'],
  ["an apostrophe", "I'll O'Brien it's 'okay'"],
  ["a quote that ends", String.raw`he said \"yes\" (\"no\") but 'x' y, 'a') b, '5 of 12, at '10 o'clock`],
  ["an escape", String.raw`\n  const \n\n(\"yes\", \"no\", \r\n\tlet`],
  ["an assignment", "?id=x&from=y; a = b; kind => two"],
  ["an expression", "${item.name} ${a_1.b}"],
  ["a brace", "{item} {longer_name, x} {abcdefghijkl,x"],
];

const odd: readonly (readonly [string, string])[] = [
  ["a host that is an address", "//1.2.3.4/"],
  ["a host with an escape", "//%6cocalhost/"],
  ["a host in brackets", "//[::1]/"],
  ["a host without a dot", "//intranet/"],
  ["a long host with an inner name", "//a.b.c.d.e.example.and.more.of.it.corp/"],
  ["a host that is longer than is looked at", `//${"a.".repeat(60)}com/`],
  ["a host with a dot at its end", "//example.com./"],
  ["a host of an inner network", "//db.corp/"],
  ["a name that leads inwards", "//127.0.0.1.nip.io/"],
  ["a user before a host", "//www.example.com@127.0.0.1/"],
  ["a user that is no name", "//(x@127.0.0.1/"],
  ["two operators at the end of a text", 'a && "'],
  ["a user before a port", "//www.example.com:80@localhost/"],
  ["another scheme", "ftp://www.example.com/"],
  ["a step up", "../x"],
  ["a path of a system", "/etc/passwd"],
  ["a home directory", "~/x and a/b"],
  ["a call", "eval(x"],
  ["a call with a space", "sleep (5"],
  ["what a bracket holds", "x(select"],
  ["a command", "; cat x"],
  ["the command w", "; w "],
  ["two operators", "a && 1"],
  ["operators apart", "a | |b"],
  ["a hidden quote", String.raw`;\" x`],
  ["a substitution in backticks", "`$(x"],
  ["a quote and a word of SQL", "'or 1"],
  ["a quote and a word of SQL behind brackets", "')) or 1"],
  ["a quote and a word of SQL on another line", String.raw`'\n\t or 1`],
  ["a quote and a time of day", "'12:30"],
  ["an escaped quote and a sign", String.raw`\"--`],
  ["a command on a line of its own", String.raw`\n\n cat x`],
  ["a path on a line of its own", String.raw`\r\n/bin`],
  ["a handler", "onload ="],
  ["values that are compared", "'1'='1"],
  ["values apart", "1 = 1"],
  ["a name behind a word of SQL", "or x="],
  ["a scheme as a value", "u= file:"],
  ["an expansion", "$(x"],
  ["an expression with a sign", "${7*7}"],
  ["an expression with a telling name", "${a.process}"],
  ["an expression without an end", `\${${"a".repeat(70)}`],
  ["braces with a command", "{cat,/etc"],
  ["braces with an expression", "{php}"],
];

describe("signProgram", () => {
  it.each(harmless)("tells nothing where %s is punctuation", (_what, text) => {
    expect([...told(text)]).toEqual([]);
  });

  it.each(odd)("tells %s, wherever it stands", (_what, text) => {
    for (let before = 0; before < 70; before++)
      expect(told(`${" ".repeat(before)}${text}`).length).toBeGreaterThan(0);
  });

  it("leaves out no sign at which an expression would find something", () => {
    const texts = threatSignatures.flatMap(({ hits, benign }) => hits.concat(benign));
    const piece = fc
      .tuple(fc.constantFrom(...texts), fc.nat(30), fc.integer({ min: 1, max: 30 }))
      .map(([text, from, length]) => text.slice(from % text.length).slice(0, length));
    const sign = fc.constantFrom(
      ...Array.from("<>'\"`$%{}(=&|;#@\\/~ \n"),
      "//",
      "${",
      "&&",
      "||",
      "w ",
      "://",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, sign), { maxLength: 8 }), (pieces) => {
        const text = JSON.stringify(pieces.join("")).replace(/[^\0-\u007f]/g, "");
        expect([text, isOdd(text, told(text))]).toEqual([text, isOdd(text, all(text))]);
      }),
      { numRuns: 3000 },
    );
  });
});
