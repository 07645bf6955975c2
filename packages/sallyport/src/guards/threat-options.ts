import { z } from "zod";
import type { Mode } from "./guard.ts";
import type { HygieneOptions } from "./json-hygiene.ts";
import { parseJsonPointer } from "../dialects/json-pointer.ts";
import { mode } from "../quantity.ts";
import type { Exclusion } from "./threat-fields.ts";
import type { Paranoia, ThreatCategory } from "./threat-signature.ts";
import { threatCategories, threatSignatures } from "./threat-signatures.ts";

/** The options of `threat`. */
export interface ThreatOptions {
  readonly mode: Mode;
  /** What JSON may be like; `null`: off. */
  readonly hygiene: HygieneOptions | null;
  /** What is looked for in texts; empty: nothing. */
  readonly signatures: readonly ThreatCategory[];
  readonly paranoia: Paranoia;
  /** The score of a value from which the message is refused. */
  readonly threshold: number;
  /** Characters of one message that are looked at closely. */
  readonly characters: number;
  readonly exclude: readonly Exclusion[];
  /** Fields whose markup is neutralised. */
  readonly sanitize: readonly string[];
}

const count = (max: number): z.ZodInt => z.int().min(1).max(max);
const OFF = z.literal(["off", false]);

const pointer: z.ZodString = z.string({ error: "expected a JSON Pointer such as /text" }).max(256);
const isField = (text: string): boolean => text !== "" && parseJsonPointer(text) !== null;
const NO_FIELD = { error: "expected a JSON Pointer to a field, such as /text or /user/name (RFC 6901)" };

const hygiene = z.strictObject({
  depth: count(128).default(32).describe("Objects and arrays inside each other."),
  keys: count(1_000_000).default(1000).describe("Members of all objects of a message together."),
  elements: count(10_000_000).default(10_000).describe("Elements of all arrays of a message together."),
  keyLength: count(65_536).default(256).describe("Characters of a member's name."),
  strings: count(16_777_216)
    .optional()
    .describe("Characters of one text. Not bounded unless it is written; `messageSize` bounds the message."),
  duplicates: z
    .boolean()
    .default(true)
    .describe("Refuses a name that stands twice in an object, however it is escaped."),
  prototype: z
    .boolean()
    .default(true)
    .describe(
      "Refuses names that reach the prototype of objects, such as `__proto__` and `constructor.prototype`, or stand before their methods, such as `toString`.",
    ),
  numbers: z
    .boolean()
    .default(true)
    .describe(
      "Refuses numbers that a double does not hold: infinite, vanishing, integers that lose digits, or longer than 128 characters.",
    ),
  surrogates: z.boolean().default(true).describe("Refuses halves of surrogate pairs, such as `\\ud800`."),
  control: z
    .boolean()
    .default(true)
    .describe(
      "Refuses control characters but tab, line feed and carriage return, overrides of direction, and invisible characters in names.",
    ),
  bom: z.boolean().default(true).describe("Refuses a byte order mark before the text."),
  json: z
    .enum(["accept", "require"])
    .default("accept")
    .describe(
      "What becomes of text messages that are not JSON; `require` refuses them. Texts of a dialect are the dialect's to judge.",
    ),
});

const lookedFor = (what: string): z.ZodOptional<z.ZodBoolean> =>
  z.boolean().optional().describe(`Whether ${what} is looked for. Default: true.`);
const categorySwitches = z.strictObject({
  script: lookedFor("markup and script that a page would run"),
  sql: lookedFor("SQL"),
  shell: lookedFor("commands of a shell"),
  path: lookedFor("a path that leads out of where it should stay"),
  template: lookedFor("an expression of a template engine"),
  ssrf: lookedFor("an address that a server should not be sent to"),
});

const signatures = z
  .union(
    [OFF, z.array(z.enum(["script", "sql", "shell", "path", "template", "ssrf"])).min(1), categorySwitches],
    {
      error: "expected off, a list of categories such as [script, sql], or switches such as { ssrf: false }",
    },
  )
  .default({})
  .transform((chosen): readonly ThreatCategory[] => {
    if (chosen === "off" || chosen === false) return [];
    if (Array.isArray(chosen)) return threatCategories.filter((category) => chosen.includes(category));
    return threatCategories.filter((category) => chosen[category] !== false);
  });

const knownNames: ReadonlySet<string> = new Set([
  ...threatCategories,
  ...threatSignatures.map(({ id }) => id),
]);

/** The schema of `threat`'s options. */
export const threatOptions: z.ZodType<ThreatOptions> = z.strictObject({
  mode,
  hygiene: z
    .union([OFF, hygiene])
    .prefault({})
    .transform((chosen): HygieneOptions | null => (chosen === "off" || chosen === false ? null : chosen))
    .describe(
      "What JSON from the client may be like, before anybody reads its meaning; `off` checks nothing.",
    ),
  signatures: signatures.describe(
    "What attacks are looked for in texts: `off`, a list of `script`, `sql`, `shell`, `path`, `template` and `ssrf`, or switches such as `{ ssrf: false }`. Default: all.",
  ),
  paranoia: z
    .literal([1, 2, 3, 4])
    .default(1)
    .describe(
      "How strict the signatures are, as in the OWASP Core Rule Set: 1 finds what is hardly ever harmless, 4 whatever looks odd.",
    ),
  threshold: count(1000)
    .default(5)
    .describe(
      "The score of one text from which the message is refused: a critical signature counts 5, an error 4, a warning 3, a notice 2.",
    ),
  characters: count(16_777_216)
    .default(65_536)
    .describe(
      "Characters of the texts of one message that are looked at closely, because something in the message looks like an attack. A message with more is refused.",
    ),
  exclude: z
    .array(
      z.strictObject({
        field: pointer
          .refine(isField, NO_FIELD)
          .describe(
            "A field, and all below it: a JSON Pointer (RFC 6901) in which `*` stands for any one name or index.",
          ),
        signatures: z
          .array(
            z.string().refine((name) => knownNames.has(name), {
              error: "expected a category or the id of a signature (see threat-signatures in the reference)",
            }),
          )
          .min(1)
          .optional()
          .describe("Ids and categories that are not looked for there. Default: all."),
      }),
    )
    .default([])
    .describe("Fields in which some signatures are not looked for."),
  sanitize: z
    .array(pointer.refine(isField, NO_FIELD))
    .default([])
    .describe(
      "Fields whose markup is neutralised before the message goes on: JSON Pointers (RFC 6901). They are not looked at for `script`.",
    ),
});
