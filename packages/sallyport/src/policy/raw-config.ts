import { resolve } from "node:path";
import type { KeyPath } from "./problem.ts";

/** A mapping of a configuration that nothing was checked about yet. */
export type RawMapping = Readonly<Record<string, unknown>>;

/** The value as a mapping; `null` when it is something else. */
export function asMapping(value: unknown): RawMapping | null {
  return isMapping(value) ? value : null;
}

function isMapping(value: unknown): value is RawMapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as a list; empty when it is something else. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What stands at a path; `undefined` when nothing does. Own keys only. */
export function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((current, part) => {
    if (typeof current !== "object" || current === null) return undefined;
    return Object.getOwnPropertyDescriptor(current, part)?.value;
  }, value);
}

/** Whether a switch says off: `off`, or YAML 1.1's way to read it. */
export function isOff(value: unknown): boolean {
  return value === "off" || value === false;
}

/** Keys that make a route what it is: they have no default for all routes. */
export const OWN_KEYS: ReadonlySet<string> = new Set(["path", "host", "upstream"]);

/**
 * Puts `defaults` under every route, option by option: what the route writes wins, and where one of the two is not
 * a mapping (`off`, `anonymous`) the route's own stands alone.
 */
export function mergeDefaults(config: unknown): unknown {
  const mapping = asMapping(config);
  const defaults = asMapping(mapping?.["defaults"]);
  if (mapping === null || defaults === null || !Array.isArray(mapping["routes"])) return config;
  return { ...mapping, routes: mapping["routes"].map((route) => mergeRoute(route, defaults)) };
}

function mergeRoute(route: unknown, defaults: RawMapping): unknown {
  const own = asMapping(route);
  if (own === null) return route;
  const merged = new Map<string, unknown>(Object.entries(own));
  for (const [key, fallback] of Object.entries(defaults)) {
    if (OWN_KEYS.has(key)) continue;
    merged.set(key, mergeOption(merged.get(key), fallback));
  }
  return Object.fromEntries(merged);
}

function mergeOption(own: unknown, fallback: unknown): unknown {
  if (own === undefined) return fallback;
  const [ownMapping, fallbackMapping] = [asMapping(own), asMapping(fallback)];
  return ownMapping === null || fallbackMapping === null ? own : { ...fallbackMapping, ...ownMapping };
}

/**
 * Every key that names a file: certificates, keys, CAs, the documents of `messageSchema`, and by convention every key that ends in `File`.
 * Calls back with its path and its text.
 */
export function findFiles(config: unknown, found: (path: KeyPath, file: string) => void): void {
  const visit = (value: unknown, path: KeyPath): void => {
    if (typeof value === "string" && namesFile(path)) found(path, value);
    if (typeof value !== "object" || value === null) return;
    for (const [key, entry] of Object.entries(value))
      visit(entry, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  visit(config, []);
}

function namesFile(path: KeyPath): boolean {
  const [parent, key] = [path.at(-2), path.at(-1)];
  if (typeof key !== "string") return false;
  const schemas = path.indexOf("messageSchema");
  if (schemas !== -1 && schemas < path.length - 1) return namesDocument(path.slice(schemas + 1));
  if (parent === "tls") return key === "certificate" || key === "key" || key === "clientCa";
  if (parent === "acme" && key === "directoryCa") return true;
  return key.endsWith("File") || (parent === "upstream" && key === "ca");
}

/** Files and directories that the gate makes itself. */
const MADE = new Set([
  "journal.directory",
  "journal.payloadKeys",
  "journal.checkpoints",
  "telemetry.ocsf.file",
]);

// `inbound` and `outbound` are a file, or one for each name of a message; `asyncapi` is one, or says so in `document`.
function namesDocument(path: KeyPath): boolean {
  const [option, name, ...below] = path;
  if (option === "asyncapi") return name === undefined || (name === "document" && below.length === 0);
  return (option === "inbound" || option === "outbound") && below.length === 0;
}

function namesPlace(path: KeyPath): boolean {
  const isStorage = path[0] === "listen" && path.at(-2) === "acme" && path.at(-1) === "storage";
  return namesFile(path) || isStorage || MADE.has(path.join("."));
}

/** The same configuration with every file's path made absolute. */
export function resolveFiles(config: unknown, base: string): unknown {
  const visit = (value: unknown, path: KeyPath): unknown => {
    if (typeof value === "string") return namesPlace(path) && value !== "" ? resolve(base, value) : value;
    if (Array.isArray(value)) return value.map((entry, index) => visit(entry, [...path, index]));
    const mapping = asMapping(value);
    if (mapping === null) return value;
    return Object.fromEntries(
      Object.entries(mapping).map(([key, entry]) => [key, visit(entry, [...path, key])]),
    );
  };
  return visit(config, []);
}
