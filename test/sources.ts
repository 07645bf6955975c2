import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { parseSync } from "oxc-parser";

/** One `import`, `export … from` or `import()`. */
export interface Import {
  readonly specifier: string;
  /** The imported names; `*` where it takes the whole module. */
  readonly names: readonly string[];
}

/** One TypeScript file, parsed. */
export interface Source {
  /** Path from the folder that was listed, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Every name that it mentions as an identifier, and every `object.property` of plain names. */
  readonly mentions: ReadonlySet<string>;
  /** First lines of exported declarations without a doc comment right before them. */
  readonly undocumented: readonly string[];
  readonly hasDefaultExport: boolean;
}

type Parsed = ReturnType<typeof parseSync>;

/** One node of a syntax tree (ESTree). */
export type Node = Readonly<Record<string, unknown>> & { readonly type: string };

/** Every file below a folder, as paths from it with `/`, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(folder, path)).isFile())
    .map((path) => path.replaceAll("\\", "/"))
    .sort();
}

/** Parses every `.ts` and `.tsx` file below a folder. Throws where one does not parse. */
export function readSources(folder: string): Source[] {
  return filesBelow(folder)
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => parseSource(path, readFileSync(join(folder, path), "utf8")));
}

/** Parses one file's text. Throws where it does not parse. */
export function parseSource(path: string, text: string): Source {
  const parsed = parseSync(path, text);
  if (parsed.errors.length > 0) throw new Error(`${path}: ${parsed.errors[0]?.message}`);
  return {
    path,
    text,
    lines: text.split("\n").length - 1,
    imports: importsOf(parsed, text),
    mentions: new Set([...walk(parsed.program)].flatMap(mentioned)),
    undocumented: undocumentedExports(parsed, text),
    hasDefaultExport: parsed.program.body.some(({ type }) => type === "ExportDefaultDeclaration"),
  };
}

function importsOf({ module }: Parsed, text: string): Import[] {
  const imported = module.staticImports.map(({ moduleRequest, entries }) => ({
    specifier: moduleRequest.value,
    names: entries.map(({ importName }) => importName.name ?? "*"),
  }));
  const reexported = module.staticExports
    .flatMap(({ entries }) => entries)
    .map(({ moduleRequest, importName }) => ({
      specifier: moduleRequest?.value ?? "",
      names: [importName.name ?? "*"],
    }))
    .filter(({ specifier }) => specifier !== "");
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) => ({
    specifier: text.slice(start, end).replace(/^["'`]|["'`]$/g, ""),
    names: ["*"],
  }));
  return [...imported, ...reexported, ...dynamic];
}

function undocumentedExports({ program, comments }: Parsed, text: string): string[] {
  const docs = new Set(
    comments.filter(({ type, value }) => type === "Block" && value.startsWith("*")).map(({ end }) => end),
  );
  return program.body
    .filter((node) => node.type === "ExportNamedDeclaration" && node.declaration !== null)
    .filter(({ start }) => !docs.has(text.slice(0, start).trimEnd().length))
    .map(({ start }) => text.slice(start, text.indexOf("\n", start)));
}

/** Every node of a tree, a parent before its children. */
export function* walk(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* walk(item);
  else if (isNode(value)) {
    yield value;
    for (const child of Object.values(value)) yield* walk(child);
  }
}

/** Whether something is a node of a syntax tree. */
export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "type") === "string";
}

/** A plain name stands for itself, `a.b` for `a` and `a.b`. */
function mentioned(node: Node): string[] {
  if (node.type === "Identifier") return [String(node["name"])];
  if (node.type !== "MemberExpression") return [];
  const { object, property } = node;
  if (!isNode(object) || !isNode(property) || object.type !== "Identifier") return [];
  return [`${String(object["name"])}.${String(property["name"] ?? property["value"])}`];
}
