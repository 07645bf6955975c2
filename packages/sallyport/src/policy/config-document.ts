import { readFile, stat } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { nowhere, parseLocated, reasonOf } from "../guards/located-document.ts";
import type { KeyPath, Position, Problem } from "./problem.ts";
import { asMapping } from "./raw-config.ts";

export { nowhere } from "../guards/located-document.ts";

/** A configuration as it was written, before it means anything. */
export interface ConfigDocument {
  /** As the operator named it; `null` for the command line. */
  readonly file: string | null;
  /** The directory that relative paths are relative to. */
  readonly base: string;
  readonly value: unknown;
  /** The position of the value (or of its key) at a path, or of the nearest thing above it. */
  locate(path: KeyPath, atKey?: boolean): Position;
}

/** A document, or why it cannot be read. */
export type DocumentResult =
  | { readonly ok: true; readonly document: ConfigDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] };

// A configuration is written by hand: 1 MiB is several thousand routes.
const MAX_FILE_BYTES = 1024 * 1024;

const YAML = new Set([".yaml", ".yml", ".json"]);
const MODULES = new Set([".ts", ".mts", ".js", ".mjs"]);

function problem(file: string, found: string, expected: string, mend = "", position = nowhere): Problem {
  return { file, path: "", ...position, found, expected, mend };
}

/**
 * Reads a configuration: YAML 1.2 or JSON by text, TypeScript or JavaScript by importing it. Refuses files over
 * 1 MiB, other endings, duplicate keys, unknown tags, several documents in a file, and more than 100 expanded aliases.
 */
export async function readConfigDocument(file: string): Promise<DocumentResult> {
  const extension = extname(file);
  if (MODULES.has(extension)) return await importDocument(file);
  if (YAML.has(extension)) return await readText(file);
  const found = extension === "" ? "a name without an ending" : `the ending ${extension}`;
  return { ok: false, problems: [problem(file, found, "a .yaml, .yml, .json, .ts, .mts, .js or .mjs file")] };
}

async function readText(file: string): Promise<DocumentResult> {
  try {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES)
      return {
        ok: false,
        problems: [problem(file, `${size} bytes`, `a file of at most ${MAX_FILE_BYTES} bytes`)],
      };
    return parseText(file, await readFile(file, "utf8"));
  } catch (cause) {
    return { ok: false, problems: [unreadable(file, cause)] };
  }
}

function unreadable(file: string, cause: unknown): Problem {
  const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
  const found = missing ? "no such file" : reasonOf(cause);
  return problem(file, found, "a file that can be read", missing ? "Check the path" : "");
}

/** Parses the text of a YAML or JSON configuration. `file` is its name in problems and the base of relative paths. */
export function parseText(file: string, text: string): DocumentResult {
  const parsed = parseLocated(text);
  if (!parsed.ok)
    return {
      ok: false,
      problems: parsed.flaws.map(({ found, expected, line, column }) =>
        problem(file, found, expected, "", { line, column }),
      ),
    };
  return { ok: true, document: { file, base: dirname(resolve(file)), ...parsed.document } };
}

async function importDocument(file: string): Promise<DocumentResult> {
  const path = resolve(file);
  try {
    const { mtimeMs } = await stat(path);
    // Modules are cached for the life of the process: a changed file must be read again at a reload.
    const module: unknown = await import(`${pathToFileURL(path).href}?changed=${mtimeMs}`);
    const value = exported(module);
    if (value !== undefined)
      return {
        ok: true,
        document: { file, base: dirname(path), value: plain(value), locate: () => nowhere },
      };
    const mend = "Write: export const config = defineConfig({ … })";
    return {
      ok: false,
      problems: [problem(file, "neither", "an export `config` or a default export", mend)],
    };
  } catch (cause) {
    const failed = problem(file, reasonOf(cause), "a module that can be imported");
    return { ok: false, problems: [isMissing(cause, path) ? unreadable(file, cause) : failed] };
  }
}

function isMissing(cause: unknown, path: string): boolean {
  return cause instanceof Error && "path" in cause && cause.path === path;
}

function exported(module: unknown): unknown {
  const exports = asMapping(module);
  return exports?.["config"] ?? exports?.["default"];
}

// A key whose value is `undefined` was not written.
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries.map(([key, entry]) => [key, plain(entry)]));
}
