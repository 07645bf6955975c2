import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { startApplication, type Application } from "./application.ts";
import { Callers } from "./callers.ts";
import { ClosedDoors } from "./closed-doors.ts";
import { scratchDirectory } from "./engine.ts";
import { Flood } from "./flood.ts";
import { startGate, type Gate } from "./gate.ts";
import { LiveClients } from "./live-clients.ts";
import type { Network } from "./network.ts";
import type { Undo } from "./undo.ts";
import { until } from "./until.ts";

/** Two gateways before an application, with connections that are open and one that floods. */
export interface Lab {
  readonly network: Network;
  readonly application: Application;
  readonly gates: readonly [Gate, Gate];
  readonly callers: Callers;
  readonly live: LiveClients;
  readonly flood: Flood;
  readonly doors: ClosedDoors;
  /** Starts another gateway in the place of one. */
  startGate(index: 0 | 1): Promise<Gate>;
}

/** What a lab is made of. */
export interface LabOptions {
  readonly network: Network;
  readonly undo: Undo;
  /** `state` of the configuration of each gateway. */
  readonly state: (index: 0 | 1) => unknown;
  readonly outageAfter: string;
  /** Open connections of each gateway. */
  readonly clients?: number;
  readonly preload?: (index: 0 | 1) => URL | undefined;
}

/** `state` for an engine at a port of the network. */
export const redisAt =
  (network: Network, port: number) =>
  (index: 0 | 1): string =>
    `redis://${network.engine[index]}:${port}`;

/** Starts it, and waits until both gateways are in step. */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { network, undo, state, outageAfter, clients = 10, preload } = options;
  const secret = Buffer.from(randomBytes(32).toString("hex"));
  const secretFile = join(await scratchDirectory(undo), "secret");
  await writeFile(secretFile, secret, { mode: 0o600 });
  const application = await startApplication([...new Set(network.hub)], undo);
  const start = (index: 0 | 1): Promise<Gate> =>
    startGate({
      index,
      network,
      undo,
      state: state(index),
      applicationPort: application.ports[index] ?? application.ports[0] ?? 0,
      secretFile,
      outageAfter,
      preload: preload?.(index),
    });
  const gates = await Promise.all([start(0), start(1)]);
  for (const gate of gates) await until(`${gate.name} is in step`, () => isInStep(gate));
  const callers = new Callers(secret);
  const live = new LiveClients();
  undo.later(() => live.close());
  for (const gate of gates) await live.open(callers, gate, clients);
  const flood = new Flood(callers, application, gates);
  undo.later(() => flood.close());
  const doors = new ClosedDoors(callers, gates);
  undo.later(() => doors.finish());
  return { network, application, gates, callers, live, flood, doors, startGate: start };
}

/** Whether a gateway is ready, has its engine, and nothing that waits for it. */
export async function isInStep(gate: Gate): Promise<boolean> {
  const [ready, up, unpublished] = await Promise.all([
    gate.ready(),
    gate.metric("sallyport_state_up"),
    gate.metric("sallyport_state_unpublished"),
  ]);
  return ready === 200 && up === 1 && unpublished === 0;
}
