import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { refuseOldNode } from "./refuse-old-node.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

describe("refuseOldNode", () => {
  it.each(["20.20.2", "24.14.9", "0.10"])("says of Node %s what is needed", (version) => {
    expect(() => refuseOldNode(version)).toThrow(`sallyport needs Node 24.15 or later, this is ${version}`);
  });

  it.each(["24.15.0", "24.100.1", "26.0.0"])("lets Node %s be", (version) => {
    expect(() => refuseOldNode(version)).not.toThrow();
  });

  it("needs what the package and the command say", () => {
    const { engines }: { engines: { node: string } } = JSON.parse(read("../../package.json"));
    expect(engines.node).toBe(">=24.15");
    expect(read("../../bin/sallyport.js")).toContain("const NEEDED = [24, 15];");
  });

  it("comes before everything else that an application imports", () => {
    expect(/^(?:import|export) .*/m.exec(read("../index.ts"))?.[0]).toBe(
      'import "./hosts/refuse-old-node.ts";',
    );
  });
});
