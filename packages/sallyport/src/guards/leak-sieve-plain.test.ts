import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { sightsOf, tables } from "../../test/sieve-fixture.ts";
import { createPlainSieve } from "./leak-sieve-plain.ts";

const sieve = createPlainSieve(tables);

describe("createPlainSieve", () => {
  it.each([
    ["a secret and a SeCrEt", ["word 0 2", "word 0 15"]],
    ["KEY key", ["word 1 0"]],
    ["fd12 fd12:", ["word 2 5"]],
    ["a@b @b a@ é@b", ["sign 1"]],
    [".abcdef. .abcde.", ["dots 0"]],
    ["41111111 51111111 a", ["number 0"]],
    ["41111111a 411111111 x41111111", ["number 21"]],
    ["1.41111111 41111111-1 41111111.", ["number 22"]],
    [`${"4".repeat(40)} 4111`, []],
    ["A23456789 AAAAAAAAA", ["number 0"]],
    ["12-34 12-345 12.34 12 34", ["number 0"]],
    ["1-22-3, 1-22, 1-22-", ["number 0"]],
    [`${"1".repeat(40)}-34 12-${"1".repeat(40)}`, []],
    ["GB82 GBA2 G282 GB8A gB82", ["number 0"]],
  ])("sees in %j", (text, seen) => {
    expect(sightsOf(sieve, Buffer.from(text))).toEqual(seen);
  });
});
