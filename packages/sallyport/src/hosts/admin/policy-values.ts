import { builtInGuards } from "../../policy/built-in-guards.ts";
import type { Config } from "../../policy/effective-config.ts";
import { formatQuantity } from "../../policy/format-quantity.ts";
import { createReference } from "../../policy/reference.ts";
import { routeId } from "../../policy/route-id.ts";
import type { GuardInForce, GuardValue, RouteInForce } from "../dashboard/policy-message.ts";

/** Of one guard, and of one value: whoever wrote more reads it in the file. */
const MOST_VALUES = 100;
const MOST_CHARACTERS = 300;
const MOST_ITEMS = 20;

/** Lists whose members are secrets, or words of a team's own: they are counted. */
const COUNTED: ReadonlySet<string> = new Set(["leak.canaries", "leak.dictionaries[].words"]);

/**
 * The guards of every route in the order in which they are asked, with the values in force, defaults filled in. What was filled in from
 * the environment or a file is masked; a file that holds a secret is named, never read.
 */
export function guardValues(config: Config): readonly RouteInForce[] {
  return config.routes.map((route) => ({
    route: routeId(route),
    guards: builtInGuards.flatMap(({ name }): GuardInForce[] => {
      const options = route.guards[name];
      if (options === undefined) return [];
      const values: GuardValue[] = [];
      addValues(values, { guard: name, path: "", value: options });
      const shown = values.slice(0, MOST_VALUES).map(({ key, value }) => masked(key, value, config));
      return [{ name, mode: modeOf(options), values: shown }];
    }),
  }));
}

function modeOf(options: unknown): "enforce" | "observe" {
  const isObserving =
    typeof options === "object" && options !== null && Reflect.get(options, "mode") === "observe";
  return isObserving ? "observe" : "enforce";
}

function masked(key: string, value: string, config: Config): GuardValue {
  const text = config.mask(value);
  const more = text.length - MOST_CHARACTERS;
  return { key, value: more > 0 ? `${text.slice(0, MOST_CHARACTERS)}… (${more} characters more)` : text };
}

interface Place {
  readonly guard: string;
  /** Below the guard. */
  readonly path: string;
  readonly value: unknown;
}

function addValues(values: GuardValue[], { guard, path, value }: Place): void {
  if (values.length >= MOST_VALUES || value === undefined || value === null || path === "mode") return;
  const pattern = patternOf(guard, path);
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    if (COUNTED.has(pattern)) {
      values.push({ key: path, value: `${list.length} ${list.length === 1 ? "value" : "values"}` });
    } else if (list.every((item) => typeof item !== "object")) {
      values.push({ key: path, value: listText(list) });
    } else {
      list.forEach((item, at) => addValues(values, { guard, path: `${path}[${at}]`, value: item }));
    }
    return;
  }
  if (typeof value === "object") {
    for (const [key, below] of Object.entries(value))
      addValues(values, { guard, path: path === "" ? key : `${path}.${key}`, value: below });
    return;
  }
  if (typeof value === "function" || typeof value === "symbol") return;
  values.push({ key: path, value: formatQuantity(value, unitOf(pattern)) });
}

function listText(list: readonly unknown[]): string {
  const shown = list.slice(0, MOST_ITEMS).map(String).join(", ");
  const more = list.length - MOST_ITEMS;
  return list.length === 0 ? "none" : more > 0 ? `${shown}, and ${more} more` : shown;
}

function patternOf(guard: string, path: string): string {
  return [guard, path]
    .filter((part) => part !== "")
    .join(".")
    .replaceAll(/\[\d+\]/g, "[]");
}

/** Made when it is first asked for: it takes some twenty milliseconds. */
let units: ReadonlyMap<string, string | null> | null = null;

function unitOf(pattern: string): string | null {
  units ??= new Map(createReference(builtInGuards).map(({ key, unit }) => [key, unit]));
  return units.get(`routes[].${pattern}`) ?? null;
}
