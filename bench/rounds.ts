import { type Case, CONCURRENT_HANDSHAKES, CONNECTIONS, REGULARS, type Transport } from "./cases.ts";
import type { LoadGenerator } from "./load-generator.ts";
import { cpuNanoseconds, residentBytes } from "./process-meter.ts";
import type { RunningTarget, Stage, Target } from "./targets.ts";

/** One figure of a target for each round: CPU microseconds per operation, or KiB per connection. */
export type Figures = Map<string, readonly number[]>;

/** What a measurement needs. */
export interface Bench {
  readonly generator: LoadGenerator;
  readonly stage: Stage;
  readonly rounds: number;
  /** Tells that a figure came, or that a target failed. */
  readonly note: (text: string) => void;
}

/** Tokens that were shown already, so that a new one is new. The first ones are those of the regulars. */
let shown = REGULARS;

/** Tokens that a measurement of these cases takes. */
export function tokensNeeded(chosen: readonly Case[], targets: readonly Target[], rounds: number): number {
  const fresh = chosen.reduce((sum, each) => {
    if (each.kind !== "handshakes" || !each.freshTokens) return sum;
    return sum + (each.count + warmth(each)) * targets.filter(({ over }) => over === each.over).length;
  }, 0);
  return REGULARS + fresh * (rounds + 1);
}

/**
 * Measures one case on all targets, which run at the same time and take turns: A B C A B C … A target that fails is named,
 * and left out from then on.
 */
export async function measureCase(
  bench: Bench,
  each: Exclude<Case, { kind: "idle" }>,
  running: ReadonlyMap<string, RunningTarget>,
): Promise<Figures> {
  const figures = new Map<string, number[]>([...running.keys()].map((name) => [name, []]));
  const failed = new Set<string>();
  // The first round only warms: code is compiled, heaps have their size.
  for (let round = 0; round <= bench.rounds; round++) {
    for (const [name, target] of running) {
      if (failed.has(name)) continue;
      try {
        const figure = await microsecondsPerOperation(bench.generator, each, target);
        if (round > 0) figures.get(name)?.push(figure);
        bench.note(`${each.name} ${name} ${round === 0 ? "warm" : round} ${figure.toFixed(2)}`);
      } catch (error) {
        failed.add(name);
        figures.delete(name);
        bench.note(`${each.name} ${name} FAILED: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return figures;
}

async function microsecondsPerOperation(
  generator: LoadGenerator,
  each: Exclude<Case, { kind: "idle" }>,
  target: RunningTarget,
): Promise<number> {
  try {
    await generator.open(commandFor(each, target.port));
    const before = cpuNanoseconds(target.pid);
    const { messages } = await generator.measure();
    const used = cpuNanoseconds(target.pid) - before;
    return used / 1000 / messages;
  } finally {
    await generator.close();
  }
}

/**
 * Memory of idle connections. Each target is started anew for each round, sees some connections come and go, and is
 * measured before and after `connections` more have come to stay.
 */
export async function measureMemory(
  bench: Bench,
  each: Extract<Case, { kind: "idle" }>,
  targets: readonly Target[],
): Promise<Figures> {
  const figures = new Map<string, number[]>();
  for (let round = 1; round <= bench.rounds; round++) {
    for (const target of targets) {
      const figure = await kibPerConnection(bench, each.connections, target);
      figures.set(target.name, [...(figures.get(target.name) ?? []), figure]);
      bench.note(`${each.name} ${target.name} ${round} ${figure.toFixed(1)} KiB`);
    }
  }
  return figures;
}

async function kibPerConnection(
  { generator, stage }: Bench,
  connections: number,
  target: Target,
): Promise<number> {
  const running = await target.start(stage);
  try {
    const command = `idle ${running.port} ${tlsFlag(target.over)}`;
    await generator.open(`${command} ${connections / 10}`);
    await generator.close();
    const before = residentBytes(running.pid);
    await generator.open(`${command} ${connections}`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const used = residentBytes(running.pid) - before;
    await generator.close();
    return used / 1024 / connections;
  } finally {
    await running.stop();
  }
}

function warmth(each: Exclude<Case, { kind: "idle" }>): number {
  return Math.ceil((each.kind === "handshakes" ? each.count : each.messages) / 10);
}

function commandFor(each: Exclude<Case, { kind: "idle" }>, port: number): string {
  const to = `${port} ${tlsFlag(each.over)}`;
  const verb = each.over === "socket.io" ? "events" : "echo";
  if (each.kind === "echo")
    return `${verb} ${to} ${each.size} ${CONNECTIONS} ${each.window} ${warmth(each)} ${each.messages}`;
  if (each.kind === "broadcast")
    return `broadcast ${to} ${each.size} ${each.connections} ${warmth(each)} ${each.messages}`;
  const run = `handshakes ${to} ${CONCURRENT_HANDSHAKES} ${warmth(each)} ${each.count}`;
  if (!each.freshTokens) return `${run} 0 ${REGULARS}`;
  const first = shown;
  shown += each.count + warmth(each);
  return `${run} ${first} 0`;
}

function tlsFlag(over: Transport): 0 | 1 {
  return over === "tls" ? 1 : 0;
}
