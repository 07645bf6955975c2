import { fileURLToPath } from "node:url";
import { firstMatch, startChild } from "../child.ts";
import { cpuNanoseconds } from "../process-meter.ts";
import type { Seen } from "./clients.ts";
import type { FeedShape } from "./feed.ts";
import type { Setup, Stage } from "./setups.ts";

/** What is measured, and for how long. */
export interface Cell {
  readonly setup: Setup;
  readonly shape: FeedShape;
  readonly clients: number;
  /** Seconds that are measured, and that go before. */
  readonly seconds: number;
  readonly warming: number;
}

/** Below this share of the feed the servers did not keep up. Above it is what falls on either side of the time that was measured. */
export const KEPT_UP = 0.95;

/** What one run found. */
export interface Found {
  /** Bytes that a client received and sent in a second: heads, frames and contents, without TCP's and IP's own. */
  readonly bytes: number;
  /** CPU microseconds of all server processes for each update that reached a client. */
  readonly cpu: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Of the updates that were made, how many reached each client: 1 where the servers kept up. */
  readonly share: number;
  /** Processors that the servers had in use: 1 where they have a core, and could do no more. */
  readonly busy: number;
}

/** Runs one setup with so many clients. @throws where a client is refused, or misses a message */
export async function measure(stage: Stage, cell: Cell): Promise<Found> {
  const { setup, shape, clients } = cell;
  const servers = await setup.start(stage, shape);
  const load = startChild(clientCommand(stage, cell, servers.port), "generator");
  try {
    await firstMatch(load, /^ready$/);
    const cpu = (): number => servers.pids.reduce((sum, pid) => sum + cpuNanoseconds(pid), 0);
    const before = cpu();
    const answer = firstMatch(load, /^seen (.*)$/);
    load.write("go");
    const [, text = ""] = await answer;
    const used = cpu() - before;
    const seen: Seen = JSON.parse(text);
    if (seen.gaps > 0) throw new Error(`${setup.name}: ${seen.gaps} messages were missed`);
    const share = seen.messages / (clients * shape.rate * seen.seconds);
    return {
      // By the feed's own rate: whether a message more or less fell into the time that was measured says nothing of bytes.
      bytes: ((seen.received + seen.sent) / seen.messages) * shape.rate * (share < KEPT_UP ? share : 1),
      cpu: used / 1000 / (seen.messages * shape.updates),
      medianMs: seen.medianMs,
      p99Ms: seen.p99Ms,
      share,
      busy: used / 1e9 / seen.seconds,
    };
  } finally {
    await load.stop();
    await servers.stop();
  }
}

function clientCommand(stage: Stage, cell: Cell, port: number): readonly string[] {
  const file = fileURLToPath(new URL("clients.ts", import.meta.url));
  const { setup, clients, seconds, warming } = cell;
  const { origin, tokens } = stage;
  const flags = { way: setup.way, port, clients, seconds, warming, tokens: tokens.tokensFile, origin };
  return [
    process.execPath,
    file,
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
  ];
}
