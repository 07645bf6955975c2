import { z } from "zod";
import { payloadKinds, type PayloadKind } from "../journal/journal-record.ts";
import { aboveZero, size } from "../quantity.ts";

/** `journal` as the schema gives it. Paths may be relative until loaded. */
export interface ParsedJournal {
  readonly directory: string;
  readonly keyFile?: string | undefined;
  readonly key?: string | undefined;
  readonly payloadKeys?: string | undefined;
  readonly payloads: PayloadKind;
  readonly whenFull: "shed" | "block";
  readonly retain: { readonly ageMs: number | null; readonly bytes: number | null };
  readonly checkpoints?: string | undefined;
}

/** `journal` of a route as the schema gives it. */
export interface ParsedRouteJournal {
  /** Undefined: as the journal itself says. */
  readonly payloads?: PayloadKind | undefined;
  readonly sample: number;
}

const KINDS =
  "`none`; `digest`, by which equal messages of one user and day are known; `redacted`, as `leak` has cut it; or `full`";

const retain = z
  .union(
    [
      aboveZero.transform((ageMs) => ({ ageMs, bytes: null })),
      z
        .strictObject({
          age: aboveZero.optional().describe("How long a segment is kept after its last record."),
          size: size
            .refine((bytes) => bytes > 0, "expected a size above zero")
            .meta({ "x-unit": "size" })
            .optional()
            .describe("How much room segments may take: the oldest go first."),
        })
        .refine(({ age, size: bytes }) => age !== undefined || bytes !== undefined, {
          error: "expected `age`, `size` or both",
        })
        .transform(({ age = null, size: bytes = null }) => ({ ageMs: age, bytes })),
    ],
    { error: "expected a duration such as 30d, or a mapping with `age`, `size` or both" },
  )
  .optional()
  .transform((kept) => kept ?? { ageMs: null, bytes: null })
  .describe(
    "How long segments are kept: a duration such as `30d`, or `{ age, size }`. What is older goes, and a signed tombstone stays. Absent: for good.",
  );

/** The journal of a gate: a strict mapping, or `off`. */
export const journalOptions: z.ZodType<ParsedJournal | null> = z
  .union([
    z.literal(["off", false]).transform((): null => null),
    z.strictObject({
      directory: z
        .string()
        .min(1)
        .describe("Where the sealed segments are kept; made where it is not there."),
      keyFile: z
        .string()
        .min(1)
        .optional()
        .describe(
          "A file with the master key: 32 random bytes in base64. Keep it on another disk than the segments, and a copy elsewhere: without it nothing can be read.",
        ),
      key: z
        .string()
        .min(1)
        .optional()
        .describe("The master key itself, from the environment: `${env:SALLYPORT_JOURNAL_KEY}`."),
      payloadKeys: z
        .string()
        .min(1)
        .optional()
        .describe(
          "Where the keys of payloads are kept, one for each user and day; destroying one erases what it opens. No two journals may share it. Absent: `payload-keys` in the directory.",
        ),
      payloads: z
        .enum(payloadKinds)
        .default("none")
        .describe(`What is kept of the content of messages, where the route says nothing: ${KINDS}.`),
      whenFull: z
        .enum(["shed", "block"])
        .default("shed")
        .describe(
          "When records come faster than the disk takes them: `shed` counts what finds no room, in the next record; `block` stops reading from peers until there is room.",
        ),
      retain,
      checkpoints: z
        .string()
        .min(1)
        .optional()
        .describe(
          "A file, best on another disk, into which each signed checkpoint is written too: against it `verify` notices a cut tail or an older state put back.",
        ),
    }),
  ])
  .prefault("off")
  .describe(
    "The journal: every connection and decision, and every message with what is kept of it, in sealed files. `off`: none.",
  );

/** What of a route's messages the journal keeps. A function: each use gets schemas of its own. */
export const routeJournalOptions = (): z.ZodType<ParsedRouteJournal | undefined> =>
  z
    .strictObject({
      payloads: z
        .enum(payloadKinds)
        .optional()
        .describe(`What is kept of the content of messages: ${KINDS}. Absent: as \`journal.payloads\` says.`),
      sample: z
        .number()
        .min(0)
        .max(1)
        .default(1)
        .describe(
          "The share of messages whose content is kept, from 0 to 1. That a message passed, when, and what was decided is kept of every one.",
        ),
    })
    .optional()
    .describe("What the journal keeps of this route's messages.");
