/**
 * What happens to everybody else when one of many live sessions is revoked, and when a reload judges them all. Latencies are of
 * echoes that go on all the time; a ratio compares them with those of the same run while nothing happened.
 * `npm run bench:live -- [--sessions 10000] [--rounds 3]`
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { WebSocket } from "ws";
import type { Order, Report } from "./live/server.ts";
import { writeTokens } from "./tokens.ts";

const { values } = parseArgs({
  options: { sessions: { type: "string", default: "10000" }, rounds: { type: "string", default: "3" } },
});
const sessions = Number(values.sessions);
const rounds = Number(values.rounds);
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

function median(numbers: readonly number[]): number {
  return numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

const directory = await mkdtemp(join(tmpdir(), "sallyport-live-"));
const tokens = await writeTokens(directory, sessions);
const lines = (await readFile(tokens.tokensFile, "utf8")).trimEnd().split("\n");
const server = fork(
  fileURLToPath(new URL("live/server.ts", import.meta.url)),
  [tokens.issuer, tokens.audience, tokens.keySetFile],
  { execArgv: ["--conditions=sallyport-source"] },
);
try {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  const [{ port }] = (await once(server, "message")) as [{ port: number }];
  const sockets: WebSocket[] = [];
  for (let index = 0; index < sessions; index += OPENING) {
    sockets.push(
      ...(await Promise.all(lines.slice(index, index + OPENING).map((token) => open(port, token)))),
    );
    process.stderr.write(`\r${sockets.length} sessions`);
  }
  process.stderr.write("\n");
  for (const socket of sockets) socket.on("error", () => {});
  for (const socket of sockets.slice(0, TALKERS)) talk(socket);
  await after(PHASE_MS);
  const found: Record<"revoked" | "closedAfterMs" | "reloaded", number[]> = {
    revoked: [],
    closedAfterMs: [],
    reloaded: [],
  };
  for (let round = 1; round <= rounds; round++) {
    latencies.takeP99();
    await after(PHASE_MS);
    const quiet = latencies.takeP99();
    const victim = sockets[sessions - round];
    if (victim === undefined) throw new Error("more rounds than sessions");
    const closed = once(victim, "close");
    const from = performance.now();
    await order(server, { do: "revoke", user: `user-${sessions - round}` });
    // eslint-disable-next-line typescript/no-unsafe-type-assertion
    const [code] = (await closed) as [number];
    const closedAfterMs = performance.now() - from;
    if (code !== 4540) throw new Error(`the revoked session was closed with ${code}`);
    await after(PHASE_MS);
    const revoked = latencies.takeP99();
    // Each reload has another rule, so that each session is judged anew.
    const report = await order(server, { do: "reload", allow: `identity.user != "nobody-${round}"` });
    await after(PHASE_MS);
    const reloaded = latencies.takeP99();
    if (!("kept" in report) || report.closed > 0)
      throw new Error(`the reload closed sessions: ${JSON.stringify(report)}`);
    found.revoked.push(revoked / quiet);
    found.closedAfterMs.push(closedAfterMs);
    found.reloaded.push(reloaded / quiet);
    console.log(
      `round ${round}: p99 ${quiet.toFixed(2)} ms; one revoked after ${closedAfterMs.toFixed(0)} ms, p99 ${revoked.toFixed(2)} ms; ${report.kept} judged anew, p99 ${reloaded.toFixed(2)} ms`,
    );
  }
  console.log(`\nof ${sessions} live sessions, medians of ${rounds} rounds`);
  console.log(
    `  one revoked is closed after   ${median(found.closedAfterMs).toFixed(0)} ms   (at most 1000)`,
  );
  console.log(`  the others' p99 meanwhile     ${median(found.revoked).toFixed(2)}x  (at most 1.1)`);
  console.log(`  the others' p99 at a reload   ${median(found.reloaded).toFixed(2)}x  (at most 2)`);
  for (const socket of sockets) socket.terminate();
} finally {
  server.disconnect();
  await rm(directory, { recursive: true });
}
