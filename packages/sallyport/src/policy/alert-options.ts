import { z } from "zod";
import type { Severity } from "../events.ts";
import { aboveZero, duration, rate } from "../quantity.ts";
import { headersFileOption } from "./headers-file-option.ts";

/** What the body of an alert looks like. */
export type AlertFormat = "generic" | "slack" | "discord" | "teams" | "template";

/** One entry of `alerts` as the schema gives it. Paths may be relative until loaded. */
export interface ParsedAlert {
  readonly webhook: {
    readonly url: string;
    readonly secretFile?: string | undefined;
    readonly format: AlertFormat;
    readonly template?: string | undefined;
    readonly headersFile?: string | undefined;
    readonly timeout: number;
    readonly unsafeAllowPlaintext: boolean;
  };
  readonly minSeverity: Severity;
  readonly detectors?: readonly string[] | undefined;
  readonly group: number;
  readonly atMost: number;
  readonly retryFor: number;
}

/** Each is a queue and a connection of its own. */
const MAX_TARGETS = 20;
/** Longer than any body that a chat system takes. */
const MAX_TEMPLATE_CHARACTERS = 16_384;

const webhook = z.strictObject({
  url: z
    .string({ error: "expected the URL of a webhook" })
    .min(1)
    .describe(
      "Where the alert is posted: https, or http on loopback. It is treated as a secret; `${file:hook.url}` keeps it out of the configuration.",
    ),
  secretFile: z
    .string()
    .min(1)
    .optional()
    .describe(
      "A file with the key that signs each alert, as Standard Webhooks write it: `whsec_` and 24 to 64 bytes in base64. Absent: unsigned.",
    ),
  format: z
    .enum(["generic", "slack", "discord", "teams", "template"])
    .default("generic")
    .describe("What the body looks like: `generic` is our own JSON, `template` what `template` says."),
  template: z
    .string()
    .min(1)
    .max(MAX_TEMPLATE_CHARACTERS)
    .optional()
    .describe(
      "The body for `format: template`: JSON in which `{{text}}`, `{{sentence}}`, `{{detector}}`, `{{severity}}`, `{{incident}}`, `{{count}}` and others stand within strings.",
    ),
  headersFile: headersFileOption,
  timeout: aboveZero.prefault("10s").describe("How long one attempt may take, its answer included."),
  unsafeAllowPlaintext: z
    .boolean()
    .default(false)
    .describe("Whether http is accepted beyond loopback: then whoever is on the way reads every alert."),
});

/** `alerts`: who is told of findings. */
export const alertOptions: z.ZodType<readonly ParsedAlert[]> = z
  .array(
    z.strictObject({
      webhook: webhook.describe("Where alerts go."),
      minSeverity: z
        .enum(["low", "medium", "high", "critical"])
        .default("medium")
        .describe("The least severity that is told."),
      detectors: z
        .array(z.string().min(1).max(64))
        .min(1)
        .max(100)
        .optional()
        .describe(
          "The detectors and rules whose findings are told here; `gate` stands for what the gate itself could not do. Absent: all.",
        ),
      group: duration
        .prefault("1m")
        .describe(
          "A detector's first finding is told at once; those that follow within this time become one alert, with their count.",
        ),
      atMost: rate
        .prefault("60/h")
        .describe(
          "How many alerts a time, after a burst of ten. What comes faster waits, and is joined to what waits already.",
        ),
      retryFor: duration
        .prefault("15m")
        .describe(
          "How long an alert is tried again that was not taken; after that it is counted as left out.",
        ),
    }),
  )
  .max(MAX_TARGETS)
  .default([])
  .describe("Webhooks that are told of findings. Absent: nobody is.");
