import { z } from "zod";
import type { Mode } from "./guard.ts";
import { mode } from "../quantity.ts";

/** One schema for all that is said in a direction, or one for each name; paths of files. */
export type DirectionSchemas = string | Readonly<Record<string, string>>;

/** Which part of an AsyncAPI document is enforced. */
export interface AsyncApiOptions {
  readonly document: string;
  /** Channels by name; absent: those whose address is the route's path. */
  readonly channel?: readonly string[] | undefined;
  readonly describes: "application" | "client";
}

/** The options of `messageSchema`. Paths are absolute. */
export interface MessageSchemaOptions {
  readonly mode: Mode;
  readonly inbound?: DirectionSchemas | undefined;
  readonly outbound?: DirectionSchemas | undefined;
  readonly asyncapi?: AsyncApiOptions | undefined;
  readonly unnamed: readonly string[];
  /** Lists and objects inside each other. */
  readonly depth: number;
}

const file = z.string({ error: "expected a file" }).min(1, { error: "expected a file" });
/** Each is compiled when the gate starts. */
const MAX_NAMES = 500;

const schemas = z.union(
  [
    file,
    z
      .record(z.string(), file)
      .refine((names) => Object.keys(names).length > 0, { error: "expected at least one name" })
      .refine((names) => Object.keys(names).length <= MAX_NAMES, {
        error: `expected at most ${MAX_NAMES} names`,
      }),
  ],
  { error: "expected a file with a JSON Schema, or a mapping from names of messages to files" },
);

const channel = z.string().min(1);
const DEPTH = "expected a whole number from 1 to 256";

const asyncapi: z.ZodType<AsyncApiOptions> = z.union([
  file.transform((document) => ({ document, describes: "application" as const })),
  z.strictObject({
    document: file.describe("The AsyncAPI 3.0 or 3.1 document, in YAML or JSON."),
    channel: z
      .union([channel.transform((name) => [name]), z.array(channel).min(1)])
      .optional()
      .describe(
        "The channels of this route, by their names in the document. Absent: those whose address is the route's path.",
      ),
    describes: z
      .enum(["application", "client"])
      .default("application")
      .describe(
        "Whose `send` and `receive` the document is written in: `application` receives what comes inbound.",
      ),
  }),
]);

function checkTogether(
  { inbound, outbound, asyncapi: document }: MessageSchemaOptions,
  context: z.RefinementCtx,
): void {
  const own = inbound !== undefined || outbound !== undefined;
  if (!own && document === undefined)
    context.addIssue({
      code: "custom",
      message: "needs one of `inbound`, `outbound` and `asyncapi`: `messageSchema: off` checks nothing",
    });
  if (own && document !== undefined)
    context.addIssue({
      code: "custom",
      path: ["asyncapi"],
      message: "says what may be said both ways: expected neither `inbound` nor `outbound` beside it",
    });
}

/** The options of `messageSchema` as a schema. */
export const messageSchemaOptions: z.ZodType<MessageSchemaOptions> = z
  .strictObject({
    mode,
    inbound: schemas
      .optional()
      .describe(
        "What clients may send: a file with a JSON Schema (2020-12 or draft-07, in JSON or YAML); or, on a route with a dialect, a mapping from names of messages to such files, in which `*` stands for every other name. Absent: not checked.",
      ),
    outbound: schemas
      .optional()
      .describe("What the application may send, in the same way. Absent: not checked."),
    asyncapi: asyncapi
      .optional()
      .describe(
        "An AsyncAPI 3.0 or 3.1 document that says what may be sent and received, instead of `inbound` and `outbound`; or `{ document, channel, describes }`.",
      ),
    unnamed: z
      .array(z.string().min(1))
      .max(100)
      .default([])
      .describe(
        "Kinds of the dialect's messages that pass unchecked where they have no name, such as `connect` or `ack`. Those that carry nothing pass anyway.",
      ),
    depth: z
      .int({ error: DEPTH })
      .min(1, { error: DEPTH })
      .max(256, { error: DEPTH })
      .default(64)
      .describe(
        "How deep lists and objects may stand inside each other, where a schema refers to itself or compares them.",
      ),
  })
  .superRefine(checkTogether);
