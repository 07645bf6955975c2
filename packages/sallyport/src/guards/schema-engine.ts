import {
  _,
  type AnySchema,
  type CodeKeywordDefinition,
  type FuncKeywordDefinition,
  type KeywordCxt,
  type Name,
} from "ajv";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { canonicalJson } from "./canonical-json.ts";
import { STEP_KEYWORD, TABLE_KEYWORDS } from "./schema-bundle.ts";
import { schemaFormats } from "./schema-formats.ts";
import { compilePattern } from "./schema-pattern.ts";
import { takeStep } from "./schema-work.ts";

const step: FuncKeywordDefinition = {
  keyword: STEP_KEYWORD,
  // Ahead of whatever may go on from here.
  before: "$ref",
  schema: false,
  errors: false,
  validate() {
    takeStep();
    return true;
  },
};

/** `enum` and `const` as a table to look into, by texts that equal values share. */
const table = (depth: number): FuncKeywordDefinition => ({
  keyword: Object.values(TABLE_KEYWORDS),
  schemaType: "array",
  errors: false,
  compile(values: readonly unknown[]) {
    const texts = new Set(values.map((value) => canonicalJson(value, depth)));
    return (value: unknown) => {
      const text = canonicalJson(value, depth);
      return text !== null && texts.has(text);
    };
  },
});

/** `uniqueItems` in one pass: the engine's own compares every two items, and calls what a peer named `valueOf`. */
const uniqueItems = (depth: number): FuncKeywordDefinition => ({
  keyword: "uniqueItems",
  type: "array",
  schemaType: "boolean",
  errors: false,
  compile: (wanted: boolean) => (items: readonly unknown[]) => {
    const texts = new Set<string | null>();
    for (const item of wanted ? items : []) {
      const text = canonicalJson(item, depth);
      if (text === null || texts.has(text)) return false;
      texts.add(text);
    }
    return true;
  },
});

/** Characters as Unicode counts them (2020-12 validation 6.3.1). */
function countCharacters(text: string): number {
  let count = text.length;
  for (let index = 1; index < text.length; index++) {
    const isPair =
      (text.charCodeAt(index - 1) & 0xfc00) === 0xd800 && (text.charCodeAt(index) & 0xfc00) === 0xdc00;
    if (isPair) count--;
  }
  return count;
}

// A character is one or two units: they are counted only where the number of units leaves it open.
const lengths: readonly CodeKeywordDefinition[] = [
  {
    keyword: "maxLength",
    type: "string",
    schemaType: "number",
    code(context) {
      const { data, schema: limit } = context;
      const count = counterIn(context);
      context.fail(
        _`${data}.length > ${limit} && (${data}.length > ${2 * limit} || ${count}(${data}) > ${limit})`,
      );
    },
  },
  {
    keyword: "minLength",
    type: "string",
    schemaType: "number",
    code(context) {
      const { data, schema: limit } = context;
      const count = counterIn(context);
      context.fail(
        _`${data}.length < ${limit} || (${data}.length < ${2 * limit} && ${count}(${data}) < ${limit})`,
      );
    },
  },
];

function counterIn({ gen }: KeywordCxt): Name {
  return gen.scopeValue("func", { ref: countCharacters });
}

/**
 * Compiles the schema of a bundle. What a message can make expensive, or make call methods that it names itself, is ours instead of
 * the engine's. Each schema has an engine of its own, which would else keep all of them. @param depth lists and objects inside each other that values are compared by
 */
export function compileSchema(schema: unknown, depth: number): ValidateFunction {
  const engine = new Ajv2020({
    allErrors: false,
    allowMatchingProperties: true,
    // Its optimizer takes as long as all the rest, and what it saves cannot be measured.
    code: { optimize: false, regExp: Object.assign(compilePattern, { code: "compilePattern" }) },
    formats: { ...schemaFormats },
    logger: false,
    messages: false,
    meta: false,
    // 19.99 is a multiple of 0.01, which binary fractions do not say.
    multipleOfPrecision: 9,
    ownProperties: true,
    // The bundle holds nothing that is not checked; what its author left open is no mistake.
    strict: true,
    strictRequired: false,
    strictTuples: false,
    strictTypes: false,
    validateSchema: false,
    // So that an error says which schema it is of.
    verbose: true,
  });
  for (const keyword of ["uniqueItems", "maxLength", "minLength"]) engine.removeKeyword(keyword);
  for (const definition of [step, table(depth), uniqueItems(depth), ...lengths])
    engine.addKeyword(definition);
  // The bundler made it, of nothing but what the engine knows.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  return engine.compile(schema as AnySchema);
}
