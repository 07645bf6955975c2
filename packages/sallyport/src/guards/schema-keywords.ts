import { compilePattern } from "./schema-pattern.ts";
import { reasonOf } from "./located-document.ts";
import { schemaFormats } from "./schema-formats.ts";

/** The drafts of JSON Schema that are understood. */
export type Draft = "2020-12" | "draft-07";

/** What stands under a keyword. `check` names what was expected where something else stands there. */
export type KeywordContent =
  | {
      readonly holds:
        | "schema"
        | "schemas"
        | "schemaMap"
        | "patternMap"
        | "items"
        | "further"
        | "dependencies";
    }
  | { readonly holds: "reference" | "definitions" | "annotation" }
  | { readonly holds: "value"; readonly check: (value: unknown) => string | null };

const TYPES = ["null", "boolean", "object", "array", "number", "string", "integer"];
/** A longer list is a table, which a pattern or a format should stand for. */
const MAX_VALUES = 2000;

const isString = (value: unknown): value is string => typeof value === "string";
const isNames = (value: unknown): boolean =>
  Array.isArray(value) && value.every(isString) && new Set(value).size === value.length;
const isType = (value: unknown): boolean => isString(value) && TYPES.includes(value);

const valued = (expected: string, fits: (value: unknown) => boolean): KeywordContent => ({
  holds: "value",
  check: (found) => (fits(found) ? null : expected),
});
const schema: KeywordContent = { holds: "schema" };
const schemas: KeywordContent = { holds: "schemas" };
const schemaMap: KeywordContent = { holds: "schemaMap" };
const annotation: KeywordContent = { holds: "annotation" };
const number = valued("a number", Number.isFinite);
const count = valued("a whole number from 0", (found) => Number.isSafeInteger(found) && Number(found) >= 0);

/** Why a text is no pattern that may be used; `null` when it is one. */
export function patternFault(text: unknown): string | null {
  if (!isString(text)) return "a pattern";
  try {
    compilePattern(text);
    return null;
  } catch (cause) {
    return `a pattern that RE2 knows (no lookaround, no back references): ${reasonOf(cause)}`;
  }
}

function formatFault(name: unknown): string | null {
  if (isString(name) && Object.hasOwn(schemaFormats, name)) return null;
  return `a format that is checked: one of ${Object.keys(schemaFormats).join(", ")}`;
}

/** Why a value is no list of names; `null` when it is one. */
export function namesFault(value: unknown): string | null {
  return isNames(value) ? null : "a list of names, each once";
}

const shared: Readonly<Record<string, KeywordContent>> = {
  $ref: { holds: "reference" },
  $defs: { holds: "definitions" },
  definitions: { holds: "definitions" },
  type: valued(`one of ${TYPES.join(", ")}, or a list of them`, (found) =>
    Array.isArray(found) ? isNames(found) && found.length > 0 && found.every(isType) : isType(found),
  ),
  enum: valued(
    `a list of 1 to ${MAX_VALUES} values`,
    (found) => Array.isArray(found) && found.length > 0 && found.length <= MAX_VALUES,
  ),
  const: valued("a value", () => true),
  multipleOf: valued("a number above 0", (found) => Number.isFinite(found) && Number(found) > 0),
  maximum: number,
  exclusiveMaximum: number,
  minimum: number,
  exclusiveMinimum: number,
  maxLength: count,
  minLength: count,
  pattern: { holds: "value", check: patternFault },
  format: { holds: "value", check: formatFault },
  maxItems: count,
  minItems: count,
  uniqueItems: valued("true or false", (found) => typeof found === "boolean"),
  maxProperties: count,
  minProperties: count,
  required: { holds: "value", check: namesFault },
  properties: schemaMap,
  patternProperties: { holds: "patternMap" },
  additionalProperties: schema,
  propertyNames: schema,
  items: { holds: "items" },
  contains: schema,
  allOf: schemas,
  anyOf: schemas,
  oneOf: schemas,
  not: schema,
  if: schema,
  // oxlint-disable-next-line unicorn/no-thenable
  then: schema,
  else: schema,
  $comment: annotation,
  $schema: annotation,
  title: annotation,
  description: annotation,
  default: annotation,
  deprecated: annotation,
  discriminator: annotation,
  example: annotation,
  examples: annotation,
  externalDocs: annotation,
  readOnly: annotation,
  writeOnly: annotation,
  contentEncoding: annotation,
  contentMediaType: annotation,
};

const ofDraft: Readonly<Record<Draft, Readonly<Record<string, KeywordContent>>>> = {
  "2020-12": {
    $anchor: annotation,
    prefixItems: schemas,
    minContains: count,
    maxContains: count,
    dependentRequired: valued(
      "a mapping from names to lists of names",
      (found) =>
        typeof found === "object" &&
        found !== null &&
        !Array.isArray(found) &&
        Object.values(found).every(isNames),
    ),
    dependentSchemas: schemaMap,
    unevaluatedItems: schema,
    unevaluatedProperties: schema,
    contentSchema: annotation,
  },
  "draft-07": { additionalItems: { holds: "further" }, dependencies: { holds: "dependencies" } },
};

/** What stands under a keyword of a draft; `null`: the draft knows none of that name. What begins with `x-` says nothing. */
export function contentOf(keyword: string, draft: Draft): KeywordContent | null {
  if (keyword.startsWith("x-")) return annotation;
  const keywords = [shared, ofDraft[draft]].find((known) => Object.hasOwn(known, keyword));
  return keywords?.[keyword] ?? null;
}

/** Keywords whose schemas are asked about the very value that the schema around them is asked about. */
const IN_PLACE: ReadonlySet<string> = new Set([
  "$ref",
  "allOf",
  "anyOf",
  "oneOf",
  "not",
  "if",
  "then",
  "else",
  "dependentSchemas",
  "dependencies",
]);

/** Whether what stands under a keyword is asked about the same value, and not about a part of it. */
export function staysInPlace(keyword: string): boolean {
  return IN_PLACE.has(keyword);
}

/** Keywords that say nothing but beside another one. */
export const needs: readonly (readonly [string, readonly string[]])[] = [
  ["then", ["if"]],
  ["else", ["if"]],
  ["if", ["then", "else"]],
  ["minContains", ["contains"]],
  ["maxContains", ["contains"]],
];

/** Whether a keyword says something about values. */
export function isAssertion(keyword: string, draft: Draft): boolean {
  const holds = contentOf(keyword, draft)?.holds;
  return holds !== undefined && holds !== "annotation" && holds !== "definitions";
}

const DRAFTS: ReadonlyMap<unknown, Draft> = new Map([
  ["https://json-schema.org/draft/2020-12/schema", "2020-12"],
  ["http://json-schema.org/draft-07/schema", "draft-07"],
]);

/** What `$schema` may say. */
export const knownDrafts: readonly string[] = [...DRAFTS.keys()].map(String);

/** The draft that `$schema` names, with `#` at its end or without; `null` for any other. */
export function draftOf(written: unknown): Draft | null {
  return DRAFTS.get(String(written).replace(/#$/, "")) ?? null;
}

/** What to write instead of a keyword that is not understood; empty where nothing is known. */
export function mendOfKeyword(keyword: string, draft: Draft): string {
  if (contentOf(keyword, draft === "2020-12" ? "draft-07" : "2020-12") !== null)
    return `It is one of ${draft === "2020-12" ? "draft-07" : "2020-12"}, and this schema is read as ${draft}`;
  return MENDS[keyword] ?? "";
}

const MENDS: Readonly<Record<string, string>> = {
  $id: "Only the top of a document may have one: write `$ref: '#/$defs/…'` where it is referred to",
  id: "Write `$id`",
  $dynamicRef: "Write `$ref`",
  $dynamicAnchor: "Write `$anchor`",
  $recursiveRef: "Write `$ref`",
  $recursiveAnchor: "Leave it out",
  nullable: "Write `type: [string, 'null']`, with the type that it has",
};
