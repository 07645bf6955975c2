/**
 * What state that gateways share costs them, and how fast it is: two gateways (`sallyport run`) with state in memory and two with a real redis-server,
 * in turns. `npm run bench:shared -- [--seconds 5] [--rounds 5] [--revocations 200] [--silent 1000] [--handshakes 1000] [--only PART]
 * [--write]`; `--write` puts the table into RESULTS.md.
 */
import { rmSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { atExit } from "./at-exit.ts";
import { LoadGenerator } from "./load-generator.ts";
import { startEngine } from "./nodes/engine.ts";
import { SHARED_HEADING, withSection } from "./results-page.ts";
import { startPair, type GatePair } from "./shared/gate-pair.ts";
import { measureRevocations, openSilent, wordsOf } from "./shared/revocations.ts";
import { quantile } from "./quantile.ts";
import { measureHandshakes, type Handshakes } from "./shared/tickets.ts";
import {
  beginTraffic,
  measureRest,
  measureTraffic,
  TALKERS,
  type Bench,
  type Traffic,
} from "./shared/traffic.ts";
import { writeTokens } from "./tokens.ts";
import { median } from "./report.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "5" },
    /** Users who are revoked one after the other. */
    revocations: { type: "string", default: "200" },
    /** Users who are connected meanwhile, at both gates, and say nothing. */
    silent: { type: "string", default: "1000" },
    /** In one round of one pair. */
    handshakes: { type: "string", default: "1000" },
    rates: { type: "string", default: "2000,20000" },
    only: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
const [revocations, silent, handshakes] = [
  Number(values.revocations),
  Number(values.silent),
  Number(values.handshakes),
];

const rates = values.rates.split(",").map(Number);
const ORIGIN = "https://app.example.com";

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const lines: string[] = [];
function row(
  what: string,
  found: string,
  mark: { readonly atMost: number; readonly value: number } | null,
): void {
  const reached = mark === null ? "" : mark.value <= mark.atMost ? "reached" : "**missed**";
  lines.push(`| ${what} | ${found} | ${mark?.atMost ?? ""} | ${reached} |`);
}

/** One figure of every round. */
function of<Name extends string>(
  all: readonly Readonly<Record<Name, number>>[],
  figure: Name,
): readonly number[] {
  return all.map((one) => one[figure]);
}

function spread(all: readonly number[], digits: number): string {
  const show = (share: number): string => quantile(all, share).toFixed(digits);
  return `${show(0.5)} (${show(0)} to ${show(1)})`;
}

const directory = await mkdtemp(join(tmpdir(), "sallyport-shared-"));
atExit(() => rmSync(directory, { recursive: true, force: true }));
const tokens = await writeTokens(directory, TALKERS.users + silent + handshakes);
const allTokens = (await readFile(tokens.tokensFile, "utf8")).trimEnd().split("\n");
const engine = await startEngine();
const generator = await LoadGenerator.start({ directory, origin: ORIGIN, tokensFile: tokens.tokensFile });
const pairs: GatePair[] = [];
let memory: GatePair;
let redis: GatePair;
async function pairWith(name: string, state: unknown): Promise<GatePair> {
  const facts = { origin: ORIGIN, tokens, backend: generator.backendPort, state };
  const pair = await startPair({ ...facts, directory: join(directory, name) });
  pairs.push(pair);
  return pair;
}

/** The same of both pairs, in turns; the first round warms. */
async function inTurns<Found>(
  measure: (pair: GatePair) => Promise<Found>,
): Promise<{ readonly memory: readonly Found[]; readonly redis: readonly Found[] }> {
  const found: { readonly memory: Found[]; readonly redis: Found[] } = { memory: [], redis: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const [name, pair] of [
      ["memory", memory],
      ["redis", redis],
    ] as const) {
      const one = await measure(pair);
      say(`${round === 0 ? "to warm" : `round ${round}`}, ${name}: ${JSON.stringify(one)}`);
      if (round > 0) found[name].push(one);
    }
  }
  return found;
}

/** Of each round the one beside the other. */
function ratios<Found>(
  { memory: plain, redis: shared }: { readonly memory: readonly Found[]; readonly redis: readonly Found[] },
  figure: (of: Found) => number,
): number {
  return median(shared.map(figure)) / median(plain.map(figure));
}

async function traffic(bench: Bench): Promise<void> {
  const rest = await measureRest(bench, { memory, redis });
  say(`at rest: ${JSON.stringify(rest)}`);
  for (const rate of rates) {
    const found = await inTurns<Traffic>((pair) => measureTraffic(bench, pair, rate));
    const { memory: plain, redis: shared } = found;
    const ratio = ratios(found, ({ gates }) => gates);
    const at = `${rate.toLocaleString("en")} messages/s`;
    row(`${at}: CPU of both gates for each, memory, µs`, spread(of(plain, "gates"), 1), null);
    row(`the same with Redis, µs`, spread(of(shared, "gates"), 1), null);
    row(`with Redis beside memory`, ratio.toFixed(3), { atMost: 1.05, value: ratio });
    row(`CPU of the engine for each, µs`, spread(of(shared, "engine"), 2), null);
    const asked = median(of(shared, "asked"));
    row(`operations of the engine for each`, spread(of(shared, "asked"), 4), { atMost: 0.01, value: asked });
    row(`commands that it executed for them, within scripts`, spread(of(shared, "executed"), 4), null);
    if (Math.abs(median(of(shared, "perSecond")) / rate - 1) > 0.02) say(`${at} were not reached`);
  }
  row(
    "operations of the engine while nobody says anything, of both gates",
    `${rest.asked.toFixed(1)}/s`,
    null,
  );
  const [plain, shared] = [rest.memory / 1000, rest.redis / 1000];
  row("CPU of both gates then, memory and Redis", `${plain.toFixed(2)}, ${shared.toFixed(2)} ms/s`, null);
}

async function revoking(bench: Bench): Promise<void> {
  const users = allTokens
    .slice(TALKERS.users, TALKERS.users + silent)
    .map((token, index) => ({ user: `user-${TALKERS.users + index}`, token }));
  const all = { origin: ORIGIN, users };
  const sockets = await openSilent(redis, all);
  await beginTraffic(bench.generator, redis, 2000, 3600);
  say(`${2 * sockets.length} sockets are open beside ${TALKERS.connections}`);
  const { here, there } = await measureRevocations(redis, sockets.slice(0, revocations), all);
  for (const pair of sockets) for (const socket of pair) socket.terminate();
  await bench.generator.close();
  const what = `${here.length} revocations, ${2 * silent} sockets, 2,000 messages/s`;
  row(`${what}: closed at the gate that was told: median, p99, longest`, wordsOf(here), null);
  const p99 = quantile(there, 0.99);
  row("the same at the other gate", wordsOf(there), { atMost: 1000, value: p99 });
}

async function shaking(): Promise<void> {
  // Others than those that were revoked.
  const callers = { origin: ORIGIN, tokens: allTokens.slice(TALKERS.users + silent), count: handshakes };
  const found = await inTurns<Handshakes>((pair) => measureHandshakes(pair, callers));
  const ratio = ratios(found, ({ gates }) => gates);
  for (const [name, all] of [
    ["memory", found.memory],
    ["Redis", found.redis],
  ] as const) {
    row(`a handshake with a ticket, ${name}: CPU of the gates, µs`, spread(of(all, "gates"), 0), null);
    const [middle, late] = [median(of(all, "medianMs")), median(of(all, "p99Ms"))];
    row(
      `until it is open, eight at a time: median, p99`,
      `${middle.toFixed(1)}, ${late.toFixed(1)} ms`,
      null,
    );
  }
  row("handshakes: CPU with Redis beside memory", ratio.toFixed(2), { atMost: 1.3, value: ratio });
}

try {
  memory = await pairWith("memory", "memory");
  // A busy machine is no outage.
  const url = `redis://127.0.0.1:${engine.port}`;
  redis = await pairWith("redis", { redis: { url, timeout: "5s" } });
  const bench: Bench = { generator, engine, seconds };
  const parts = { traffic: () => traffic(bench), revocations: () => revoking(bench), tickets: shaking };
  for (const [name, part] of Object.entries(parts)) if ((values.only ?? name) === name) await part();
} finally {
  await generator.stop();
  await Promise.all(pairs.map((pair) => pair.stop()));
  await engine.stop();
}
const section = [
  `Written by \`npm run bench:shared -- --write\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}. Medians of ${rounds} rounds in turns, with the least and the most.`,
  "",
  "| two gateways | found | at most | |",
  "| --- | --: | --: | --- |",
  ...lines,
].join("\n");
console.log(section);
if (values.write) {
  const file = new URL("RESULTS.md", import.meta.url);
  await writeFile(file, withSection(await readFile(file, "utf8"), SHARED_HEADING, section));
}
