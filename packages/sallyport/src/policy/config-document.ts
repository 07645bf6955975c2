import { readFile, stat } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
} from "yaml";
import type { KeyPath, Position, Problem } from "./problem.ts";
import { asMapping } from "./raw-config.ts";

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

/** No position: the configuration does not come from a text that we parsed. */
export const nowhere: Position = { line: 0, column: 0 };

// A configuration is written by hand: 1 MiB is several thousand routes.
const MAX_FILE_BYTES = 1024 * 1024;
// Aliases are for a handful of shared lists; 100 bounds what a "billion laughs" file can expand to.
const MAX_ALIASES = 100;

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

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split("\n")[0] ?? cause.name) : String(cause);
}

/** Parses the text of a YAML or JSON configuration. `file` is its name in problems and the base of relative paths. */
export function parseText(file: string, text: string): DocumentResult {
  const lines = new LineCounter();
  const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const problems = [...parsed.errors, ...parsed.warnings].map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    const position = { line, column: col };
    if (error.code === "MULTIPLE_DOCS") return problem(file, "several", "one document", "", position);
    return problem(file, error.message.replace(/\.$/, ""), "", "", position);
  });
  if (problems.length > 0) return { ok: false, problems };
  const value = toValue(parsed);
  if (!value.ok)
    return { ok: false, problems: [problem(file, value.reason, `at most ${MAX_ALIASES} aliases`)] };
  const locate = (path: KeyPath, atKey = false): Position => locateNode(parsed, lines, path, atKey);
  return { ok: true, document: { file, base: dirname(resolve(file)), value: value.value, locate } };
}

function toValue(document: Document): { ok: true; value: unknown } | { ok: false; reason: string } {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: MAX_ALIASES }) };
  } catch (cause) {
    return { ok: false, reason: reasonOf(cause) };
  }
}

function locateNode(document: Document, lines: LineCounter, path: KeyPath, atKey: boolean): Position {
  let offset = startOf(document.contents);
  let node: unknown = document.contents;
  for (const [index, part] of path.entries()) {
    const step = descend(document, node, part);
    if (step === null) break;
    offset = atKey && index === path.length - 1 ? step.keyOffset : step.offset;
    node = step.node;
  }
  const { line, col } = lines.linePos(offset);
  return line === 0 ? { line: 1, column: 1 } : { line, column: col };
}

interface Step {
  readonly node: unknown;
  readonly offset: number;
  readonly keyOffset: number;
}

function descend(document: Document, from: unknown, part: string | number): Step | null {
  const node = isAlias(from) ? from.resolve(document) : from;
  if (isSeq(node) && typeof part === "number") return stepTo(node.items[part], null);
  if (!isMap(node)) return null;
  const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === part);
  return pair === undefined ? null : stepTo(pair.value, pair.key);
}

function stepTo(node: unknown, key: unknown): Step | null {
  if (node === undefined) return null;
  const keyOffset = startOf(key ?? node);
  return { node, offset: node === null ? keyOffset : startOf(node), keyOffset };
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
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
