import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "../report.ts";
import { writeTokens } from "../tokens.ts";
import { Latencies } from "./latencies.ts";
import { openClients } from "./open-clients.ts";
import type { Order, Report } from "./server.ts";
import type { Ended } from "./silent.ts";

/** How much is measured. */
export interface LiveOptions {
  readonly sessions: number;
  readonly rounds: number;
  /** Is told how it goes. */
  readonly onProgress: (line: string) => void;
}

/** What live sessions feel. Medians over the rounds; a ratio compares with quiet times, as long, of the same round. */
export interface LiveFigures {
  /** Milliseconds until the one that was revoked had its Close. */
  readonly closedAfterMs: number;
  /** Milliseconds that a reload took, from the order to its answer. */
  readonly reloadMs: number;
  /** The 99th percentile, milliseconds, of the others' echo times in a quiet time. */
  readonly quietMs: number;
  /** The same while one is revoked, beside that. */
  readonly revoked: number;
  /** The same from a reload's order until the last of them is under its new guards. */
  readonly reloaded: number;
  /** The same in the first second of that alone. */
  readonly firstSecond: number;
  /** The same while nothing happens: how far the ratios can be believed. */
  readonly nothing: number;
}

/** Connections that talk; the others are silent. */
const TALKERS = 100;
const PHASE_MS = 4000;
/**
 * From a reload's order until everybody is under the new guards. The collector stops everybody for some milliseconds every few
 * seconds, reload or not: in a shorter time the 99th percentile says no more than whether one of its stops fell into it.
 */
const REBINDING_MS = 20_500;
const SECOND = 1000;
/** What was under way at the end of a time has its echo so much later. */
const ECHO_MS = 300;

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function start(file: string, args: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), [...args], {
    execArgv: ["--conditions=sallyport-source"],
  });
}

async function told<T>(child: ChildProcess): Promise<T> {
  // What our own processes send is what they say they send.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  return (await once(child, "message"))[0] as T;
}

/**
 * What happens to everybody else when one of many live sessions is revoked, and when a reload judges them all. Behind `attach`,
 * in a process of its own; so are the silent clients.
 */
export async function measureLive(options: LiveOptions): Promise<LiveFigures> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-live-"));
  const tokens = await writeTokens(directory, options.sessions);
  const lines = (await readFile(tokens.tokensFile, "utf8")).trimEnd().split("\n");
  const server = start("server.ts", [tokens.issuer, tokens.audience, tokens.keySetFile]);
  const { port } = await told<{ port: number }>(server);
  const silent = start("silent.ts", [String(port), tokens.tokensFile, String(TALKERS)]);
  try {
    await told(silent);
    const talkers = await openClients(port, lines.slice(0, TALKERS));
    options.onProgress(`${options.sessions} sessions are open`);
    const latencies = new Latencies();
    latencies.talk(talkers);
    await after(PHASE_MS);
    const live: Live = { server, silent, latencies };
    const rounds: LiveFigures[] = [];
    for (let round = 1; round <= options.rounds; round++) {
      rounds.push(await playRound(live, options.sessions - round, round));
      options.onProgress(`round ${round} of ${options.rounds}: ${JSON.stringify(rounds.at(-1))}`);
    }
    latencies.stop();
    for (const socket of talkers) socket.terminate();
    return medians(rounds);
  } finally {
    silent.disconnect();
    server.disconnect();
    await rm(directory, { recursive: true });
  }
}

interface Live {
  readonly server: ChildProcess;
  readonly silent: ChildProcess;
  readonly latencies: Latencies;
}

function medians(rounds: readonly LiveFigures[]): LiveFigures {
  const of = (name: keyof LiveFigures): number => median(rounds.map((round) => round[name]));
  return {
    closedAfterMs: of("closedAfterMs"),
    reloadMs: of("reloadMs"),
    quietMs: of("quietMs"),
    revoked: of("revoked"),
    reloaded: of("reloaded"),
    firstSecond: of("firstSecond"),
    nothing: of("nothing"),
  };
}

/** What was measured while something happened. */
interface Phase {
  readonly tookMs: number;
  /** The 99th percentile, milliseconds. */
  readonly p99: number;
  /** Of its first second. */
  readonly firstP99: number;
}

async function nothing(): Promise<void> {
  // That is what is measured.
}

/** @param lastsMs how long is measured, whatever happens first in that time */
async function during({ latencies }: Live, lastsMs: number, happens = nothing): Promise<Phase> {
  latencies.clear();
  const from = performance.now();
  await happens();
  const tookMs = performance.now() - from;
  await after(Math.max(0, lastsMs - tookMs));
  const until = performance.now();
  // What was under way at the end has its echo by then.
  await after(ECHO_MS);
  return { tookMs, p99: latencies.p99(from, until), firstP99: latencies.p99(from, from + SECOND) };
}

/** Each thing that happens stands between two quiet times that are as long. */
async function playRound(live: Live, victim: number, round: number): Promise<LiveFigures> {
  const beforeRevoked = await during(live, PHASE_MS);
  let closedAfterMs = Number.NaN;
  const revoked = await during(live, PHASE_MS, async () => {
    closedAfterMs = await revoke(live, victim);
  });
  const afterRevoked = await during(live, PHASE_MS);
  const beforeReloaded = await during(live, REBINDING_MS);
  const reloaded = await during(live, REBINDING_MS, () => reload(live, round));
  const afterReloaded = await during(live, REBINDING_MS);
  const quietMs = (beforeReloaded.p99 + afterReloaded.p99) / 2;
  return {
    closedAfterMs,
    reloadMs: reloaded.tookMs,
    quietMs,
    revoked: revoked.p99 / ((beforeRevoked.p99 + afterRevoked.p99) / 2),
    reloaded: reloaded.p99 / quietMs,
    firstSecond: reloaded.firstP99 / quietMs,
    nothing: afterReloaded.p99 / beforeReloaded.p99,
  };
}

async function order(server: ChildProcess, what: Order): Promise<Report> {
  const answered = told<Report>(server);
  server.send(what);
  return await answered;
}

/** How long it took, milliseconds. */
async function revoke({ server, silent }: Live, victim: number): Promise<number> {
  const from = performance.now();
  const closing = told<Ended>(silent);
  await order(server, { do: "revoke", user: `user-${victim}` });
  const { index, code } = await closing;
  if (index !== victim || code !== 4540) throw new Error(`session ${index} was closed with ${code}`);
  return performance.now() - from;
}

/** Each reload has another rule, so that each session is judged anew. */
async function reload({ server }: Live, round: number): Promise<void> {
  const report = await order(server, { do: "reload", allow: `identity.user != "nobody-${round}"` });
  if (!("kept" in report) || report.closed > 0)
    throw new Error(`the reload closed sessions: ${JSON.stringify(report)}`);
}
