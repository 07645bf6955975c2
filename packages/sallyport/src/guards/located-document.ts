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

/** Where in a file something stands; zeros where no position is known. */
export interface Position {
  /** From 1; 0 when unknown. */
  readonly line: number;
  /** From 1; 0 when unknown. */
  readonly column: number;
}

/** A place in a document, as keys and list positions from the top. */
export type KeyPath = readonly (string | number)[];

/** A YAML or JSON document that remembers where its values stand. */
export interface LocatedDocument {
  readonly value: unknown;
  /** The position of the value (or of its key) at a path, or of the nearest thing above it. */
  locate(path: KeyPath, atKey?: boolean): Position;
}

/** Something that stands in the way of reading a document. */
export interface DocumentFlaw extends Position {
  /** What stands there; the whole sentence when `expected` is empty. */
  readonly found: string;
  readonly expected: string;
}

/** A document, or why its text is none. */
export type LocatedResult =
  | { readonly ok: true; readonly document: LocatedDocument }
  | { readonly ok: false; readonly flaws: readonly DocumentFlaw[] };

/** No position. */
export const nowhere: Position = { line: 0, column: 0 };

// Aliases are for a handful of shared lists; 100 bounds what a "billion laughs" file can expand to.
const MAX_ALIASES = 100;

/** Parses YAML 1.2 or JSON. Refuses duplicate keys, unknown tags, several documents, and more than 100 expanded aliases. */
export function parseLocated(text: string): LocatedResult {
  const lines = new LineCounter();
  const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const flaws = [...parsed.errors, ...parsed.warnings].map((error): DocumentFlaw => {
    const { line, col: column } = lines.linePos(error.pos[0]);
    if (error.code === "MULTIPLE_DOCS") return { line, column, found: "several", expected: "one document" };
    return { line, column, found: error.message.replace(/\.$/, ""), expected: "" };
  });
  if (flaws.length > 0) return { ok: false, flaws };
  const value = toValue(parsed);
  if (!value.ok)
    return {
      ok: false,
      flaws: [{ ...nowhere, found: value.reason, expected: `at most ${MAX_ALIASES} aliases` }],
    };
  const locate = (path: KeyPath, atKey = false): Position => locateNode({ parsed, lines }, path, atKey);
  return { ok: true, document: { value: value.value, locate } };
}

function toValue(document: Document): { ok: true; value: unknown } | { ok: false; reason: string } {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: MAX_ALIASES }) };
  } catch (cause) {
    return { ok: false, reason: reasonOf(cause) };
  }
}

/** The first line of what was thrown. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.split("\n", 1).join("") : String(cause);
}

interface Parsed {
  readonly parsed: Document;
  readonly lines: LineCounter;
}

function locateNode({ parsed, lines }: Parsed, path: KeyPath, atKey: boolean): Position {
  let offset = startOf(parsed.contents);
  let node: unknown = parsed.contents;
  for (const [index, part] of path.entries()) {
    const step = descend(parsed, node, part);
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
