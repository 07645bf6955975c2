import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { builtInChecks } from "../src/checks/built-in-checks.ts";
import { runsBrowserTests } from "../../../test/browser/chromium.ts";
import { scanScene } from "./scan-scene.ts";
import type { Specimen } from "./specimen.ts";

const folder = new URL("./specimens/", import.meta.url);
const names = readdirSync(folder).map((file) => basename(file, ".ts"));

async function specimenOf(id: string): Promise<Specimen> {
  const loaded: { specimen: Specimen } = await import(new URL(`${id}.ts`, folder).href);
  return loaded.specimen;
}

const cases = await Promise.all(
  builtInChecks.map(async (check) => ({ check, specimen: await specimenOf(check.id) })),
);

describe("builtInChecks", () => {
  it("have each a specimen, and no specimen is without its check", () => {
    expect(names.sort()).toEqual(builtInChecks.map(({ id }) => id).sort());
  });

  it("are proven each on what has the fault and on what has not", () => {
    const bare = cases.filter(
      ({ specimen }) =>
        Object.keys(specimen.vulnerable).length === 0 || Object.keys(specimen.clean).length === 0,
    );
    expect(bare.map(({ check }) => check.id)).toEqual([]);
  });
});

/** What a browser decides is tried where there is one, and always in CI. */
const isTried = ({ check }: (typeof cases)[number]): boolean =>
  check.needsBrowser !== true || runsBrowserTests;

/** What tells by the time that answers take is tried while nothing else takes any. */
const isTimed = ({ check }: (typeof cases)[number]): boolean => check.id.includes("slow-");

/** Slow is what they are about, on a slow machine even more so. */
const TIMED_MS = 120_000;

describe.concurrent.each(cases.filter((each) => isTried(each) && !isTimed(each)))("$check.id", (each) => {
  prove(each);
});
// What else runs on the machine may disturb a measurement, and not three in a row.
describe.each(cases.filter(isTimed))("$check.id", { timeout: TIMED_MS, retry: 2 }, (each) => {
  prove(each);
});

function prove({ check, specimen }: (typeof cases)[number]): void {
  it.for(Object.entries(specimen.vulnerable))("is found in %s", async ([, scene]) => {
    const { findings, notTested } = await scanScene(scene, [check]);
    expect(notTested).toEqual([]);
    expect(findings.map((finding) => finding.check)).toEqual([check.id]);
    expect(findings[0]?.evidence.length).toBeGreaterThan(0);
  });

  it.for(Object.entries(specimen.clean))("passes in %s", async ([, scene]) => {
    const { findings, notTested, passed } = await scanScene(scene, [check]);
    expect({ findings, notTested }).toEqual({ findings: [], notTested: [] });
    expect(passed.map((remark) => remark.check)).toEqual([check.id]);
  });
}
