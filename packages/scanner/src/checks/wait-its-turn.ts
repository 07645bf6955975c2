import type { CheckContext } from "../check-context.ts";
import type { Probe } from "../probe/probe.ts";

/** How long an application may take behind its library, which has answered, milliseconds. */
const LEAST_MS = 500;

/**
 * Waits for an answer, and where none comes in time until the target had a turn on another connection since: a machine that is busy says nothing
 * for long, and that is no answer. Where no normal connection is admitted to tell by, it waits for as long as a handshake may take. Resolves
 * with whether it came.
 */
export async function waitItsTurn(
  context: CheckContext,
  probe: Probe,
  holds: () => boolean,
): Promise<boolean> {
  const { control, patienceMs, settings } = context;
  const isOver = (): boolean => holds() || probe.isClosed;
  const withinMs = control.isUsable ? 2 * patienceMs : Math.max(2 * patienceMs, settings.handshakeMs);
  if (!(await probe.waitFor(isOver, withinMs)) && control.isUsable) {
    await context.hadItsTurn();
    await probe.waitFor(isOver, Math.max(patienceMs, LEAST_MS));
  }
  return holds();
}
