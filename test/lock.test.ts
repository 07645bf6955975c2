import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

interface Lock {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Record<string, string> }>>;
}

describe("package-lock.json", () => {
  const text = readFileSync(new URL("../package-lock.json", import.meta.url), "utf8");
  const { packages }: Lock = JSON.parse(text);

  it("holds the packages of every platform, without which `npm ci` refuses it: scripts/complete-lock.ts adds them", () => {
    const wanted = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).map((name) => ({ path, name })),
    );
    expect(wanted.length).toBeGreaterThan(50);
    expect(
      wanted.filter(
        ({ path, name }) =>
          !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      ),
    ).toEqual([]);
  });

  it("names no registry", () => {
    expect(text).not.toMatch(/"resolved": "https?:/);
  });
});
