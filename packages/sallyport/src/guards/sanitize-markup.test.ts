import { describe, expect, it } from "vitest";
import { createSanitizer } from "./sanitize-markup.ts";

const holding = (text: string): unknown => ({ text: expect.stringContaining(text) });

describe("createSanitizer", () => {
  it.each([
    ["<b>hi</b><script>alert(1)</script>", holding("<b>hi</b>")],
    ["<img src=x onerror=alert(1)>hello", holding("hello")],
    ['<a href="javascript:alert(1)" onclick="x()">go</a>', holding("<a>go</a>")],
    ['<a href="https://example.com">go</a>', null],
    ["a < b && c", null],
    ["<style>p{}</style><p style='x'>t</p>", holding("<p>t</p>")],
    ["<svg><a xlink:href=javascript:1>x</a></svg>", holding("<a>x</a>")],
    ["<scr<script>ipt>alert(1)</script>", holding("")],
  ])("makes of %s what is harmless", async (text, clean) => {
    const sanitize = await createSanitizer(["/text"]);
    const changed = sanitize(JSON.stringify({ text }));
    const found: unknown = JSON.parse(changed?.text ?? "null");
    expect(found).toEqual(clean);
    expect(changed?.text ?? "").not.toMatch(/<script|onerror|javascript:/);
  });

  it("changes its fields alone: every other byte stays as it was", async () => {
    const sanitize = await createSanitizer(["/a", "/b/0", "/none", "/n"]);
    const text = '{ "n":1.50, "x":"<i onclick=1>" ,"b":["<u onclick=1>b</u>" ],"a":"<p id=1>a"}';
    expect(sanitize(text)).toEqual({
      text: '{ "n":1.50, "x":"<i onclick=1>" ,"b":["<u>b</u>" ],"a":"<p>a</p>"}',
      fields: ["/a", "/b/0"],
    });
  });

  it("leaves alone what has no markup, no such field, or two of them", async () => {
    const sanitize = await createSanitizer(["/a"]);
    for (const text of ['{"a":"plain & simple"}', "{}", '{"a":"<img>","a":"<img>"}', '{"a":["<img>"]}'])
      expect(sanitize(text)).toBeNull();
  });
});
