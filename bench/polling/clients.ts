/**
 * The clients: many who follow the feed in one way, and look at what comes. It says `ready` when everybody has heard something and the
 * warming is over, measures for some seconds when it is told `go`, and says what it found as JSON. A process of its own.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as after } from "node:timers/promises";
import { parseArgs } from "node:util";
import { readMoment, sharedClock } from "./feed.ts";
import { follow, type Following, type Message, type Way } from "./followers.ts";

/** What the clients of one run saw in the time that was measured. */
export interface Seen {
  readonly seconds: number;
  /** Messages, over all clients. */
  readonly messages: number;
  /** Numbers that somebody missed. There must be none. */
  readonly gaps: number;
  /** Bytes from and to all clients. */
  readonly received: number;
  readonly sent: number;
  /** From the moment in which an update was made until a client had parsed it, milliseconds. */
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** Clients that open their connections at a time. */
const OPENING = 50;

const { values } = parseArgs({
  options: {
    way: { type: "string", default: "websocket" },
    port: { type: "string", default: "0" },
    clients: { type: "string", default: "1" },
    seconds: { type: "string", default: "1" },
    warming: { type: "string", default: "1" },
    tokens: { type: "string", default: "" },
    origin: { type: "string", default: "" },
  },
});
const count = Number(values.clients);
// The harness names one of the three.
// eslint-disable-next-line typescript/no-unsafe-type-assertion
const way = values.way as Way;
const tokens = readFileSync(values.tokens, "utf8").trimEnd().split("\n");

let measuring = false;
let messages = 0;
let gaps = 0;
const latencies: number[] = [];

function fail(error: Error): never {
  console.error(error);
  process.exit(1);
}

/** Connects one client. Resolves when it has heard something. */
function connectOne(number: number): Promise<Following> {
  const heard = Promise.withResolvers<void>();
  let last = -1;
  const onMessage = (message: Message): void => {
    const tookMs = (sharedClock() - readMoment(message.at)) / 1000;
    if (last === -1) heard.resolve();
    else if (message.number !== last + 1) gaps += 1;
    last = message.number;
    if (!measuring) return;
    messages += 1;
    latencies.push(tookMs);
  };
  const who = {
    number,
    port: Number(values.port),
    token: tokens[number % tokens.length] ?? "",
    origin: values.origin,
  };
  const following = follow[way](who, { onMessage, onFailure: fail });
  return heard.promise.then(() => following);
}

const all: Following[] = [];
while (all.length < count) {
  const some = Array.from(
    { length: Math.min(OPENING, count - all.length) },
    (_, index) => all.length + index,
  );
  all.push(...(await Promise.all(some.map(connectOne))));
}
await after(Number(values.warming) * 1000);

function bytes(of: "bytesRead" | "bytesWritten"): number {
  return all.reduce((sum, { socket }) => sum + (socket()?.[of] ?? 0), 0);
}

function percentile(part: number): number {
  return latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? Number.NaN;
}

async function measure(): Promise<Seen> {
  const [received, sent, began] = [bytes("bytesRead"), bytes("bytesWritten"), performance.now()];
  measuring = true;
  await after(Number(values.seconds) * 1000);
  measuring = false;
  latencies.sort((left, right) => left - right);
  return {
    seconds: (performance.now() - began) / 1000,
    messages,
    gaps,
    received: bytes("bytesRead") - received,
    sent: bytes("bytesWritten") - sent,
    medianMs: percentile(0.5),
    p99Ms: percentile(0.99),
  };
}

createInterface({ input: process.stdin }).once("line", () => {
  void measure().then((seen) => {
    console.log(`seen ${JSON.stringify(seen)}`);
    process.exit(0);
  });
});
console.log("ready");
