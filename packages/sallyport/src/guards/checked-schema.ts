import type { ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import { isDeeperThan } from "./canonical-json.ts";
import { isMapping, ownValue } from "./document-places.ts";
import { quoted } from "./quoted.ts";
import { TABLE_KEYWORDS, type SchemaBundle } from "./schema-bundle.ts";
import { compileSchema } from "./schema-engine.ts";
import { matchedTooMuch } from "./schema-pattern.ts";
import { TooManySteps } from "./schema-work.ts";

/** Why a value is not what a schema asks for. */
export interface SchemaMismatch {
  /** `costly`: it was not checked to the end, being too deep or too much work. */
  readonly fault: "mismatch" | "costly";
  /** For the operator alone: the place in the message, the rule and where it is written, and the type of what stood there. */
  readonly detail: string;
}

/** A schema that values can be checked against. */
export interface CheckedSchema {
  /** Where it comes from, its title and its draft, for `sallyport check`. */
  readonly label: string;
  /** For telling apart what a value may be: names of members that must be there, and the one text that each must be. */
  readonly constants: ReadonlyMap<string, string>;
  /** Checks a JSON value of the message that `beginMessage` was called for. `null`: it is as the schema asks. */
  check(value: unknown): SchemaMismatch | null;
}

/** How a schema is checked. */
export interface SchemaChecking {
  readonly label: string;
  /** Lists and objects inside each other that a value may be where the schema follows it. */
  readonly depth: number;
}

/** Compiles a schema. @throws Error where the engine refuses what the bundler let pass */
export function createCheckedSchema(bundle: SchemaBundle, { label, depth }: SchemaChecking): CheckedSchema {
  const validate = compileSchema(bundle.schema, depth);
  const names = namesIn(bundle.schema);
  const check = (value: unknown): SchemaMismatch | null => {
    if (bundle.deep && isDeeperThan(value, depth)) return tooDeep(depth);
    const valid = run(validate, value);
    if (valid === "endless")
      return costly("its schema refers to itself, and leads on in more ways than may be followed");
    if (valid === "deep") return tooDeep(depth);
    if (matchedTooMuch()) return costly("patterns would have to look at too many characters");
    return valid ? null : { fault: "mismatch", detail: describeErrors(validate, { value, bundle, names }) };
  };
  return { label, constants: constantsIn(bundle.schema), check };
}

// Where long chains of references follow a message in its depth, the stack may end first.
function run(validate: ValidateFunction, value: unknown): boolean | "deep" | "endless" {
  try {
    return validate(value);
  } catch (cause) {
    if (cause instanceof TooManySteps) return "endless";
    if (cause instanceof RangeError) return "deep";
    throw cause;
  }
}

function costly(detail: string): SchemaMismatch {
  return { fault: "costly", detail };
}

function tooDeep(depth: number): SchemaMismatch {
  return costly(`it is nested deeper than ${depth}`);
}

interface Checked {
  readonly value: unknown;
  readonly bundle: SchemaBundle;
  readonly names: ReadonlySet<string>;
}

// Of what no branch of `anyOf` or `oneOf` took, the branch that came furthest says most.
function describeErrors({ errors }: ValidateFunction, checked: Checked): string {
  const all = [errors].flat().filter((error) => typeof error === "object" && error !== null);
  const furthest = all.toSorted((one, other) => depthOf(one) - depthOf(other));
  const told = new Set([...all.slice(-1), ...furthest.slice(-1)]);
  return [...told].map((error) => describeError(error, checked)).join("; one way came as far as ");
}

function depthOf({ instancePath }: ErrorObject): number {
  return instancePath.split("/").length;
}

function describeError(error: ErrorObject, { value, bundle, names }: Checked): string {
  const tokens = error.instancePath.split("/").slice(1).map(unescape);
  let at = value;
  let place = "";
  for (const token of tokens) {
    // A number is an index in a list alone: the name of a member may be what nobody else is to read.
    place += names.has(token) || Array.isArray(at) ? `/${token}` : "/*";
    at = ownValue(at, token);
  }
  return `${quoted(place)}: ${ruleOf(error, bundle)}, found ${typeOf(at)}`;
}

function unescape(token: string): string {
  return token.replaceAll("~1", "/").replaceAll("~0", "~");
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** Where the rule stands in the document that its author wrote. */
function ruleOf({ keyword, parentSchema }: ErrorObject, { places, draft }: SchemaBundle): string {
  const place = places.get(parentSchema);
  return place === undefined ? "a schema that is `false`" : `${place}/${writtenKeyword(keyword, draft)}`;
}

function writtenKeyword(keyword: string, draft: SchemaBundle["draft"]): string {
  if (keyword === TABLE_KEYWORDS.enum) return "enum";
  if (keyword === TABLE_KEYWORDS.const) return "const";
  return draft === "draft-07" && keyword.startsWith("dependent") ? "dependencies" : keyword;
}

/** Every name of a member that the schema speaks of: those are its author's, and may be shown. */
function namesIn(schema: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  const next = [schema];
  for (let at = next.pop(); at !== undefined; at = next.pop()) {
    if (typeof at !== "object" || at === null) continue;
    const properties = ownValue(at, "properties");
    if (isMapping(properties)) for (const name of Object.keys(properties)) names.add(name);
    next.push(...Object.values(at));
  }
  return names;
}

/** Members at the top that must be there, and can be but one text. */
function constantsIn(schema: unknown): ReadonlyMap<string, string> {
  const constants = new Map<string, string>();
  const parts = partsOf(schema, schema, new Set());
  const required = new Set(parts.flatMap((part) => ownValue(part, "required") ?? []));
  for (const part of parts)
    for (const [name, property] of Object.entries(ownValue(part, "properties") ?? {})) {
      const only = constantOf(property);
      if (required.has(name) && only !== null) constants.set(name, only);
    }
  return constants;
}

// What holds for the whole value: the schema, what it refers to, and all of its `allOf`.
function partsOf(at: unknown, root: unknown, seen: Set<unknown>): readonly unknown[] {
  if (!isMapping(at) || seen.has(at)) return [];
  seen.add(at);
  const reference = at["$ref"];
  const target =
    typeof reference === "string"
      ? ownValue(ownValue(root, "$defs"), reference.slice("#/$defs/".length))
      : undefined;
  const all = Array.isArray(at["allOf"]) ? at["allOf"] : [];
  return [at, ...[target, ...all].flatMap((part) => partsOf(part, root, seen))];
}

function constantOf(property: unknown): string | null {
  const values = ownValue(property, "enum");
  const only = Array.isArray(values) && values.length === 1 ? values[0] : ownValue(property, "const");
  return typeof only === "string" ? only : null;
}
