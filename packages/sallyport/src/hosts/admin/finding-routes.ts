import { z } from "zod";
import { adminRoute, notFound, notUnderstood, noLongerKnown, type AdminRoute } from "./admin-route.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

interface ListQuery {
  readonly limit: number;
  readonly cursor?: number | undefined;
}

const listQuery: z.ZodType<ListQuery> = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_LIMIT)
    .default(DEFAULT_LIMIT)
    .describe("Findings at most on one page."),
  cursor: z.coerce.number().int().min(1).optional().describe("The `next` of the page before."),
});

const finding: z.ZodType = z.strictObject({
  at: z.iso.datetime().describe("When it was found."),
  type: z.literal("finding"),
  incident: z.string().describe("Names it, also in the log and the journal."),
  detector: z
    .string()
    .describe("The detector or rule that found it; `watch` for what the watch says of itself."),
  severity: z.enum(["low", "medium", "high", "critical"]),
  sentence: z.string().describe("What was noticed, with its numbers."),
  subject: z
    .strictObject({ kind: z.enum(["address", "user", "session", "route"]), value: z.string() })
    .describe("Whom or what it is about."),
  route: z.string().nullable(),
  address: z.string().nullable(),
  user: z.string().nullable(),
  session: z.string().nullable(),
  measured: z.record(z.string(), z.number()).describe("The numbers of the sentence, by name."),
  references: z.array(z.string()).describe("Where to read more."),
  answer: z.enum(["alert", "slow", "refresh", "close", "ban"]).describe("What the configuration wants done."),
  outcome: z
    .enum(["done", "observe", "spared", "failed"])
    .describe("`observe`: it would have been done. `spared`: the subject is left alone."),
  detail: z.string().describe("What was done, and for how long."),
  undoneAt: z.iso.datetime().nullable().describe("When that was taken back; `null`: it was not."),
});

const status = z.strictObject({
  mode: z.enum(["enforce", "observe", "off"]),
  detectors: z
    .array(
      z.strictObject({
        name: z.string().describe("A detector, or a rule of the configuration."),
        size: z.int().describe("Addresses, users and sessions that it tells apart."),
        told: z.int().describe("Findings, since it began."),
        repeated: z.int().describe("The same about the same subject again, within `watch.quiet`."),
        leftOut: z.int().describe("More than `watch.findings` in a minute."),
        undecided: z.int().describe("Events about which the condition of a rule could not be evaluated."),
        learning: z
          .array(z.strictObject({ route: z.string(), learnt: z.boolean(), samples: z.int() }))
          .describe("Routes that it compares with their past. What is not learnt yet is not told."),
      }),
    )
    .describe("What is on and works."),
  warnings: z.array(z.string()).describe("What does not work of it."),
});

/** What the watch found, and how to take back what it did about it. */
export const findingRoutes: readonly AdminRoute[] = [
  adminRoute({
    method: "GET",
    path: "/findings",
    id: "listFindings",
    summary:
      "Lists what the watch found and what was done about it: the last 1,000, the newest first, in pages.",
    role: "viewer",
    recorded: true,
    query: listQuery,
    answers: {
      200: {
        description: "A page of findings.",
        schema: z.strictObject({
          findings: z.array(finding),
          kept: z.int().describe("How many are known, on all pages."),
          next: z.int().nullable().describe("The `cursor` of the next page; `null`: this is the last."),
        }),
      },
      422: notUnderstood,
    },
    answer({ gate, query: { limit, cursor } }) {
      const page = gate.watch.list({ limit, before: cursor ?? null });
      return { status: 200, body: page, detail: `${page.findings.length} of ${page.kept} findings` };
    },
  }),
  adminRoute({
    method: "GET",
    path: "/watch",
    id: "showWatch",
    summary:
      "How the watch fares: its detectors and rules, what they have told, and which routes they still learn.",
    role: "viewer",
    recorded: false,
    answers: { 200: { description: "The watch.", schema: status } },
    answer: ({ gate }) => ({ status: 200, body: gate.watch.status() }),
  }),
  adminRoute({
    method: "POST",
    path: "/findings/{incident}/undo",
    id: "undoFinding",
    summary:
      "Takes back what was done about a finding: lifts its ban, its slow-down, its demand. Connections that ended stay ended.",
    role: "operator",
    recorded: true,
    answers: {
      200: {
        description: "It is taken back, or was before.",
        schema: z.strictObject({
          undone: z.string(),
          lifted: z.array(z.string()).describe("What was in force until now, in words; empty: nothing was."),
          already: z.boolean().describe("Whether it had been taken back before."),
        }),
      },
      404: notFound,
    },
    async answer({ gate, name }) {
      const undone = await gate.watch.undo(name);
      if (undone === null) return noLongerKnown("finding", name);
      const { lifted, already, finding: found } = undone;
      const what = lifted.length === 0 ? "nothing was in force" : `lifted ${lifted.join(", ")}`;
      return {
        status: 200,
        body: { undone: name, lifted, already },
        detail: `${found.detector} about ${found.subject.kind} ${found.subject.value}: ${already ? "taken back before" : what}`,
      };
    },
  }),
];
