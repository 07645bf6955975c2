/**
 * The trading feed over long polling, server-sent events and WebSocket, with the guards on.
 * `npm run bench:polling -- [--clients 10,100,1000] [--seconds 3] [--rounds 3] [--setups poll,gate] [--write]`; `--write` writes
 * POLLING.md and the picture in the documents.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { drawPolling } from "./polling/chart.ts";
import type { FeedShape } from "./polling/feed.ts";
import { type Found, measure } from "./polling/measure.ts";
import { type Measured, renderPolling } from "./polling/page.ts";
import { allSetups, type Setup, type Stage } from "./polling/setups.ts";
import { median } from "./report.ts";
import { writeTokens } from "./tokens.ts";

const { values } = parseArgs({
  options: {
    clients: { type: "string", default: "10,100,1000" },
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
    setups: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const clientCounts = values.clients.split(",").map(Number);
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
const wanted = values.setups?.split(",");
const setups = allSetups.filter(({ name }) => wanted?.includes(name) ?? true);

/** What a page shows that follows one price, and the whole book of the trading example. */
const quotes: FeedShape = { name: "quotes", title: "Quotes", rate: 10, updates: 1 };
const book: FeedShape = { name: "book", title: "The whole book", rate: 50, updates: 100 };
/** A thousand readers of the whole book are five million updates a second: more than two cores parse. */
const mostBookReaders = 100;

const threeDecimals = (value: number): string => value.toFixed(3);

async function measureAll(stage: Stage): Promise<Measured[]> {
  const found = new Map<
    string,
    { readonly cell: Omit<Measured, "found">; readonly runs: (Found | null)[] }
  >();
  for (let round = 1; round <= rounds; round++)
    for (const shape of [quotes, book])
      for (const clients of clientCounts)
        for (const setup of setups) {
          if (shape === book && clients > mostBookReaders) continue;
          const run = await measureOne(stage, { setup, shape, clients, round });
          const key = `${shape.name} ${clients} ${setup.name}`;
          const entry = found.get(key) ?? { cell: { shape, clients, setup }, runs: [] };
          entry.runs.push(run);
          found.set(key, entry);
        }
  return [...found.values()].map(({ cell, runs }) => Object.assign(cell, { found: medians(runs) }));
}

interface Turn {
  readonly setup: Setup;
  readonly shape: FeedShape;
  readonly clients: number;
  readonly round: number;
}

/** `null`: it could not carry so many; its clients were closed, since they were told too late. */
async function measureOne(stage: Stage, { round, ...turn }: Turn): Promise<Found | null> {
  const found = await measure(stage, { ...turn, seconds, warming: 4 }).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    return null;
  });
  const told = Object.entries(found ?? {}).map(([name, value]) => `${name} ${threeDecimals(Number(value))}`);
  process.stderr.write(
    `${round}/${rounds} ${turn.shape.name} ${turn.clients} ${turn.setup.name}: ${told.join(", ")}\n`,
  );
  return found;
}

function medians(runs: readonly (Found | null)[]): Found | null {
  const good = runs.filter((run) => run !== null);
  if (good.length < runs.length) return null;
  const of = (name: keyof Found): number => median(good.map((run) => run[name]));
  return {
    bytes: of("bytes"),
    cpu: of("cpu"),
    medianMs: of("medianMs"),
    p99Ms: of("p99Ms"),
    share: of("share"),
    busy: of("busy"),
  };
}

const loadBefore = loadavg()[0] ?? 0;
const directory = await mkdtemp(join(tmpdir(), "sallyport-polling-"));
try {
  const origin = "https://trading.example";
  const tokens = await writeTokens(directory, Math.max(...clientCounts));
  const measured = await measureAll({ directory, origin, tokens });
  const page = renderPolling({ measured, rounds, seconds, loadBefore });
  console.log(page);
  if (values.write) {
    await writeFile(new URL("POLLING.md", import.meta.url), page);
    await writeFile(new URL("../docs/images/polling.svg", import.meta.url), drawPolling(measured));
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
