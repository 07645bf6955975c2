import { setTimeout as delay } from "node:timers/promises";
import type { Engine, EngineSpent } from "./engine.ts";
import { Asked, createVirtualNode, type VirtualNode } from "./virtual-node.ts";
import { quantile } from "../quantile.ts";

/** What a run is about. */
export interface FleetOptions {
  readonly nodes: number;
  /** Of each node. */
  readonly connections: number;
  /** Of each steady phase. */
  readonly seconds: number;
  /** The share of nodes that is lost at once. */
  readonly lost: number;
  readonly leaseMs: number;
  readonly orders: number;
}

/** The virtual nodes of a run. */
export interface Fleet {
  readonly engine: Engine;
  readonly options: FleetOptions;
  nodes: VirtualNode[];
}

/** What was found, in words. */
type Rows = readonly (readonly [what: string, found: string])[];

const asked = new Asked();
let onOrder = (): void => {};
const MESSAGES_PER_SECOND = 5;
/** Handshakes that one node has under way at once. */
const AT_ONCE = 32;

const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
const perSecond = (value: number): string => `${Math.round(value).toLocaleString("en")}/s`;

const spread = (values: readonly number[]): string =>
  `${ms(quantile(values, 0.5))}, ${ms(quantile(values, 0.99))}, ${ms(quantile(values, 1))}`;

interface Measured {
  readonly seconds: number;
  readonly operations: number;
  readonly engine: EngineSpent;
}

/** What was asked of the engine meanwhile, and what that cost it. */
async function measure({ engine }: Fleet, run: () => Promise<unknown>): Promise<Measured> {
  const [before, commands, began] = [await engine.spent(), asked.commands, performance.now()];
  await run();
  const seconds = (performance.now() - began) / 1000;
  const after = await engine.spent();
  return {
    seconds,
    operations: after.scripts - before.scripts + asked.commands - commands,
    engine: {
      asked: after.asked - before.asked,
      commands: after.commands - before.commands,
      scripts: after.scripts - before.scripts,
      cpuSeconds: after.cpuSeconds - before.cpuSeconds,
      memoryBytes: after.memoryBytes,
      outputBytes: after.outputBytes - before.outputBytes,
    },
  };
}

async function until(isSo: () => boolean, withinMs = 600_000): Promise<number> {
  const began = performance.now();
  while (!isSo()) {
    if (performance.now() - began > withinMs) throw new Error("it does not come to that");
    await delay(5);
  }
  return performance.now() - began;
}

/** Starts every node, and waits until each knows all others. */
export async function runJoin(fleet: Fleet): Promise<Rows> {
  const { engine, options } = fleet;
  const began = performance.now();
  for (let index = 0; index < options.nodes; index++) {
    const name = `node-${index}`;
    const { leaseMs } = options;
    fleet.nodes.push(
      createVirtualNode({ name, port: engine.port, asked, leaseMs, onOrder: () => onOrder() }),
    );
    if (index % 50 === 49) await delay(5);
  }
  await until(() => fleet.nodes.every(({ nodes }) => nodes.alive.length === options.nodes));
  return [["until each node knows all others", ms(performance.now() - began)]];
}

/** What nodes ask that do nothing. */
export async function runIdle(fleet: Fleet): Promise<Rows> {
  const { seconds, operations, engine } = await measure(fleet, () => delay(fleet.options.seconds * 1000));
  const { nodes } = fleet.options;
  return [
    ["idle: operations of one node", perSecond(operations / seconds / nodes)],
    ["idle: share of the engine's core", `${((engine.cpuSeconds / seconds) * 100).toFixed(1)} %`],
    ["idle: bytes from the engine, of all nodes", perSecond(engine.outputBytes / seconds)],
  ];
}

/** Has these nodes open so many connections each, as fast as they can. What each took, milliseconds. */
async function connectAll(nodes: readonly VirtualNode[], each: number, prefix: string): Promise<number[]> {
  const took: number[] = [];
  const work = nodes.map(async (node) => {
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < each) {
        next += 1;
        const waited = await node.connect(`${prefix}-${node.name}-${next}`);
        if (waited !== null) took.push(waited);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, each) }, lane));
  });
  await Promise.all(work);
  return took;
}

/** Opens every connection, and has each send five messages a second. */
export async function runMessages(fleet: Fleet): Promise<Rows> {
  const { connections, seconds: runFor } = fleet.options;
  let took: number[] = [];
  const opened = await measure(fleet, async () => {
    took = await connectAll(fleet.nodes, connections, "user");
  });
  let [messages, waited] = [0, 0];
  const rounds = runFor * MESSAGES_PER_SECOND;
  const sent = await measure(fleet, async () => {
    for (let round = 0; round < rounds; round++) {
      const began = performance.now();
      for (const node of fleet.nodes) {
        waited += node.send(performance.now());
        messages += node.open();
      }
      await delay(Math.max(0, 1000 / MESSAGES_PER_SECOND - (performance.now() - began)));
    }
  });
  const idle = await measure(fleet, () => delay(runFor * 1000));
  const ofMessages = sent.operations - (idle.operations / idle.seconds) * sent.seconds;
  return [
    ["connections opened at once, all nodes", perSecond(took.length / opened.seconds)],
    ["an entry: median, 99th percentile, longest", spread(took)],
    ["an entry: CPU of the engine", `${((opened.engine.cpuSeconds / took.length) * 1e6).toFixed(1)} µs`],
    ["memory of the engine for a connection", `${Math.round(opened.engine.memoryBytes / took.length)} B`],
    [
      `messages, ${messages.toLocaleString("en")}: operations of each`,
      Math.max(0, ofMessages / messages).toFixed(4),
    ],
    ["messages that waited", String(waited)],
  ];
}

/** Loses nodes at once, whose connections all come back to the others. */
export async function runStorm(fleet: Fleet): Promise<Rows> {
  const count = Math.max(1, Math.round(fleet.options.nodes * fleet.options.lost));
  const [lost, left] = [fleet.nodes.slice(0, count), fleet.nodes.slice(count)];
  const gone = lost.reduce((sum, node) => sum + node.open(), 0);
  for (const node of lost) node.close();
  fleet.nodes = left;
  const forgotten = until(() => left.every(({ nodes }) => nodes.alive.length <= left.length));
  let took: number[] = [];
  const storm = await measure(fleet, async () => {
    took = await connectAll(left, Math.ceil(gone / left.length), "back");
  });
  return [
    [`${count} nodes lost with ${gone.toLocaleString("en")} connections: all back`, ms(storm.seconds * 1000)],
    ["of them a second", perSecond(took.length / storm.seconds)],
    ["an entry meanwhile: median, 99th percentile, longest", spread(took)],
    [`until the others have forgotten them (lease ${ms(fleet.options.leaseMs)})`, ms(await forgotten)],
  ];
}

/** Orders of one node to all others, as a kill or a revocation of what others carry. */
export async function runFanOut(fleet: Fleet): Promise<Rows> {
  let sentAt = 0;
  const reached: number[] = [];
  onOrder = () => void reached.push(performance.now() - sentAt);
  const answered: number[] = [];
  let silent = 0;
  for (let index = 0; index < fleet.options.orders; index++) {
    const node = fleet.nodes[index % fleet.nodes.length];
    if (node === undefined) continue;
    sentAt = performance.now();
    const { unanswered } = await node.orders.askAll({ name: "kill", parameters: ["x"], lastsMs: 10_000 });
    answered.push(performance.now() - sentAt);
    silent += unanswered.length;
    await delay(10);
  }
  return [
    ["an order reaches another node: median, 99th percentile, longest", spread(reached)],
    ["all have answered: median, 99th percentile, longest", spread(answered)],
    ["nodes that did not answer in time", String(silent)],
  ];
}
