import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { median } from "../report.ts";
import type { Order, Report } from "./server.ts";
import { writeTokens } from "../tokens.ts";

/** How much is measured. */
export interface LiveOptions {
  readonly sessions: number;
  readonly rounds: number;
  /** Is told how it goes. */
  readonly onProgress: (line: string) => void;
}

/** What live sessions feel. Medians over the rounds; a ratio compares with the same run while nothing happened. */
export interface LiveFigures {
  /** Milliseconds until the one that was revoked had its Close. */
  readonly closedAfterMs: number;
  /** The others' 99th percentile of echo times meanwhile. */
  readonly revoked: number;
  /** The same while a reload judged all of them. */
  readonly reloaded: number;
}

/** Connections that talk; the others are silent. */
const TALKERS = 100;
const EVERY_MS = 50;
const PHASE_MS = 4000;
const OPENING = 100;

/** Latencies of echoes, milliseconds, since the last `take`. */
class Latencies {
  #samples: number[] = [];

  add(ms: number): void {
    this.#samples.push(ms);
  }

  /** @returns the 99th percentile of what was measured since the last call */
  takeP99(): number {
    const sorted = this.#samples.toSorted((left, right) => left - right);
    this.#samples = [];
    return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
  }
}

const latencies = new Latencies();

function open(port: number, token: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, {
    headers: { Authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.once("error", reject);
  });
}

function talk(socket: WebSocket): void {
  let sentAt = 0;
  socket.on("message", () => {
    latencies.add(performance.now() - sentAt);
    setTimeout(send, EVERY_MS);
  });
  const send = (): void => {
    if (socket.readyState !== WebSocket.OPEN) return;
    sentAt = performance.now();
    socket.send("x".repeat(125));
  };
  send();
}

async function order(server: ChildProcess, what: Order): Promise<Report> {
  const answered = once(server, "message");
  server.send(what);
  // What the server sends is what it says it sends.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  return (await answered)[0] as Report;
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * What happens to everybody else when one of many live sessions is revoked, and when a reload judges them all. Behind `attach`,
 * in a process of its own.
 */
export async function measureLive(options: LiveOptions): Promise<LiveFigures> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-live-"));
  const tokens = await writeTokens(directory, options.sessions);
  const lines = (await readFile(tokens.tokensFile, "utf8")).trimEnd().split("\n");
  const server = fork(
    fileURLToPath(new URL("server.ts", import.meta.url)),
    [tokens.issuer, tokens.audience, tokens.keySetFile],
    { execArgv: ["--conditions=sallyport-source"] },
  );
  try {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion
    const [{ port }] = (await once(server, "message")) as [{ port: number }];
    const sockets = await openAll(port, lines, options);
    for (const socket of sockets) socket.on("error", () => {});
    for (const socket of sockets.slice(0, TALKERS)) talk(socket);
    await after(PHASE_MS);
    const rounds: LiveFigures[] = [];
    for (let round = 1; round <= options.rounds; round++) {
      rounds.push(await playRound(server, sockets, round));
      options.onProgress(`round ${round} of ${options.rounds}`);
    }
    for (const socket of sockets) socket.terminate();
    return {
      closedAfterMs: median(rounds.map(({ closedAfterMs }) => closedAfterMs)),
      revoked: median(rounds.map(({ revoked }) => revoked)),
      reloaded: median(rounds.map(({ reloaded }) => reloaded)),
    };
  } finally {
    server.disconnect();
    await rm(directory, { recursive: true });
  }
}

async function openAll(
  port: number,
  tokens: readonly string[],
  { sessions, onProgress }: LiveOptions,
): Promise<readonly WebSocket[]> {
  const sockets: WebSocket[] = [];
  for (let index = 0; index < sessions; index += OPENING)
    sockets.push(
      ...(await Promise.all(tokens.slice(index, index + OPENING).map((token) => open(port, token)))),
    );
  onProgress(`${sockets.length} sessions are open`);
  return sockets;
}

async function playRound(
  server: ChildProcess,
  sockets: readonly WebSocket[],
  round: number,
): Promise<LiveFigures> {
  latencies.takeP99();
  await after(PHASE_MS);
  const quiet = latencies.takeP99();
  const index = sockets.length - round;
  const victim = sockets[index];
  if (victim === undefined) throw new Error("more rounds than sessions");
  const closed = once(victim, "close");
  const from = performance.now();
  await order(server, { do: "revoke", user: `user-${index}` });
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  const [code] = (await closed) as [number];
  const closedAfterMs = performance.now() - from;
  if (code !== 4540) throw new Error(`the revoked session was closed with ${code}`);
  await after(PHASE_MS);
  const revoked = latencies.takeP99() / quiet;
  // Each reload has another rule, so that each session is judged anew.
  const report = await order(server, { do: "reload", allow: `identity.user != "nobody-${round}"` });
  if (!("kept" in report) || report.closed > 0)
    throw new Error(`the reload closed sessions: ${JSON.stringify(report)}`);
  await after(PHASE_MS);
  return { closedAfterMs, revoked, reloaded: latencies.takeP99() / quiet };
}
