import { clocksApart } from "./cases/clocks-apart.ts";
import { cutOff, emptied, full, killed, paused } from "./cases/engine-trouble.ts";
import { evicting } from "./cases/evicting.ts";
import { clusterFailover, sentinelFailover } from "./cases/failover.ts";
import { gateKilled } from "./cases/gate-killed.ts";
import { planted } from "./cases/planted.ts";
import { slow, tooSlow } from "./cases/slow-engine.ts";
import { versionsApart } from "./cases/versions-apart.ts";
import type { ChaosCase } from "./chaos-case.ts";

/** Every case, in the order of the table. */
export const allCases: readonly ChaosCase[] = [
  killed,
  emptied,
  paused,
  full,
  evicting,
  sentinelFailover,
  clusterFailover,
  slow,
  tooSlow,
  cutOff,
  gateKilled,
  clocksApart,
  versionsApart,
  planted,
];
