import { describeDisagreement } from "../state/node-terms.ts";
import type { AdminGate } from "./admin/admin-gate.ts";

/** Who is asked for them. */
interface Warned {
  readonly watch: Pick<AdminGate["watch"], "warnings">;
  readonly engine: AdminGate["engine"];
}

/** What does not work, though the gate takes connections: of its watch, and between its nodes. */
export function warningsOf({ watch, engine }: Warned): readonly string[] {
  return [...watch.warnings(), ...(engine()?.disagreements ?? []).map(describeDisagreement)];
}

/** The same for whoever asks without a token: of nodes, in what they differ and nothing more. */
export function publicWarningsOf({ watch, engine }: Warned): readonly string[] {
  const apart = (engine()?.disagreements ?? []).map(
    ({ what }) => `nodes do not agree on ${what}: the log and GET /state say more`,
  );
  return [...watch.warnings(), ...apart];
}
