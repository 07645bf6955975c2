import { describe, expect, it, vi } from "vitest";
import { decodingPatterns } from "./decode-evasions.ts";
import { hygienePatterns } from "./json-hygiene.ts";
import type { ThreatSignature } from "./threat-signature.ts";
import { prefilterPatterns } from "./threat-prefilter.ts";
import { ThreatScanner } from "./threat-scan.ts";
import { threatCategories, threatSignatures } from "./threat-signatures.ts";
import { targetPatterns } from "./threat-target.ts";

const scannerFor = Object.fromEntries(
  ([1, 2, 3, 4] as const).map((paranoia) => [
    paranoia,
    new ThreatScanner({ categories: new Set(threatCategories), paranoia }),
  ]),
);

function idsIn(text: string, { paranoia }: ThreatSignature): readonly string[] {
  return scannerFor[paranoia]?.scan(text)?.signatures.map(({ id }) => id) ?? [];
}

const rows = threatSignatures.map((signature) => [signature.id, signature] as const);

/** Where a pattern repeats without a bound: each place, with what comes before and after. Classes and escapes are skipped. */
function unboundedIn(pattern: string): readonly string[] {
  const tokens = [...pattern.matchAll(/\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d+,\d*\}|[\s\S]/g)].map(
    ([token]) => token,
  );
  return tokens.flatMap((token, index) => {
    const unbounded = token === "*" || token === "+" || /^\{\d+,\}$/.test(token);
    return unbounded ? [`${tokens[index - 1] ?? ""}${token}${tokens[index + 1] ?? ""}`] : [];
  });
}

/** The alternatives of a pattern, outside of groups and classes. */
function alternativesOf(pattern: string): readonly string[] {
  const tokens = pattern.match(/\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[\s\S]/g) ?? [];
  let depth = 0;
  const alternatives = [""];
  for (const token of tokens) {
    if (token === "(") depth++;
    if (token === ")") depth--;
    if (token === "|" && depth === 0) alternatives.push("");
    else alternatives.push(`${alternatives.pop() ?? ""}${token}`);
  }
  return alternatives;
}

describe("threatSignatures", () => {
  it("are many, each with an id of its own that begins with its category", () => {
    expect(threatSignatures.length).toBeGreaterThan(60);
    expect(new Set(threatSignatures.map(({ id }) => id)).size).toBe(threatSignatures.length);
    expect(threatSignatures.filter(({ id, category }) => !id.startsWith(`${category}-`))).toEqual([]);
    expect(new Set(threatSignatures.map(({ category }) => category))).toEqual(new Set(threatCategories));
  });

  it.each(rows)("%s finds its examples, through prefilter and decoding", (id, signature) => {
    expect(signature.hits.length).toBeGreaterThan(0);
    expect(signature.hits.filter((text) => !idsIn(text, signature).includes(id))).toEqual([]);
  });

  it.each(rows)("%s lets its look-alikes pass", (id, signature) => {
    expect(signature.benign.length).toBeGreaterThan(0);
    expect(signature.benign.filter((text) => idsIn(text, signature).includes(id))).toEqual([]);
  });

  // What is bounded costs each place of a text a bounded time, so that all of it is linear. The one exception, a last repetition in an
  // alternative that is anchored at both ends, runs through the text once for each of the bounded ways that lead to it.
  it.each(rows)("%s repeats nothing without a bound (CWE-1333)", (_id, { pattern }) => {
    const open = alternativesOf(pattern).flatMap((alternative) => {
      const anchored = alternative.startsWith("^") && alternative.endsWith("$");
      const found = unboundedIn(alternative);
      return anchored && found.length <= 1 && found.every((place) => place.endsWith("$")) ? [] : found;
    });
    expect(open).toEqual([]);
  });

  it.each(rows)("%s has neither look-around nor back-references", (_id, { pattern }) => {
    expect(pattern).not.toMatch(/\(\?[=!<]|\\[1-9]/);
  });

  it("tell what they are about in words of their own", () => {
    expect(new Set(threatSignatures.map(({ description }) => description)).size).toBe(
      threatSignatures.length,
    );
  });
});

describe("prefilterPatterns", () => {
  it.each(prefilterPatterns.map((pattern, index) => [index, pattern] as const))(
    "%i repeat nothing without a bound",
    (_index, { source }) => {
      const inside = unboundedIn(source);
      // Behind a sign that was found, names of a bounded length are read backwards to where a scheme or a word begins.
      expect(inside.filter((place) => !/^\\[ws]\*/.test(place))).toEqual([]);
    },
  );
});

describe("targetPatterns", () => {
  // What is matched is not looked at again, so that one repetition at the end runs through a text once.
  it("repeat nothing without a bound but what ends a match", () => {
    const open = targetPatterns
      .filter(({ global }) => global)
      .flatMap(({ source }) => unboundedIn(source.replace(/\+\)$/, ")")));
    expect(open).toEqual([]);
  });
});

describe("every other expression over a peer's text", () => {
  const once = targetPatterns.filter(({ global }) => !global);
  const patterns = [...decodingPatterns, ...hygienePatterns, ...once];

  // The binary of recheck is not used: its JavaScript finds the same.
  it("is one that recheck finds safe (CWE-1333)", async () => {
    vi.stubEnv("RECHECK_BACKEND", "pure");
    const { check } = await import("recheck");
    expect((await check("^(a+)+$", "")).status).toBe("vulnerable");
    expect(patterns.length).toBeGreaterThan(15);
    // By automata where that can be, which is a proof; else by search, with one seed, so that each run searches alike.
    const sizes = { maxRepeatCount: 1000, maxPatternSize: 10_000, maxNFASize: 10_000 };
    for (const { source, flags } of patterns) {
      const proof = await check(source, flags, { checker: "automaton", ...sizes, timeout: 2000 });
      const found =
        proof.status === "unknown"
          ? await check(source, flags, { checker: "fuzz", randomSeed: 1, timeout: 60_000 })
          : proof;
      expect([source, found.status]).toEqual([source, "safe"]);
    }
  }, 240_000);
});
