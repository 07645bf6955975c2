import { RE2JS } from "re2js";
import { z } from "zod";
import type { Mode } from "./guard.ts";
import { parseJsonPointer } from "../dialects/json-pointer.ts";
import { leakDetectors } from "./leak-detectors.ts";
import { aboveZero, mode } from "../quantity.ts";

/** What becomes of a message in which something was found. */
export type LeakAction = "report" | "redact" | "close";

/** What is particular about one detector, or a group of them. */
export interface LeakSetting {
  readonly action?: LeakAction | undefined;
  readonly threshold?: { readonly count: number; readonly within: number } | undefined;
}

/** The options of `leak`. */
export interface LeakOptions {
  readonly mode: Mode;
  readonly action: LeakAction;
  /** Detectors or groups by name: these alone; or by name what is particular about them, `off` among it, and all others as they are. */
  readonly detect: readonly string[] | Readonly<Partial<Record<string, LeakSetting | "off">>>;
  readonly patterns: readonly {
    readonly name: string;
    readonly pattern: string;
    readonly action?: LeakAction | undefined;
  }[];
  readonly dictionaries: readonly {
    readonly name: string;
    readonly words: readonly string[];
    readonly action?: LeakAction | undefined;
  }[];
  readonly canaries: readonly string[];
  readonly scope: {
    readonly names?: readonly string[] | undefined;
    readonly fields?: readonly string[] | undefined;
    readonly except?: readonly string[] | undefined;
  };
}

/** Names that `detect` knows: detectors, and groups of them. */
export const leakNames: ReadonlySet<string> = new Set(leakDetectors.flatMap(({ id, group }) => [id, group]));

/** A shorter value stands in ordinary messages. */
const MIN_CANARY = 8;

const action = z.enum(["report", "redact", "close"]);
const name = z
  .string()
  .regex(/^[\w.-]{1,64}$/, { error: "expected a name of letters, digits, dots and dashes" });
const detector = z.string().refine((text) => leakNames.has(text), {
  error: "expected a detector or a group, such as card or credentials",
});

function isPattern(text: string): boolean {
  try {
    RE2JS.compile(text);
    return true;
  } catch {
    return false;
  }
}

const pointer = z
  .string()
  .max(256)
  .refine((text) => parseJsonPointer(text) !== null, {
    error: "expected a JSON Pointer such as /user/card; * stands for any name or index",
  });

const setting = z.union([
  z.literal("off").describe("Does not look for it."),
  z.strictObject({
    action: action.optional().describe("What becomes of a message with one. Absent: as for all."),
    threshold: z
      .strictObject({
        count: z.number().int().min(1).max(1_000_000).describe("From how many on."),
        within: aboveZero.describe("Within how long, on one connection."),
      })
      .optional()
      .describe(
        "How many it takes, on one connection: below, messages pass and nothing is recorded. Absent: one, and 20 within a minute for `email`.",
      ),
  }),
]);

/** The options of `leak`, as they are written. */
export const leakOptions: z.ZodType<LeakOptions> = z.strictObject({
  mode,
  action: action
    .default("report")
    .describe(
      "What becomes of a message in which something is found: `report` records it and lets it pass; `redact` hides the values in place, so that the message stays valid and as long; `close` ends the connection.",
    ),
  detect: z
    .union([
      z.array(detector).min(1, { error: "expected at least one detector" }),
      z.partialRecord(z.enum([...leakNames]), setting),
    ])
    .default({})
    .describe(
      "A list: these detectors and groups alone. A mapping: what is particular about some of them (`off`, `action`, `threshold`); all others are on.",
    ),
  patterns: z
    .array(
      z.strictObject({
        name: name.describe("Names it in the record."),
        pattern: z
          .string()
          .min(1)
          .max(1024)
          .refine(isPattern, { error: "expected a regular expression that RE2 knows" })
          .describe("In RE2's syntax, over the bytes of the message."),
        action: action.optional().describe("Absent: as for all."),
      }),
    )
    .max(100)
    .default([])
    .describe(
      "A team's own patterns. Each message is matched against them, which costs more than all detectors together.",
    ),
  dictionaries: z
    .array(
      z.strictObject({
        name: name.describe("Names it in the record."),
        words: z
          .array(z.string().min(3))
          .min(1)
          .max(5000)
          .describe("Words of three bytes or more, in any case. One a line where `${file:…}` is filled in."),
        action: action.optional().describe("Absent: as for all."),
      }),
    )
    .max(20)
    .default([])
    .describe("A team's own words, such as names of projects; found as words of their own."),
  canaries: z
    .array(z.string())
    .max(1000)
    // Told of the list and not of the value, which is a secret.
    .refine((list) => list.every((value) => value.length >= MIN_CANARY), {
      error: "expected values of eight characters or more",
    })
    .default([])
    .describe(
      "Values that stand nowhere but where they must not leave. `${file:…}` and `${env:…}` keep them out of the file; one a line.",
    ),
  scope: z
    .strictObject({
      names: z
        .array(z.string().min(1))
        .min(1)
        .optional()
        .describe(
          "Only messages with one of these names, in the words of the route's `dialect`: events, methods, topics.",
        ),
      fields: z.array(pointer).min(1).optional().describe("Only at or below these places in the JSON."),
      except: z.array(pointer).min(1).optional().describe("Not at or below these places."),
    })
    .default({})
    .describe("Where to look. What cannot be placed, such as in a message that is not JSON, is looked at."),
});
