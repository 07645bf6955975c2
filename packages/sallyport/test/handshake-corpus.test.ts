import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errors } from "../src/errors.ts";
import { checkPlainRequest, checkUpgrade } from "../src/protocol/handshake-request.ts";
import { HeaderList } from "../src/protocol/header-list.ts";
import type { RequestHead } from "../src/protocol/request-head.ts";
import { fastestOf } from "./fastest-of.ts";

/**
 * Request heads, one a file, found by listing the folder: to add a case is to add a file. Its first line is
 * `expect: ok` or `expect: <code>`; the rest is the head, line by line. `\xNN` is one byte (`\\` a backslash), and
 * `{{text*N}}` repeats a text.
 */
const folder = new URL("corpus/handshake/", import.meta.url);

interface Case {
  readonly file: string;
  readonly expected: string;
  readonly head: string;
}

const cases: readonly Case[] = readdirSync(folder)
  .filter((file) => file.endsWith(".txt"))
  .map((file) => {
    const [first = "", ...lines] = readFileSync(new URL(file, folder), "utf8").trimEnd().split("\n");
    return { file, expected: first.replace("expect: ", ""), head: lines.map(expand).join("\r\n") };
  });

function expand(line: string): string {
  return line
    .replaceAll(/\{\{(.+?)\*(\d+)\}\}/g, (_, text: string, count: string) => text.repeat(Number(count)))
    .replaceAll(/\\(?:\\|x([0-9a-f]{2}))/g, (_, code?: string) =>
      code === undefined ? "\\" : String.fromCharCode(Number.parseInt(code, 16)),
    );
}

/** As a lenient parser would cut it: at line ends and first colons, so that all judging is left to the checks. */
function read(text: string): RequestHead {
  const [requestLine = "", ...lines] = text.split("\r\n");
  const [method = "", target = "", version = ""] = requestLine.split(" ");
  const fields = lines.flatMap((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, Math.max(colon, 0)), line.slice(colon + 1).trim()];
  });
  return { method, target, httpVersion: version.replace("HTTP/", ""), headers: new HeaderList(fields) };
}

function outcome(text: string): string {
  const result = checkUpgrade(read(text));
  return result.ok ? "ok" : result.code;
}

describe("the handshake corpus", () => {
  it("has a case for every code that an upgrade request can earn by its syntax", () => {
    const decidedElsewhere = new Set(["handshake.too-slow", "handshake.no-route", "handshake.plain-http"]);
    const codes = Object.keys(errors).filter(
      (code) => code.startsWith("handshake.") && !decidedElsewhere.has(code),
    );
    expect(new Set(cases.map(({ expected }) => expected))).toEqual(new Set(["ok", ...codes]));
    expect(cases.length).toBeGreaterThanOrEqual(70);
  });

  it.each(cases)("$file is $expected", ({ head, expected }) => {
    expect(outcome(head)).toBe(expected);
  });

  it("judges any head within 50 ms", () => {
    for (const { head } of cases) {
      const request = read(head);
      expect(fastestOf(() => checkUpgrade(request))).toBeLessThan(50);
    }
  });

  it("never makes the checks throw, however its heads are cut and mixed", () => {
    const seed = fc.constantFrom(...cases.map(({ head }) => head.slice(0, 2000)));
    const at = fc.nat(2000);
    const bytes = fc.string({ unit: fc.nat(0xff).map((code) => String.fromCharCode(code)), maxLength: 4 });
    fc.assert(
      fc.property(seed, at, bytes, seed, at, (one, from, middle, other, to) => {
        const request = read(one.slice(0, from) + middle + other.slice(to));
        for (const result of [checkUpgrade(request), checkPlainRequest(request)]) {
          expect(result.ok || errors[result.code].status !== null).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
