// Writes packages/sallyport/test/ocsf/ocsf.schema.json: what a released version of OCSF says of the classes that the gate writes.
// `node scripts/write-ocsf-schema.ts CLONE TAG`, where CLONE is a clone of github.com/ocsf/ocsf-schema. Facts only: names, types,
// requirements, numbers of enumerations, constraints; no description.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [clone = "", tag = "1.8.0"] = process.argv.slice(2);

/** The classes, by their name in the schema. */
const CLASSES = [
  "network/network_activity",
  "network/http_activity",
  "iam/authentication",
  "findings/detection_finding",
  "application/api_activity",
  "application/application_lifecycle",
  "application/application_error",
];
/** The objects that events of the gate may hold; whatever else is known to OCSF is refused by the fixture. */
const OBJECTS = [
  "actor",
  "analytic",
  "api",
  "attack",
  "evidences",
  "finding_info",
  "http_header",
  "http_request",
  "http_response",
  "logger",
  "metadata",
  "network_connection_info",
  "network_endpoint",
  "network_traffic",
  "object",
  "observable",
  "policy",
  "product",
  "resource_details",
  "response",
  "rule",
  "service",
  "session",
  "sub_technique",
  "tactic",
  "technique",
  "url",
  "user",
];
/** Profiles whose attributes an event may have. */
const PROFILES = new Set(["security_control"]);

interface Attribute {
  readonly type?: string;
  readonly is_array?: boolean;
  readonly observable?: number;
  readonly requirement?: string;
  readonly profile?: string | null;
  readonly enum?: Readonly<Record<string, unknown>>;
  readonly max_len?: number;
}
type Attributes = Readonly<Record<string, Attribute>>;
interface Definition {
  readonly uid?: number;
  readonly name?: string;
  readonly category?: string;
  readonly extends?: string;
  readonly attributes?: Attributes & { readonly $include?: readonly string[] };
  readonly observable?: number;
  readonly constraints?: Readonly<Record<string, readonly string[]>>;
}
interface DataType {
  readonly observable?: number;
  readonly type?: string;
  readonly regex?: string;
  readonly max_len?: number;
  readonly range?: readonly [number, number];
}

// The published files are JSON that nobody here checks again: what they lack shows in the tests that use the fixture.
const source = (path: string): string =>
  execFileSync("git", ["-C", clone, "show", `${tag}:${path}`], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
    stdio: ["ignore", "pipe", "ignore"],
  });
const read = (path: string): Definition => JSON.parse(source(path));
const dictionary: {
  readonly attributes: Attributes;
  readonly types: { readonly attributes: Readonly<Record<string, DataType>> };
} = JSON.parse(source("dictionary.json"));
const categories: { readonly attributes: Readonly<Record<string, { readonly uid: number }>> } = JSON.parse(
  source("categories.json"),
);
const folders = ["", "network/", "iam/", "findings/", "application/"];

function fileOf(kind: "events" | "objects", name: string): Definition {
  if (kind === "objects") return read(`objects/${name}.json`);
  for (const folder of folders) {
    try {
      return read(`events/${folder}${name}.json`);
    } catch {
      // In another folder.
    }
  }
  throw new Error(`no class ${name}`);
}

/** A definition with what it extends. */
function whole(kind: "events" | "objects", definition: Definition): Definition {
  const base = definition.extends === undefined ? {} : whole(kind, fileOf(kind, definition.extends));
  const { $include = [], ...own } = definition.attributes ?? {};
  const included = $include
    .map((path) => read(path))
    .filter(({ name = "" }) => PROFILES.has(name))
    .map(({ attributes = {} }) => attributes);
  const attributes: Record<string, Attribute> = {};
  for (const part of [base.attributes ?? {}, ...included, own])
    for (const [name, attribute] of Object.entries(part)) {
      const before = attributes[name];
      const values = { ...before?.enum, ...attribute.enum };
      attributes[name] = {
        ...before,
        ...attribute,
        ...(Object.keys(values).length > 0 && { enum: values }),
      };
    }
  return { ...base, ...definition, attributes };
}

function typeSchema(name: string): Record<string, unknown> {
  const found = dictionary.types.attributes[name] ?? {};
  const base = found.type ?? name;
  return {
    ...(base === "json_t"
      ? {}
      : {
          type:
            { boolean_t: "boolean", integer_t: "integer", long_t: "integer", float_t: "number" }[base] ??
            "string",
        }),
    ...(found.regex !== undefined && { pattern: found.regex }),
    ...(found.max_len !== undefined && { maxLength: found.max_len }),
    ...(found.range !== undefined && { minimum: found.range[0], maximum: found.range[1] }),
  };
}

function attributeSchema(name: string, attribute: Attribute): unknown {
  const known = { ...dictionary.attributes[name], ...attribute };
  const { type = "string_t", is_array: isArray = false } = known;
  const values = Object.keys({ ...dictionary.attributes[name]?.enum, ...attribute.enum });
  const isNumber = type === "integer_t" || type === "long_t";
  const one =
    // What is no scalar is the name of an object.
    !type.endsWith("_t")
      ? OBJECTS.includes(type)
        ? { $ref: `#/$defs/${type}` }
        : false
      : values.length > 0
        ? { enum: isNumber ? values.map(Number) : values }
        : typeSchema(type);
  return isArray ? { type: "array", items: one } : one;
}

function schemaOf(definition: Definition, fixed: Record<string, unknown> = {}): Record<string, unknown> {
  const all: Attributes = definition.attributes ?? {};
  const attributes = Object.entries(all).filter(
    ([, { profile = null }]) => profile === null || PROFILES.has(profile),
  );
  const properties = attributes.map(([name, attribute]) => [name, attributeSchema(name, attribute)] as const);
  const { at_least_one: some = [], just_one: one = [] } = definition.constraints ?? {};
  return {
    type: "object",
    properties: { ...Object.fromEntries(properties.sort(([a], [b]) => (a < b ? -1 : 1))), ...fixed },
    required: attributes
      .filter(([, { requirement }]) => requirement === "required")
      .map(([name]) => name)
      .sort(),
    // `object` stands for any: `unmapped` and `data` hold what the schema does not know.
    ...(definition.name !== "object" && { additionalProperties: false }),
    ...(some.length > 0 && { anyOf: some.map((name) => ({ required: [name] })) }),
    ...(one.length > 0 && { oneOf: one.map((name) => ({ required: [name] })) }),
  };
}

/** Numbers of observables stand beside what can be observed: scalars, attributes and objects. */
function observables(): readonly number[] {
  const names = execFileSync("git", ["-C", clone, "ls-tree", "--name-only", tag, "objects/"], {
    encoding: "utf8",
  });
  const found: { readonly observable?: number }[] = [
    ...Object.values(dictionary.types.attributes),
    ...Object.values(dictionary.attributes),
  ];
  for (const path of names.trim().split("\n")) {
    const definition = read(path);
    const all: Attributes = definition.attributes ?? {};
    found.push(definition, ...Object.values(all));
  }
  const numbers = found.map(({ observable }) => observable).filter((number) => number !== undefined);
  return [...new Set([0, 99, ...numbers])].sort((a, b) => a - b);
}

const objects = OBJECTS.map((name) => {
  const fixed = name === "observable" ? { type_id: { enum: observables() } } : {};
  return [name, schemaOf(whole("objects", fileOf("objects", name)), fixed)] as const;
});
const classes = CLASSES.map((path) => {
  const definition = whole("events", read(`events/${path}.json`));
  const category = categories.attributes[definition.category ?? ""]?.uid ?? 0;
  const uid = category * 1000 + (definition.uid ?? 0);
  const activities = Object.keys(definition.attributes?.["activity_id"]?.enum ?? {}).map(Number);
  const types = activities.map((activity) => uid * 100 + activity);
  const fixed = { category_uid: { const: category }, class_uid: { const: uid }, type_uid: { enum: types } };
  return [String(uid), schemaOf(definition, fixed)] as const;
});
const schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $comment: `Made from github.com/ocsf/ocsf-schema ${tag} (Apache-2.0) by scripts/write-ocsf-schema.ts`,
  $defs: Object.fromEntries([...classes, ...objects]),
};
writeFileSync(
  fileURLToPath(new URL("../packages/sallyport/test/ocsf/ocsf.schema.json", import.meta.url)),
  `${JSON.stringify(schema, null, 1)}\n`,
);
