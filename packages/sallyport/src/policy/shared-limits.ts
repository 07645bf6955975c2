import { hash } from "node:crypto";
import { z } from "zod";
import type { Config, RouteConfig } from "./effective-config.ts";
import { formatQuantity } from "./format-quantity.ts";
import { routeId } from "./route-id.ts";

/** More than so many routes, or characters, are told by a hash of all: nodes read each other's every few seconds. */
const [MAX_ROUTES, MAX_CHARACTERS, MAX_TEXT] = [64, 8192, 512];

const optionsShape = z.record(z.string(), z.unknown());
/** Options of guards by which something is counted over all nodes, and their units. */
const SHARED = {
  connectionLimit: { mode: null, total: null, perAddress: null, perUser: null, handshakesPerAddress: "rate" },
  messageRate: { mode: null, perUser: "rate", burst: null },
} as const;

/** Limits of each route that nodes of a gate count together, as they are written: by the route's label. */
export function sharedLimits({ routes }: Pick<Config, "routes">): Readonly<Record<string, string>> {
  const limits = Object.fromEntries(routes.map((route) => [routeId(route), limitsOf(route)] as const));
  const text = JSON.stringify(limits);
  const isShort = Object.entries(limits)
    .flat()
    .every((part) => part.length <= MAX_TEXT);
  return isShort && text.length <= MAX_CHARACTERS && Object.keys(limits).length <= MAX_ROUTES
    ? limits
    : { "all routes": `those with the SHA-256 ${hash("sha256", text).slice(0, 16)}` };
}

function limitsOf({ guards }: RouteConfig): string {
  const described = Object.entries(SHARED).map(([guard, units]) => {
    const options = optionsShape.safeParse(guards[guard]).data;
    if (options === undefined) return `${guard} off`;
    const written = Object.entries<string | null>(units).flatMap(([name, unit]) => {
      const value = options[name] ?? null;
      return value === null ? [] : [`${name} ${formatQuantity(value, unit)}`];
    });
    return `${guard} ${written.join(", ")}`;
  });
  return described.join("; ");
}
