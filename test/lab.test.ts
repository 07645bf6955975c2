import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { folderOf, type Lesson, loadAttack } from "../examples/lab/lesson.ts";
import { lessons } from "../examples/lab/lessons.ts";
import { lineDiff } from "../examples/lab/line-diff.ts";
import { scanCommand, scanLesson } from "../examples/lab/scan-lesson.ts";
import { type Stage, startStage, type Variant, variants } from "../examples/lab/stage.ts";
import { freePort } from "../examples/shared/loopback.ts";
import { lintSource } from "../packages/eslint-plugin/test/lint-source.ts";
import { builtInChecks } from "../packages/scanner/src/checks/built-in-checks.ts";
import type { ScanSettings } from "../packages/scanner/src/scan-settings.ts";
import { main } from "../packages/scanner/src/cli/main.ts";
import { quickSettings } from "../packages/scanner/test/scan-scene.ts";
import { openGateway } from "../packages/sallyport/src/hosts/gateway.ts";
import { loadConfig } from "../packages/sallyport/src/policy/load-config.ts";
import { compilePolicy } from "../packages/sallyport/src/policy/policy.ts";
import { createMemoryState } from "../packages/sallyport/src/state/memory-state.ts";

/** Starting a process takes long where much else goes on. */
const withinMs = 180_000;
const emit = (): void => undefined;
const quickDrain = { batch: 1000, pauseMs: 0, withinMs: 200 };

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-lab-"));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** The gate of a configuration file, in this process: the command line would load as many engines as there are lessons. */
async function runGate(configFile: string): Promise<{ stop: () => Promise<void> }> {
  const loaded = await loadConfig(configFile);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const services = { emit, ...createMemoryState(), fetch: globalThis.fetch, wallNow: () => Date.now() };
  const compiled = await compilePolicy(loaded.config, services);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const gateway = await openGateway({
    policy: compiled.policy,
    emit,
    developmentDirectory: directory,
    journal: null,
  });
  return { stop: () => gateway.drain(quickDrain) };
}

async function setStage(lesson: Lesson, variant: Variant): Promise<Stage> {
  return await startStage({
    lesson,
    variant,
    ports: { application: await freePort(0), gate: await freePort(0) },
    directory: join(directory, lesson.id),
    runGate,
  });
}

async function onStage<T>(lesson: Lesson, variant: Variant, act: (url: string) => Promise<T>): Promise<T> {
  const stage = await setStage(lesson, variant);
  try {
    return await act(stage.url);
  } finally {
    await stage.close();
  }
}

async function attack(lesson: Lesson, url: string): Promise<boolean> {
  const make = await loadAttack(lesson);
  return await make({ url, origin: new URL(url).origin.replace("ws", "http"), say: () => undefined });
}

/** A lesson has one weakness, but for the rate of messages: in that the others are no better than the one about it. */
const everyonesChecks = lessons
  .flatMap(({ scan }) => scan.checks)
  .filter((id) => id !== "no-message-rate-limit");

function checksFor({ id, scan }: Lesson, variant: Variant): readonly string[] {
  // Whatever breaks a rule ends the vulnerable clock, and no other check has anybody to talk to then.
  if (id === "crash" && variant === "vulnerable") return scan.checks;
  return variant === "vulnerable" ? [...new Set([...scan.checks, ...everyonesChecks])] : scan.checks;
}

/** Waits that end early where the fault is not there are long, and others short. */
function settingsFor({ id }: Lesson, variant: Variant): Partial<ScanSettings> {
  const { patienceMs, handshakeMs, idleMs, pace } = quickSettings;
  const isWaited = id === "logout" && variant !== "vulnerable";
  return { handshakeMs, idleMs, pace, destructive: true, patienceMs: isWaited ? 2000 : patienceMs };
}

async function findings(lesson: Lesson, variant: Variant, url: string): Promise<string[]> {
  const report = await scanLesson(lesson, url, {
    checks: checksFor(lesson, variant),
    settings: settingsFor(lesson, variant),
  });
  expect(report.control).toMatchObject({ isUsable: true });
  const own = new Set<string>(lesson.scan.checks);
  // What the lesson is about is never left open.
  expect(report.notTested.filter(({ check }) => own.has(check))).toEqual([]);
  expect(report.notApplicable.filter(({ check }) => own.has(check))).toEqual([]);
  return report.findings.map(({ check }) => check).sort();
}

describe.concurrent.each(lessons)("the lesson $id", (lesson) => {
  const expected = { vulnerable: [...lesson.scan.checks].sort(), fixed: [], gateway: [] };

  it.for(variants)("is what it says: %s", { timeout: withinMs }, async (variant) => {
    const isVulnerable = variant === "vulnerable";
    const isRestarted = lesson.id === "crash" && isVulnerable;
    const came = await onStage(lesson, variant, async (url) => ({
      worked: await attack(lesson, url),
      found: isRestarted ? [] : await findings(lesson, variant, url),
    }));
    const found = isRestarted
      ? await onStage(lesson, variant, (url) => findings(lesson, variant, url))
      : came.found;
    expect({ worked: came.worked, found }).toEqual({ worked: isVulnerable, found: expected[variant] });
  });
});

/** The lint rules that see something in the files of a variant. */
async function lintRules(lesson: Lesson, variant: "vulnerable" | "fixed"): Promise<Set<string>> {
  const folder = fileURLToPath(folderOf(lesson));
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.startsWith(variant) && /\.(?:ts|js)$/.test(name));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  const messages = texts.flatMap((text, at) => lintSource(folder, join(folder, files[at] ?? ""), text));
  return new Set(messages.map(({ ruleId }) => (ruleId ?? "not parsed").replace("sallyport/", "")));
}

describe("the lab", () => {
  it.for(lessons)(
    "names the lint rules that see $id in the code, and not once it is mended",
    async (lesson) => {
      const mended = await lintRules(lesson, "fixed");
      const seen = [...(await lintRules(lesson, "vulnerable"))].filter((rule) => !mended.has(rule));
      expect(seen.sort()).toEqual([...lesson.lintRules].sort());
    },
  );

  it("names checks that exist, and lines that stand in each configuration", async () => {
    const ids = new Set(builtInChecks.map(({ id }) => id));
    expect(everyonesChecks.filter((id) => !ids.has(id))).toEqual([]);
    for (const lesson of lessons) {
      const config = await readFile(new URL("sallyport.yaml", folderOf(lesson)), "utf8");
      const lines = config.split("\n").map((line) => line.trim());
      const missing = lesson.gateLines.filter((start) => !lines.some((line) => line.startsWith(start)));
      expect([lesson.id, missing]).toEqual([lesson.id, []]);
    }
  });

  it("gives commands that find the same", { timeout: withinMs }, async () => {
    for (const id of ["origin", "leaks"]) {
      const lesson = lessons.find((each) => each.id === id);
      if (lesson === undefined) throw new Error(id);
      await onStage(lesson, "vulnerable", async (url) => {
        const words = scanCommand(lesson, url).match(/'[^']*'|\S+/g) ?? [];
        const [, , ...args] = words.map((word) => word.replaceAll("'", ""));
        let out = "";
        const terminal = { out: (text: string) => void (out += text), err: () => undefined };
        const code = await main([...args, "--patience", "150", "--rate", "1000"], {
          ...terminal,
          colour: false,
          isWatched: false,
        });
        expect([code, lesson.scan.checks.filter((check) => !out.includes(`[${check},`))]).toEqual([1, []]);
      });
    }
  });
});

describe("lineDiff", () => {
  it("keeps what both have, and says what went and what came, in order", () => {
    expect(lineDiff("a\nb\nc\n", "a\nx\nc\nd\n").map(({ sign, text }) => sign + text)).toEqual([
      " a",
      "-b",
      "+x",
      " c",
      "+d",
    ]);
    expect(lineDiff("a", "a")).toEqual([{ sign: " ", text: "a" }]);
  });
});
