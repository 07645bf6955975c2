import { z } from "zod";

const DURATION_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE_BYTES = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  kB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
} as const;

function parse(text: string, units: Readonly<Record<string, number>>): number | null {
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(text);
  const unit = match?.[2] === undefined ? undefined : units[match[2]];
  if (match === null || unit === undefined) return null;
  const value = Number(match[1]) * unit;
  return Number.isSafeInteger(Math.round(value)) ? Math.round(value) : null;
}

// `x-unit` travels into the published JSON Schema, where `explain` and the reference read the unit of a key.
function quantity(
  unit: string,
  units: Readonly<Record<string, number>>,
  expected: string,
): z.ZodType<number, string> {
  return z
    .string({ error: `expected ${expected}` })
    .transform((text, context) => {
      const value = parse(text, units);
      if (value !== null) return value;
      context.issues.push({ code: "custom", input: text, message: `expected ${expected}` });
      return z.NEVER;
    })
    .meta({ "x-unit": unit });
}

/** A duration such as `500ms`, `30s`, `10m`, `24h`, `30d`; the output is in milliseconds. */
export const duration: z.ZodType<number, string> = quantity(
  "duration",
  DURATION_MS,
  "a duration with its unit, such as 500ms, 30s, 10m, 24h or 30d",
);

/** A duration that is not zero, for what would otherwise end or repeat at once. */
export const aboveZero: z.ZodType<number, string> = duration
  .refine((ms) => ms > 0, "expected a duration above zero")
  .meta({ "x-unit": "duration" });

/** A size such as `512B`, `64KiB`, `1MiB`, `16MB`; the output is in bytes. */
export const size: z.ZodType<number, string> = quantity(
  "size",
  SIZE_BYTES,
  "a size with its unit, such as 512B, 64KiB or 1MiB",
);

/** A count per time such as `50/s`, `600/m`; the output is events per second. */
export const rate: z.ZodType<number, string> = z
  .string({ error: "expected a rate such as 50/s or 600/m" })
  .transform((text, context) => {
    const [, count, unit = ""] = /^(\d+)\/(s|m|h)$/.exec(text) ?? [];
    const unitMs = parse(`1${unit}`, DURATION_MS);
    const perSecond = unitMs === null ? 0 : (Number(count) * 1000) / unitMs;
    if (perSecond > 0) return perSecond;
    context.issues.push({
      code: "custom",
      input: text,
      message: "expected a rate above zero, such as 50/s or 600/m",
    });
    return z.NEVER;
  })
  .meta({ "x-unit": "rate" });

/** A size per second such as `8MiB/s`; the output is bytes per second. */
export const byteRate: z.ZodType<number, string> = z
  .string({ error: "expected a byte rate such as 8MiB/s" })
  .transform((text, context) => {
    const value = text.endsWith("/s") ? parse(text.slice(0, -2), SIZE_BYTES) : null;
    if (value !== null && value > 0) return value;
    context.issues.push({
      code: "custom",
      input: text,
      message: "expected a byte rate above zero, such as 8MiB/s",
    });
    return z.NEVER;
  })
  .meta({ "x-unit": "byte rate" });

/** `mode`, which every guard has. */
export const mode: z.ZodDefault<z.ZodEnum<{ enforce: "enforce"; observe: "observe" }>> = z
  .enum(["enforce", "observe"])
  .default("enforce")
  .describe("`enforce` acts; `observe` records what it would have done and lets it pass.");
