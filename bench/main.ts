import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Case, cases } from "./cases.ts";
import { findProgram, pinned } from "./child.ts";
import { LoadGenerator } from "./load-generator.ts";
import { type Findings, missedGoals, renderReport } from "./report.ts";
import {
  MESSAGES_HEADING,
  NODES_HEADING,
  RIGHTS_HEADING,
  SHARED_HEADING,
  sectionOf,
} from "./results-page.ts";
import { type Bench, type Figures, measureCase, measureMemory, tokensNeeded } from "./rounds.ts";
import { gatewayTargets, type RunningTarget, type Target, targets } from "./targets.ts";
import { writeTlsFiles } from "./tls-files.ts";
import { writeTokens } from "./tokens.ts";

const USAGE = `npm run bench -- [options]

  --cases a,b       ${cases.map(({ name }) => name).join(", ")}
  --targets a,b     ${targets.map(({ name }) => name).join(", ")}
  --rounds N        rounds after the warm-up; default 7
  --gateway N=PATH  measures another checkout's bin/sallyport.js beside this one, as N
  --quiet           shows the tables only
  --write           writes bench/RESULTS.md
`;

/** Looked at before anything is started. */
const [loadBefore = 0] = loadavg();
const ORIGIN = "http://bench.example";

interface Choice {
  readonly cases: readonly Case[];
  readonly targets: readonly Target[];
  readonly missing: readonly string[];
  readonly rounds: number;
  readonly quiet: boolean;
  readonly write: boolean;
}

function readChoice(): Choice {
  const { values } = parseArgs({
    options: {
      cases: { type: "string" },
      targets: { type: "string" },
      rounds: { type: "string", default: "7" },
      gateway: { type: "string", multiple: true, default: [] },
      quiet: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
  });
  const others = values.gateway.map(readGateway).flatMap(gatewayTargets);
  const chosenCases = pick(cases, values.cases?.split(","), "case");
  const chosen = [...others, ...pick(targets, values.targets?.split(","), "target")];
  const found = chosen.filter(({ over }) => chosenCases.some((each) => each.over === over));
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds: expected a number from 1 on");
  return {
    cases: chosenCases,
    targets: found.filter((target) => !isMissing(target)),
    missing: found.filter(isMissing).map(({ name, needs }) => `${name} (needs ${needs})`),
    rounds,
    quiet: values.quiet,
    write: values.write,
  };
}

function isMissing({ needs }: Target): boolean {
  return needs !== null && findProgram(needs) === null;
}

function readGateway(text: string): { name: string; path: string } {
  const [name = "", path = ""] = text.split("=", 2);
  if (path === "") throw new Error("--gateway: expected NAME=PATH");
  return { name, path };
}

function pick<T extends { readonly name: string }>(
  all: readonly T[],
  names: readonly string[] | undefined,
  what: string,
): readonly T[] {
  const unknown = names?.filter((name) => !all.some((each) => each.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`no such ${what}: ${unknown.join(", ")}`);
  return names === undefined ? all : all.filter(({ name }) => names.includes(name));
}

async function measure(choice: Choice, bench: Bench): Promise<ReadonlyMap<Case, Figures>> {
  const found = new Map<Case, Figures>();
  for (const over of new Set(choice.cases.map((each) => each.over))) {
    const targetsOver = choice.targets.filter((target) => target.over === over);
    await measureOver(
      { ...choice, cases: choice.cases.filter((each) => each.over === over), targets: targetsOver },
      bench,
      found,
    );
  }
  return found;
}

/** Everything over one transport: its targets run at the same time. */
async function measureOver(choice: Choice, bench: Bench, found: Map<Case, Figures>): Promise<void> {
  const running = new Map<string, RunningTarget>();
  try {
    for (const target of choice.targets) running.set(target.name, await target.start(bench.stage));
    for (const each of choice.cases)
      if (each.kind !== "idle") found.set(each, await measureCase(bench, each, running));
  } finally {
    await Promise.all([...running.values()].map((target) => target.stop()));
  }
  for (const each of choice.cases)
    if (each.kind === "idle") found.set(each, await measureMemory(bench, each, choice.targets));
}

async function main(): Promise<void> {
  const choice = readChoice();
  for (const name of choice.missing) console.log(`not installed, left out: ${name}`);
  if (!pinned) console.log("one core, or no taskset: generator and target share cores");
  const directory = await mkdtemp(join(tmpdir(), "sallyport-bench-"));
  let generator: LoadGenerator | null = null;
  try {
    const needed = tokensNeeded(choice.cases, choice.targets, choice.rounds);
    const tokens = await writeTokens(directory, needed);
    generator = await LoadGenerator.start({ directory, origin: ORIGIN, tokensFile: tokens.tokensFile });
    const tls = await writeTlsFiles(directory);
    const stage = { backend: generator.backendPort, directory, origin: ORIGIN, tokens, tls };
    if (!generator.tls && choice.cases.some(({ over }) => over === "tls"))
      throw new Error(
        "the load generator was built without TLS: install OpenSSL's headers (Debian: apt-get install libssl-dev)",
      );
    const note = (text: string): void => void (choice.quiet || console.log(text));
    const byCase = await measure(choice, { generator, stage, rounds: choice.rounds, note });
    await tell(choice, byCase);
  } finally {
    await generator?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function tell(choice: Choice, byCase: ReadonlyMap<Case, Figures>): Promise<void> {
  const findings: Findings = {
    targets: choice.targets,
    missing: choice.missing,
    rounds: choice.rounds,
    loadBefore,
    byCase,
  };
  const page = renderReport(findings);
  console.log(`\n${page}`);
  if (choice.write) {
    const file = new URL("RESULTS.md", import.meta.url);
    // What the other commands measured stands on the same page, and stays.
    const before = await readFile(file, "utf8");
    const others = [MESSAGES_HEADING, RIGHTS_HEADING, NODES_HEADING, SHARED_HEADING]
      .map((heading) => sectionOf(before, heading).trimEnd())
      .filter((section) => section !== "");
    await writeFile(file, [page.trimEnd(), ...others, ""].join("\n"));
  }
  const missed = missedGoals(findings);
  for (const goal of missed) console.log(`missed: ${goal}`);
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = 2;
}
