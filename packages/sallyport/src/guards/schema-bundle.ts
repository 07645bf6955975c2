import type { DocumentFault } from "./document-faults.ts";
import {
  describeWritten,
  formatPointer,
  isMapping,
  valueAtPath,
  type DocumentMapping,
} from "./document-places.ts";
import { createReferenceResolver, type ReferenceResolver } from "./document-reference.ts";
import type { KeyPath, LocatedDocument } from "./located-document.ts";
import { costOf, type DefinitionReference } from "./schema-cost.ts";
import {
  contentOf,
  draftOf,
  isAssertion,
  knownDrafts,
  mendOfKeyword,
  namesFault,
  needs,
  patternFault,
  staysInPlace,
  type Draft,
} from "./schema-keywords.ts";

/** Where a schema stands. */
export interface SchemaSource {
  readonly file: string;
  readonly document: LocatedDocument;
  /** Its place in the document. */
  readonly path: KeyPath;
  /** How it is read where it has no `$schema`. */
  readonly draft: Draft;
}

/** A schema on its own: what is checked of it, and nothing else. */
export interface SchemaBundle {
  /** In draft 2020-12, whatever it was written in. Every reference leads into its own `$defs`. */
  readonly schema: unknown;
  /** What it was written in. */
  readonly draft: Draft;
  /** Its `title`; `null` without one. */
  readonly title: string | null;
  /** A check follows the message as deep as that goes: it refers to itself, or compares lists and objects. */
  readonly deep: boolean;
  /** Where in the document each schema in it was written, as `#` and a JSON Pointer. */
  readonly places: ReadonlyMap<unknown, string>;
}

/** A bundle, or everything that is wrong with the schema. */
export type BundleResult =
  | { readonly ok: true; readonly bundle: SchemaBundle }
  | { readonly ok: false; readonly faults: readonly DocumentFault[] };

/** Schemas in one, with those that it refers to: 2,000 are a large API's. */
export const MAX_SUBSCHEMAS = 2000;
/** Schemas inside each other in one place. */
export const MAX_SCHEMA_DEPTH = 64;
/** Schemas that may look at one value, all references followed: without this, 40 lines can mean a thousand million. */
export const MAX_EXPANDED = 20_000;

/** What the engine counts: an entry into a schema that refers to itself. */
export const STEP_KEYWORD = "sallyportStep";
/** `enum` and `const` of lists and objects, or of many values: the engine's own would call what a peer named `valueOf`. */
export const TABLE_KEYWORDS = { enum: "sallyportEnum", const: "sallyportConst" } as const;
const MAX_INLINE_VALUES = 16;

/**
 * Takes a schema out of its document, with all that it refers to. Refuses keywords, formats and patterns that would not be checked,
 * references that lead out of the document or round in a circle, and what would take too long: see the limits of this file.
 */
export function bundleSchema(source: SchemaSource): BundleResult {
  const bundler = new Bundler(source);
  const bundle = bundler.bundle();
  return bundle === null ? { ok: false, faults: bundler.faults } : { ok: true, bundle };
}

interface OpenDefinition {
  readonly path: KeyPath;
  readonly references: DefinitionReference[];
  size: number;
  schema: unknown;
}

/** A schema, or what stands under one of its keywords, on its way through the bundler. */
interface Visit {
  readonly into: OpenDefinition;
  readonly path: KeyPath;
  readonly depth: number;
  /** It is asked about the value that the definition is asked about. */
  readonly inPlace: boolean;
}

type Copied = readonly (readonly [string, unknown])[];

class Bundler {
  readonly faults: DocumentFault[] = [];
  readonly #source: SchemaSource;
  readonly #resolve: ReferenceResolver;
  readonly #definitions: OpenDefinition[] = [];
  readonly #indexes = new Map<string, number>();
  readonly #places = new Map<unknown, string>();
  readonly #draft: Draft;
  #subschemas = 0;
  #compares = false;
  #contains = false;
  #unevaluatedItems: KeyPath | null = null;

  constructor(source: SchemaSource) {
    this.#source = source;
    this.#resolve = createReferenceResolver(source.document.value);
    this.#draft = this.#writtenDraft(this.#at(source.path), source.path) ?? source.draft;
  }

  bundle(): SchemaBundle | null {
    const { path } = this.#source;
    this.#define(path);
    // Grows while it is gone through: what is referred to is looked at in its turn.
    for (const definition of this.#definitions)
      definition.schema = this.#visit(this.#at(definition.path), {
        into: definition,
        path: definition.path,
        depth: 0,
        inPlace: true,
      });
    const { recursive, endless, expanded } = costOf(this.#definitions);
    for (const [index, definition] of this.#definitions.entries())
      if (endless.has(index)) this.#faultEndless(definition);
    if (expanded > MAX_EXPANDED)
      this.#fault(path, {
        found: `${expanded} or more schemas, all references followed`,
        expected: `at most ${MAX_EXPANDED}`,
        mend: "A definition that is referred to twice, by one that is itself referred to twice, counts four times",
      });
    // The engine takes all items for evaluated where `contains` looked at some.
    if (this.#contains && this.#unevaluatedItems !== null)
      this.#fault(this.#unevaluatedItems, {
        found: "`unevaluatedItems` in a schema with `contains`, which would not be checked",
        expected: "one of the two",
        atKey: true,
      });
    if (this.faults.length > 0) return null;
    const [root, ...others] = this.#definitions.map(({ schema, path: at }, index) =>
      recursive.has(index) ? this.#copied(schema, { [STEP_KEYWORD]: true }, at) : schema,
    );
    const $defs = Object.fromEntries(others.map((schema, index) => [`d${index + 1}`, schema]));
    const title = valueAtPath(this.#source.document.value, [...path, "title"]);
    return {
      schema: others.length > 0 ? this.#copied(root, { $defs }, path) : root,
      draft: this.#draft,
      title: typeof title === "string" ? title : null,
      deep: recursive.size > 0 || this.#compares,
      places: this.#places,
    };
  }

  // What is copied so is never `true` or `false`: neither refers to anything.
  #copied(schema: unknown, more: DocumentMapping, path: KeyPath): unknown {
    const copy: object = Object.assign({}, more, schema);
    this.#places.set(copy, `#${formatPointer(path)}`);
    return copy;
  }

  #at(path: KeyPath): unknown {
    return valueAtPath(this.#source.document.value, path);
  }

  #fault(path: KeyPath, fault: Partial<DocumentFault> & { readonly atKey?: boolean }): void {
    const { file, document } = this.#source;
    const { atKey = false, ...words } = fault;
    const position = document.locate(path, atKey);
    this.faults.push({
      file,
      place: `#${formatPointer(path)}`,
      found: "",
      expected: "",
      mend: "",
      ...words,
      ...position,
    });
  }

  #faultEndless({ path }: OpenDefinition): void {
    this.#fault(path, {
      found: "a schema that refers to itself about the very same value",
      expected: "a reference from within `properties`, `items` or another part",
    });
  }

  /** The draft that a schema says it is written in; `null` where it says none. */
  #writtenDraft(schema: unknown, path: KeyPath): Draft | null {
    const written = isMapping(schema) ? schema["$schema"] : undefined;
    if (written === undefined) return null;
    const draft = draftOf(written);
    if (draft === null)
      this.#fault([...path, "$schema"], {
        found: describeWritten(written),
        expected: knownDrafts.join(" or "),
      });
    return draft;
  }

  #define(path: KeyPath): number {
    const place = formatPointer(path);
    const known = this.#indexes.get(place);
    if (known !== undefined) return known;
    const index = this.#definitions.length;
    this.#indexes.set(place, index);
    this.#definitions.push({ path, references: [], size: 0, schema: true });
    return index;
  }

  #visit(value: unknown, visit: Visit): unknown {
    const { path, depth, into, inPlace } = visit;
    into.size++;
    if (typeof value === "boolean") return value;
    if (!isMapping(value)) {
      this.#fault(path, { found: describeWritten(value), expected: "a schema: a mapping, true or false" });
      return true;
    }
    if (this.#isTooMuch(path, depth)) return true;
    this.#checkSiblings(value, path);
    const copies = Object.entries(value).map(([keyword, content]) => {
      if (keyword === "$id" && path.length === 0) return [];
      const below = { into, path: [...path, keyword], depth: depth + 1 };
      return this.#keyword(value, keyword, { ...below, inPlace: inPlace && staysInPlace(keyword) }, content);
    });
    return this.#copied(Object.fromEntries(copies.flat()), {}, path);
  }

  #isTooMuch(path: KeyPath, depth: number): boolean {
    this.#subschemas++;
    if (this.#subschemas === MAX_SUBSCHEMAS + 1)
      this.#fault(path, { found: "one more", expected: `at most ${MAX_SUBSCHEMAS} schemas in a schema` });
    if (depth === MAX_SCHEMA_DEPTH)
      this.#fault(path, {
        found: "one more",
        expected: `at most ${MAX_SCHEMA_DEPTH} schemas inside each other`,
      });
    return depth >= MAX_SCHEMA_DEPTH || this.#subschemas > MAX_SUBSCHEMAS;
  }

  // What keywords mean beside each other.
  #checkSiblings(schema: DocumentMapping, path: KeyPath): void {
    for (const [keyword, needed] of needs)
      if (schema[keyword] !== undefined && needed.every((other) => schema[other] === undefined))
        this.#fault([...path, keyword], {
          found: `\`${keyword}\` alone, which says nothing`,
          expected: `${needed.map((other) => `\`${other}\``).join(" or ")} beside it`,
          atKey: true,
        });
    const draft = path === this.#source.path ? null : this.#writtenDraft(schema, path);
    if (draft !== null && draft !== this.#draft)
      this.#fault([...path, "$schema"], {
        found: `a schema of ${draft}`,
        expected: `one of ${this.#draft}, as around it`,
      });
    if (this.#draft !== "draft-07" || schema["$ref"] === undefined) return;
    const beside = Object.keys(schema).find(
      (keyword) => keyword !== "$ref" && isAssertion(keyword, "draft-07"),
    );
    if (beside !== undefined)
      this.#fault([...path, beside], {
        found: `\`${beside}\` beside \`$ref\`, where draft-07 ignores it`,
        expected: "`$ref` alone",
        mend: "Write: allOf: [{ $ref: … }, { … }]",
        atKey: true,
      });
  }

  #keyword(schema: DocumentMapping, keyword: string, visit: Visit, value: unknown): Copied {
    const content = contentOf(keyword, this.#draft);
    if (content === null) {
      const mend = mendOfKeyword(keyword, this.#draft);
      const found = `\`${keyword}\`, which would not be checked`;
      this.#fault(visit.path, { found, expected: "a keyword of JSON Schema", mend, atKey: true });
      return [];
    }
    switch (content.holds) {
      case "annotation":
      case "definitions":
        return [];
      case "reference":
        return this.#reference(value, visit);
      case "value":
        return this.#value(keyword, value, { path: visit.path, check: content.check });
      case "schema":
        if (keyword === "contains") this.#contains = true;
        if (keyword === "unevaluatedItems") this.#unevaluatedItems = visit.path;
        return this.#one(keyword, value, visit);
      case "further":
        // Without a list of `items` beside it, it means nothing (draft-07 6.4.2).
        return Array.isArray(schema["items"]) ? this.#one("items", value, visit) : [];
      case "items":
        return Array.isArray(value) ? this.#tuple(value, visit) : this.#one(keyword, value, visit);
      case "schemas":
        return this.#list(keyword, value, visit);
      case "schemaMap":
        return this.#map(keyword, value, visit);
      case "patternMap":
        this.#checkPatterns(value, visit.path);
        return this.#map(keyword, value, visit);
      case "dependencies":
        break;
    }
    return this.#dependencies(value, visit);
  }

  #value(
    keyword: string,
    value: unknown,
    { path, check }: { readonly path: KeyPath; readonly check: (value: unknown) => string | null },
  ): Copied {
    const expected = check(value);
    if (expected !== null) this.#fault(path, { found: describeWritten(value), expected });
    if (keyword === "uniqueItems" && value === true) this.#compares = true;
    if (keyword !== "const" && keyword !== "enum") return [[keyword, value]];
    const values: readonly unknown[] = keyword === "const" ? [value] : Array.isArray(value) ? value : [];
    const scalar = values.every((one) => typeof one !== "object" || one === null);
    if (scalar && values.length <= MAX_INLINE_VALUES) return [[keyword, value]];
    this.#compares = true;
    return [[TABLE_KEYWORDS[keyword], values]];
  }

  #reference(value: unknown, { path, into, inPlace }: Visit): Copied {
    const target = this.#resolve(value);
    if (target === null) {
      const outside = typeof value === "string" && !value.startsWith("#");
      this.#fault(path, {
        found: describeWritten(value),
        expected: "a reference to a schema in this document, such as #/$defs/name",
        mend: outside ? "Nothing is fetched: copy what it refers to into `$defs`" : "",
      });
      return [];
    }
    const to = this.#define(target);
    into.references.push({ to, inPlace });
    return [["$ref", to === 0 ? "#" : `#/$defs/d${to}`]];
  }

  #one(keyword: string, value: unknown, visit: Visit): Copied {
    return [[keyword, this.#visit(value, visit)]];
  }

  #tuple(value: readonly unknown[], visit: Visit): Copied {
    if (this.#draft === "draft-07") return this.#list("prefixItems", value, visit);
    const mend = "Write `prefixItems`, or `$schema` of draft-07";
    this.#fault(visit.path, { found: "a list", expected: "one schema", mend });
    return [];
  }

  #list(keyword: string, value: unknown, visit: Visit): Copied {
    if (!Array.isArray(value) || value.length === 0) {
      this.#fault(visit.path, { found: describeWritten(value), expected: "a list of at least one schema" });
      return [];
    }
    const copies = value.map((entry, index) =>
      this.#visit(entry, { ...visit, path: [...visit.path, index] }),
    );
    return [[keyword, copies]];
  }

  #map(keyword: string, value: unknown, visit: Visit): Copied {
    if (!isMapping(value)) {
      this.#fault(visit.path, { found: describeWritten(value), expected: "a mapping from names to schemas" });
      return [];
    }
    // The engine leaves that one out.
    if (Object.hasOwn(value, "__proto__"))
      this.#fault([...visit.path, "__proto__"], {
        found: "`__proto__`, which would not be checked",
        expected: "another name",
        mend: "To forbid it, write: propertyNames: { not: { const: __proto__ } }",
        atKey: true,
      });
    const copies = Object.entries(value).map(([name, entry]): readonly [string, unknown] => [
      name,
      this.#visit(entry, { ...visit, path: [...visit.path, name] }),
    ]);
    return [[keyword, Object.fromEntries(copies)]];
  }

  #checkPatterns(value: unknown, path: KeyPath): void {
    for (const pattern of isMapping(value) ? Object.keys(value) : []) {
      const expected = patternFault(pattern);
      if (expected !== null)
        this.#fault([...path, pattern], { found: describeWritten(pattern), expected, atKey: true });
    }
  }

  // Draft-07 has one keyword for what later are two (draft-07 6.5.7).
  #dependencies(value: unknown, visit: Visit): Copied {
    const entries = isMapping(value) ? Object.entries(value) : [];
    const names = entries.filter(([, entry]) => Array.isArray(entry));
    for (const [name, entry] of names)
      this.#value("required", entry, { path: [...visit.path, name], check: namesFault });
    const schemas = Object.fromEntries(entries.filter(([, entry]) => !Array.isArray(entry)));
    const copied = this.#map("dependentSchemas", isMapping(value) ? schemas : value, visit);
    return [["dependentRequired", Object.fromEntries(names)], ...copied];
  }
}
