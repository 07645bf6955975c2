import { z } from "zod";
import type { GuardDefinition } from "../guards/guard.ts";
import { createConfigSchema } from "./config.ts";
import { formatQuantity } from "./format-quantity.ts";

/** What the reference knows of one key of the configuration. */
export interface ReferenceEntry {
  /** Such as `routes[].origin.allow`. */
  readonly key: string;
  /** In words: `list of strings`, `duration`, `` `enforce` or `observe` ``. */
  readonly type: string;
  /** As written in a file; `null` when there is none. */
  readonly default: string | null;
  readonly required: boolean;
  /** `duration`, `size`, `rate`, `byte rate` or `null`. */
  readonly unit: string | null;
  readonly description: string;
}

/** What a unit is written like. */
export const unitExamples: Readonly<Record<string, string>> = {
  duration: "ms, s, m, h or d: `500ms`, `30s`, `24h`",
  size: "B, KiB, MiB or GiB (kB, MB, GB): `64KiB`",
  rate: "per s, m or h: `50/s`",
  "byte rate": "a size per second: `8MiB/s`",
};

// The part of JSON Schema that the configuration's schema is written in.
interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly "x-unit"?: string;
}

/** The published JSON Schema of the configuration, for editors (draft 2020-12). */
export function createJsonSchema(definitions: readonly GuardDefinition<unknown>[]): Record<string, unknown> {
  const schema = z.toJSONSchema(createConfigSchema(definitions), { io: "input", unrepresentable: "any" });
  return { ...schema, title: "Sallyport configuration" };
}

/** One entry for every key of the configuration, parents before children. `defaults` stands for itself. */
export function createReference(definitions: readonly GuardDefinition<unknown>[]): readonly ReferenceEntry[] {
  const entries: ReferenceEntry[] = [];
  walk(createJsonSchema(definitions), "", entries);
  const computed = computedDefaults(definitions);
  return entries.map((entry) => {
    const value = entry.default ?? formatDefault(computed.get(entry.key), entry.unit);
    return value === entry.default ? entry : Object.assign({}, entry, { default: value, required: false });
  });
}

function walk(node: SchemaNode, prefix: string, entries: ReferenceEntry[]): void {
  for (const branch of node.anyOf ?? []) if (!isListOf(node.anyOf, branch)) walk(branch, prefix, entries);
  if (node.items !== undefined) walk(node.items, `${prefix}[]`, entries);
  for (const [name, property] of Object.entries(node.properties ?? {})) {
    const key = prefix === "" ? name : `${prefix}.${name}`;
    if (!entries.some((entry) => entry.key === key)) entries.push(entryOf(key, property, node));
    if (key !== "defaults") walk(property, key, entries);
  }
}

// Of `one, or a list of such` the one stands for both.
function isListOf(branches: readonly SchemaNode[] = [], { items }: SchemaNode): boolean {
  const text = JSON.stringify(items);
  return items !== undefined && branches.some((branch) => JSON.stringify(branch) === text);
}

function entryOf(key: string, node: SchemaNode, parent: SchemaNode): ReferenceEntry {
  const name = key.slice(key.lastIndexOf(".") + 1);
  const unit = unitOf(node);
  return {
    key,
    type: typeOf(node),
    default: formatDefault(node.default, unit),
    required: parent.required?.includes(name) ?? false,
    unit,
    description: node.description ?? "",
  };
}

function unitOf(node: SchemaNode): string | null {
  const units = (node.anyOf ?? []).map(unitOf);
  return node["x-unit"] ?? units.find((unit) => unit !== null) ?? null;
}

function typeOf(node: SchemaNode): string {
  if (node["x-unit"] !== undefined) return node["x-unit"];
  if (node.anyOf !== undefined) return [...new Set(node.anyOf.map(typeOf))].join(" or ");
  const values = node.enum ?? (node.const === undefined ? [] : [node.const]);
  const shown = values.filter((value) => value !== false || !values.includes("off"));
  if (shown.length > 0) return shown.map((value) => `\`${String(value)}\``).join(" or ");
  if (node.type === "array") return `list of ${plural(typeOf(node.items ?? {}))}`;
  return node.type === "object" ? "mapping" : (node.type ?? "any value");
}

function plural(type: string): string {
  return /^[a-z ]+$/.test(type) && !type.endsWith("s") ? `${type}s` : type;
}

// Defaults that were given as outputs (milliseconds, bytes) are not part of the input schema: the guard tells them.
function computedDefaults(definitions: readonly GuardDefinition<unknown>[]): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const { name, options } of definitions) {
    const result = options.safeParse({});
    if (!result.success) continue;
    for (const [option, value] of Object.entries(result.data ?? {}))
      found.set(`routes[].${name}.${option}`, value);
  }
  return found;
}

function formatDefault(value: unknown, unit: string | null): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "object")
    return Array.isArray(value) && value.length > 0 ? JSON.stringify(value) : null;
  return formatQuantity(value, unit);
}
