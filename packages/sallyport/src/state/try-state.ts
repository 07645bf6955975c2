import type { RedisConfig } from "../policy/state-options.ts";
import { problemOf } from "../problem-of.ts";
import { memoryWarning, readEngineMemory } from "./engine-memory.ts";
import { readPlace } from "./open-state.ts";
import { openRedis, type RedisConnection } from "./redis-connection.ts";

/** What was found when an engine was tried. */
export interface TriedState {
  /** Why it cannot be used; `null`: it can. */
  readonly problem: string | null;
  /** What is allowed and probably not meant; `null`: nothing. */
  readonly warning: { readonly found: string; readonly mend: string } | null;
}

/** An engine has so long to let itself be read and written. */
const WITHIN_MS = 5000;

/** Tries whether an engine can be read and written, as `run` will, and leaves nothing there that lasts. Never rejects. */
export async function tryState(config: RedisConfig): Promise<TriedState> {
  const place = await readPlace(config).catch(problemOf);
  if (typeof place === "string") return { problem: place, warning: null };
  const connection = openRedis({ place, prefix: config.prefix, timeoutMs: config.timeoutMs });
  const { promise, resolve } = Promise.withResolvers<string | null>();
  connection.watch(({ problem }) => resolve(problem));
  // Referenced by nothing: it ends with the connection.
  connection.every(WITHIN_MS, () => resolve(`no answer within ${WITHIN_MS} ms`));
  const problem = await promise;
  const warning = problem === null ? await memoryWarningOf(connection) : null;
  connection.close();
  return { problem: problem === null ? null : `${config.shown}: ${problem}`, warning };
}

/** An engine that drops what it likes forgets which proofs were used; one without a bound takes its machine with it. */
async function memoryWarningOf(connection: RedisConnection): Promise<TriedState["warning"]> {
  const answer = await connection.command(connection.key("log", "log"), ["INFO", "memory"]).catch(() => null);
  const memory = readEngineMemory(answer);
  return memory === null ? null : memoryWarning(memory);
}
