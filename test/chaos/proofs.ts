import assert from "node:assert/strict";

import type { Gate } from "./gate.ts";
import type { Lab } from "./lab.ts";
import { until } from "./until.ts";

/** Proofs of possession from before trouble with the engine: one that was used, and one that was not. */
export interface Proofs {
  readonly used: string;
  readonly unused: string;
  /** When they were made, milliseconds of this process. */
  readonly madeAt: number;
}

/** A proof is fresh for a minute. */
const FRESH_MS = 55_000;

/** Makes them, and has one of them used. */
export async function prepareProofs({ gates: [one, other], callers, doors }: Lab): Promise<Proofs> {
  const used = await proveNew({ callers, doors }, other);
  assert.deepEqual(await doors.prove(used, [one]), [401]);
  return { used, unused: await callers.proof(), madeAt: performance.now() };
}

/** While some gates have no engine: they cannot know whether one was used. The others can. */
export async function tryProofsWhileAway(lab: Lab, { used }: Proofs, gone: readonly Gate[]): Promise<void> {
  const { gates, callers, doors } = lab;
  for (const gate of gone) {
    assert.deepEqual(await doors.prove(used, [gate]), [503]);
    assert.deepEqual(await doors.prove(await callers.proof(), [gate]), [503]);
  }
  for (const gate of gates) {
    if (gone.includes(gate)) continue;
    assert.deepEqual(
      await doors.prove(await proveNew(lab, gate), gone),
      gone.map(() => 503),
    );
  }
}

/** Afterwards: none is good twice, and new ones are good. @param servers which answer now */
export async function tryProofsAfter(
  lab: Lab,
  { used, unused, madeAt }: Proofs,
  servers: "the same" | "another" | "some others",
): Promise<void> {
  const { gates, doors } = lab;
  const [one, other] = gates;
  // Where it is let in, the doors say so at the end.
  await doors.prove(used, gates);
  const statuses = await doors.prove(unused, gates);
  const isFresh = performance.now() - madeAt < FRESH_MS;
  if (isFresh && servers === "the same") assert.deepEqual(statuses, [101, 401]);
  if (isFresh && servers === "another") assert.deepEqual(statuses, [503, 503]);
  assert.deepEqual(await doors.prove(await proveNew(lab, one), [other]), [401]);
}

/** A proof that a gate has let in: a new one each time, until one could not have been used before an engine began to note. */
export async function proveNew(
  { callers, doors }: Pick<Lab, "callers" | "doors">,
  gate: Gate,
): Promise<string> {
  return await until(`a proof is taken at ${gate.name}`, async () => {
    const proof = await callers.proof();
    const [status] = await doors.prove(proof, [gate]);
    return status === 101 ? proof : null;
  });
}
