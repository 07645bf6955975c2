import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillTemplate, templateFault, templateNames } from "./alert-template.ts";

describe("fillTemplate", () => {
  it("makes JSON of a template without fault, whatever is filled in", () => {
    const template = `{"a":"{{text}}","b":[{"c":"x {{ sentence }} {{user}}"}]}`;
    expect(templateFault(template)).toBeNull();
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(..."ab{}$&é".split(""), '"', "\\", "\n", "\0", "\u2028"),
          maxLength: 40,
        }),
        (value) => {
          expect(JSON.parse(fillTemplate(template, () => value))).toEqual({
            a: value,
            b: [{ c: `x ${value} ${value}` }],
          });
        },
      ),
    );
  });

  it("leaves alone what is no place", () => {
    expect(fillTemplate(`{"a":"{{}} {{other}} {text}"}`, () => "x")).toBe(`{"a":"{{}} {{other}} {text}"}`);
  });
});

describe("templateFault", () => {
  it("knows every name", () => {
    expect(templateFault(JSON.stringify(templateNames.map((name) => `{{${name}}}`)))).toBeNull();
  });

  it.each([
    ["a name that there is not", `{"a":"{{secret}}"}`, "`{{secret}}`, which nothing fills in"],
    ["a place without a name", `{"a":"{{}}"}`, "`{{}}`, which nothing fills in"],
    ["a place outside of strings", `{"a":{{count}}}`, "text that is no JSON"],
    ["what is no JSON", "{{text}}", "text that is no JSON"],
  ])("finds %s", (_name, template, fault) => {
    expect(templateFault(template)).toBe(fault);
  });
});
