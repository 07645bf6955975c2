import type { RedisConfig } from "../policy/state-options.ts";
import { problemOf } from "../problem-of.ts";
import { memoryWarning, readEngineMemory } from "./engine-memory.ts";
import { findDisagreements, formatDisagreement, type Disagreement } from "./node-terms.ts";
import { readPlace, readStateSecret } from "./open-state.ts";
import { countOtherFormats } from "./redis-agreement.ts";
import { openRedis, REDIS_FORMAT, type RedisConnection } from "./redis-connection.ts";
import { lookAtNodes } from "./redis-node-scripts.ts";
import { nodesIn, NODES_TAG } from "./redis-nodes.ts";

/** What was found when an engine was tried. */
export interface TriedState {
  /** Why it cannot be used; `null`: it can. */
  readonly problem: string | null;
  /** What is allowed and probably not meant; `null`: nothing. */
  readonly warning: { readonly found: string; readonly mend: string } | null;
  /** In what the nodes that are running now differ from this configuration, limits apart: those change by a reload. */
  readonly disagreements: readonly Disagreement[];
}

/** An engine has so long to let itself be read and written. */
const WITHIN_MS = 5000;

/** Tries whether an engine can be read and written, as `run` will, and leaves nothing there that lasts. Never rejects. */
export async function tryState(config: RedisConfig): Promise<TriedState> {
  const place = await readPlace(config).catch(problemOf);
  if (typeof place === "string") return { problem: place, warning: null, disagreements: [] };
  const connection = openRedis({ place, prefix: config.prefix, timeoutMs: config.timeoutMs });
  const { promise, resolve } = Promise.withResolvers<string | null>();
  connection.watch(({ problem }) => resolve(problem));
  // Referenced by nothing: it ends with the connection.
  connection.after(WITHIN_MS, () => resolve(`no answer within ${WITHIN_MS} ms`));
  const problem = await promise;
  const warning = problem === null ? await memoryWarningOf(connection) : null;
  const disagreements = problem === null ? await disagreementsOf(connection, config) : [];
  connection.close();
  return { problem: problem === null ? null : `${config.shown}: ${problem}`, warning, disagreements };
}

/** What cannot be read is no disagreement: the engine itself is tried elsewhere. */
async function disagreementsOf(
  connection: RedisConnection,
  config: RedisConfig,
): Promise<readonly Disagreement[]> {
  try {
    const key = (await readStateSecret(config))?.id ?? null;
    const keys = ["alive", "said"].map((name) => connection.key(NODES_TAG, name));
    const [answer, others] = await Promise.all([
      connection.run(lookAtNodes, keys, []),
      countOtherFormats(connection),
    ]);
    const nodes = nodesIn(Array.isArray(answer) ? answer.map(String) : []);
    const own = { key, leaseMs: config.leaseMs, limits: {} };
    return [...findDisagreements(own, nodes), ...formatDisagreement(REDIS_FORMAT, others)];
  } catch {
    return [];
  }
}

/** An engine that drops what it likes forgets which proofs were used; one without a bound takes its machine with it. */
async function memoryWarningOf(connection: RedisConnection): Promise<TriedState["warning"]> {
  const answer = await connection.command(connection.key("log", "log"), ["INFO", "memory"]).catch(() => null);
  const memory = readEngineMemory(answer);
  return memory === null ? null : memoryWarning(memory);
}
