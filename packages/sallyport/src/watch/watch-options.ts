import { z } from "zod";
import type { Answer, Severity } from "../events.ts";
import { addressList } from "../guards/address-list.ts";
import { aboveZero, mode, rate } from "../quantity.ts";
import { builtInDetectors } from "./built-in-detectors.ts";
import type { DetectorOptions } from "./detector.ts";
import { eventCondition } from "./event-condition.ts";

/** A condition of a team's own over events, and what it means. */
export interface WatchRule {
  readonly name: string;
  /** A condition in CEL over `event`. */
  readonly when: string;
  readonly by: "address" | "user" | "session" | "route";
  readonly count: number;
  /** Milliseconds. */
  readonly within: number;
  readonly severity: Severity;
  readonly answer: Answer;
  readonly say: string;
}

/** The parsed `watch` of a configuration. Durations are in milliseconds, rates per second. */
export interface WatchOptions {
  readonly mode: "enforce" | "observe";
  readonly allow: readonly string[];
  readonly allowUsers: readonly string[];
  readonly ban: { readonly first: number; readonly most: number; readonly decay: number };
  readonly slow: { readonly to: number; readonly for: number };
  readonly learn: number;
  readonly quiet: number;
  /** Findings that one detector or rule may tell in a minute. */
  readonly findings: number;
  /** Keys that each table of a detector tells apart exactly. */
  readonly keys: number;
  readonly detectors: Readonly<Record<string, DetectorOptions | "off" | false>>;
  readonly rules: readonly WatchRule[];
}

const MOST_RULES = 50;
const MOST_USERS = 10_000;

const rule: z.ZodType<WatchRule> = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, {
        error: "expected a name of letters, digits and -, at most 64 characters",
      })
      .refine((name) => builtInDetectors.every((detector) => detector.name !== name), {
        error: "a detector has this name",
      })
      .refine((name) => name !== "watch" && name !== "gate", {
        error: "the gate tells of itself by this name",
      })
      .describe("Names the rule in findings, as a detector is named."),
    when: eventCondition.describe(
      "Which events it counts, as a condition in CEL over `event`. One that cannot be evaluated about an event does not count it.",
    ),
    by: z
      .enum(["address", "user", "session", "route"])
      .default("address")
      .describe("What is counted apart: events that name none are not counted."),
    count: z.int().min(1).max(1_000_000).default(1).describe("How many it takes."),
    within: aboveZero.prefault("1m").describe("Within how long."),
    severity: z
      .enum(["low", "medium", "high", "critical"])
      .default("medium")
      .describe("How bad a finding is said to be."),
    answer: z
      .enum(["alert", "slow", "refresh", "close", "ban"])
      .default("alert")
      .describe("What is done. `ban` needs `by: address`; by `route` there is `alert` alone."),
    say: z.string().min(1).max(200).describe("What it means, for whoever reads the finding."),
  })
  .refine(({ answer, by }) => answer !== "ban" || by === "address", {
    error: "`answer: ban` needs `by: address`: nobody is banned for what another did",
    path: ["answer"],
  })
  .refine(({ answer, by }) => answer === "alert" || answer === "ban" || by !== "route", {
    error: "by `route` there is `answer: alert` alone: nothing is done to everybody on a route",
    path: ["answer"],
  });

const detectors = z.strictObject(
  Object.fromEntries(
    builtInDetectors.map(({ name, notices, options }) => [
      name,
      z
        .union([z.literal(["off", false]), options])
        .prefault({})
        .describe(`Notices: ${notices.charAt(0).toLowerCase()}${notices.slice(1)}`),
    ]),
  ),
);

/** `watch`, as it is written. */
export const watchOptions: z.ZodType<WatchOptions> = z
  .strictObject({
    mode: mode.describe(
      "`enforce` acts; `observe` says what it would have done, and does nothing (a dry run).",
    ),
    allow: addressList
      .optional()
      .transform((list) => list ?? [])
      .describe(
        "Addresses and CIDR ranges that are never banned, slowed or closed by the watch; what they do is told. Absent: none, and none is implied.",
      ),
    allowUsers: z
      .array(z.string().min(1).max(512))
      .max(MOST_USERS)
      .default([])
      .describe("Users whose connections are never slowed or closed by the watch."),
    ban: z
      .strictObject({
        first: aboveZero.prefault("10m").describe("How long a first ban lasts."),
        most: aboveZero
          .prefault("24h")
          .describe("How long a ban lasts at most: each further one of the same subject is twice as long."),
        decay: aboveZero
          .prefault("24h")
          .describe("After so long without one, the next ban is a first one again."),
      })
      .prefault({})
      .describe("How long `answer: ban` bans."),
    slow: z
      .strictObject({
        to: rate.prefault("1/s").describe("How many messages are read."),
        for: aboveZero.prefault("10m").describe("For how long."),
      })
      .prefault({})
      .describe("How much `answer: slow` slows down."),
    learn: aboveZero
      .prefault("1h")
      .describe("How long a route is learnt before anything is told that compares with its past."),
    quiet: aboveZero
      .prefault("10m")
      .describe("The same finding about the same subject is told once in so long, with how often it came."),
    findings: z
      .int()
      .min(1)
      .max(10_000)
      .default(60)
      .describe(
        "How many findings a detector or rule may tell in a minute. What is left out is counted, and the count is told.",
      ),
    keys: z
      .int()
      .min(256)
      .max(1_000_000)
      .default(16_384)
      .describe(
        "How many addresses, subnets, users or sessions each table of a detector tells apart; about 400 bytes each. All others are counted together in a sketch of fixed size.",
      ),
    detectors: detectors.prefault({}).describe("The detectors; all are on."),
    rules: z
      .array(rule)
      .max(MOST_RULES, { error: `expected at most ${MOST_RULES} rules` })
      .refine((rules) => new Set(rules.map(({ name }) => name)).size === rules.length, {
        error: "expected each name once",
      })
      .default([])
      .describe("A team's own conditions over events."),
  })
  .prefault({});
