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

/** Two gateways before an application. */
export interface Site {
  readonly network: Network;
  readonly application: Application;
  readonly gates: readonly [Gate, Gate];
  readonly callers: Callers;
  /** Starts another gateway in the place of one. */
  startGate(index: 0 | 1): Promise<Gate>;
}

/** A site with connections that are open, one that floods, and doors that are tried: for one case. */
export interface Lab extends Site {
  readonly live: LiveClients;
  readonly flood: Flood;
  readonly doors: ClosedDoors;
  /** A user of this case alone. */
  readonly user: (name: string) => string;
  /** An address of this case alone. @param number below 10 */
  address(number: number): string;
}

/** What a site is made of. */
export interface SiteOptions {
  readonly network: Network;
  readonly undo: Undo;
  /** `state` of the configuration of each gateway. */
  readonly state: (index: 0 | 1) => unknown;
  readonly outageAfter: string;
  readonly preload?: (index: 0 | 1) => URL | undefined;
}

/** What a lab has on top of its site. */
export interface LabOptions {
  /** Open connections of each gateway. Default: 10. */
  readonly clients?: number;
  /** The gateways that are flooded. Default: both. */
  readonly floodAt?: readonly (0 | 1)[];
}

/** `state` for an engine at a port of the network. */
export const redisAt =
  (network: Network, port: number, timeout: string) =>
  (index: 0 | 1): unknown => ({ redis: { url: `redis://${network.engine[index]}:${port}`, timeout } });

/** Starts it, and waits until both gateways are in step. */
export async function startSite(options: SiteOptions): Promise<Site> {
  const { network, undo, state, outageAfter, preload } = options;
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
  return { network, application, gates, callers: new Callers(secret), startGate: start };
}

/** Labs of this process: what one leaves in the engine is none of the next. */
let opened = 0;

/** Opens connections at a site. */
export async function openLab(site: Site, undo: Undo, options: LabOptions = {}): Promise<Lab> {
  const { application, gates, callers } = site;
  const { clients = 10, floodAt = [0, 1] } = options;
  const number = ++opened;
  const user = (name: string): string => `${name}-${number}`;
  const live = new LiveClients(user);
  undo.later(() => live.close());
  for (const gate of gates) await live.open(callers, gate, clients);
  const flood = new Flood({
    callers,
    application,
    gates: floodAt.map((index) => gates[index]),
    user: user("flood"),
  });
  undo.later(() => flood.close());
  const doors = new ClosedDoors(callers, gates);
  undo.later(() => doors.finish());
  return { ...site, live, flood, doors, user, address: (last) => `203.0.${number % 256}.${last}` };
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
