import { dataDirectory } from "../hosts/data-directory.ts";
import { developmentKeys } from "../hosts/development-issuer.ts";
import type { Config } from "../policy/effective-config.ts";
import { compilePolicy, type CompileResult } from "../policy/policy.ts";
import type { GateState } from "../state/memory-state.ts";

/**
 * Compiles a configuration that workers carry out: what is wrong with it this process finds, which knows where in the file it
 * stands. The policy is let go of at once.
 */
export async function compileHere(config: Config, state: GateState): Promise<CompileResult> {
  const compiled = await compilePolicy(config, {
    ...state,
    emit: () => {},
    fetch: globalThis.fetch,
    wallNow: () => Date.now(),
    developmentKeys: () => developmentKeys(dataDirectory("development-issuer")),
  });
  if (compiled.ok) compiled.policy.release();
  return compiled;
}
