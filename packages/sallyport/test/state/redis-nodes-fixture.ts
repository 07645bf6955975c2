import { onTestFinished } from "vitest";
import type { GateEvent } from "../../src/events.ts";
import { createMemoryState } from "../../src/state/memory-state.ts";
import type { NodeTerms } from "../../src/state/node-terms.ts";
import type { RedisPlace } from "../../src/state/redis-client.ts";
import { createRedisState, type RedisState } from "../../src/state/redis-state.ts";
import type { StateSecret } from "../../src/state/state-secret.ts";
import type { SuiteNodes } from "./state-suite.ts";

/** A node of a test's own. */
export interface TestNode extends RedisState {
  /** What it told. */
  readonly events: GateEvent[];
  /** How often it was told that bans came. */
  readonly bansCame: () => number;
}

/** How a node differs from the others. */
export interface TestNodeOptions {
  readonly prefix?: string;
  readonly timeoutMs?: number;
  /** How far its clock is ahead. */
  readonly clockMs?: number;
  /** The same, for a clock that is set while it runs. */
  readonly clock?: { readonly aheadMs: number };
  /** What it knows and the engine does not. */
  readonly secret?: StateSecret;
  /** What operators call it, where it says what it has. */
  readonly name?: string;
  readonly terms?: NodeTerms;
  /** How long it waits for what others put back into an engine that began anew. Default: hardly. */
  readonly settleMs?: number;
}

/** Opens the state of a node. It looks and reads often, so that tests take no longer than they must. */
export function openNode(place: RedisPlace, options: TestNodeOptions = {}): TestNode {
  const { prefix = "sallyport", timeoutMs = 20_000, clockMs = 0, secret = null } = options;
  const { name = "test", terms, settleMs = 50, clock = { aheadMs: clockMs } } = options;
  const events: GateEvent[] = [];
  let came = 0;
  const state = createRedisState({
    place,
    prefix,
    timeoutMs,
    shown: "redis://test",
    secret,
    ...(terms !== undefined && { node: { name, version: "0", connections: () => 0, terms: () => terms } }),
    agreeMs: 25,
    probeMs: 100,
    readMs: 25,
    settleMs,
    wallNow: () => Date.now() + clock.aheadMs,
    local: createMemoryState(),
    emit: (event) => void events.push(event),
    onBans: () => void came++,
    onOutage: () => {},
  });
  return { ...state, events, bansCame: () => came };
}

/** The same, until the test ends. */
export function testNode(place: RedisPlace, options: TestNodeOptions = {}): TestNode {
  const node = openNode(place, options);
  onTestFinished(() => node.close());
  return node;
}

/** Two nodes for the suite. @param stop ends the engine */
export async function suiteNodes(place: RedisPlace, stop: () => Promise<void>): Promise<SuiteNodes> {
  // What is asked of the suite's engine is answered, however slow the machine is.
  const nodes = [openNode(place, { timeoutMs: 20_000 }), openNode(place, { timeoutMs: 20_000 })] as const;
  await untilInStep(nodes);
  return {
    nodes: [nodes[0].state, nodes[1].state],
    async stop() {
      await Promise.all(nodes.map((node) => node.close()));
      await stop();
    },
  };
}

/** Resolves when all nodes have read everything. */
export async function untilInStep(nodes: readonly RedisState[]): Promise<void> {
  await until(() => nodes.every((node) => node.problem() === null)).catch((error: unknown) => {
    throw new Error(`not in step: ${nodes.map((node) => node.problem()).join("; ")}`, { cause: error });
  });
}

/** How long {@link until} waits, milliseconds. */
const UNTIL_MS = 60_000;

/** Resolves when something is so. */
export async function until(isSo: () => unknown): Promise<void> {
  const late = performance.now() + UNTIL_MS;
  while (!isSo()) {
    if (performance.now() > late) throw new Error(`not so within ${UNTIL_MS} ms: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
