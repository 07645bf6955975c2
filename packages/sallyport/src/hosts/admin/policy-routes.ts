import { z } from "zod";
import { isReason } from "../../journal/is-reason.ts";
import type { BackTestAsked } from "./admin-desk.ts";
import {
  adminRoute,
  notUnderstood,
  refusalShape,
  type AdminAnswerShape,
  type AdminRoute,
} from "./admin-route.ts";
import { readerOf, replyOf } from "./journal-routes.ts";

const DAY_MS = 86_400_000;
/** A configuration is written by hand. */
const MAX_POLICY = 1024 * 1024;
/** A body is JSON: of each character of the policy as many as six. */
const MAX_BODY_BYTES = 2 * MAX_POLICY;

const text = z.string().min(1).max(1024);

const guards = z
  .array(
    z.strictObject({
      name: z.string(),
      mode: z.enum(["enforce", "observe"]),
      values: z
        .array(z.strictObject({ key: z.string().describe("Below the guard."), value: z.string() }))
        .describe("What is in force, defaults filled in, as it is written in a configuration. No secret."),
    }),
  )
  .describe("In the order in which they are asked. One that is off is absent.");

const policy = z.strictObject({
  version: z.string().describe("A hash of the configuration in force."),
  listeners: z.array(
    z.strictObject({
      address: z.string(),
      port: z.int().describe("As configured; 0: a free one was asked for."),
      tls: z.enum(["off", "development", "files", "acme"]),
    }),
  ),
  routes: z.array(
    z.strictObject({
      route: z.string().describe("Its label in the log and the metrics."),
      hosts: z.array(z.string()),
      path: z.string(),
      upstream: z.string(),
      http: z.enum(["refuse", "forward"]),
      guards,
    }),
  ),
});

const observed = z.strictObject({
  since: z.iso.datetime(),
  from: z
    .enum(["journal", "memory"])
    .describe("`memory`: the last 10,000 decisions of the process, where there is no journal."),
  kinds: z
    .array(
      z.strictObject({
        route: z.string().nullable(),
        guard: z.string(),
        code: z.string(),
        count: z.int(),
        last: z.iso.datetime().describe("When the newest was."),
        incident: z.string().describe("The newest, and what it was about."),
        detail: z.string(),
        address: z.string(),
        user: z.string().nullable(),
      }),
    )
    .describe("The most frequent first; at most 200."),
  cut: z.boolean().describe("There was more than could be looked through."),
});

const backTestBody: z.ZodType<BackTestAsked & { readonly reason?: string | undefined }> = z.strictObject({
  policy: z
    .string()
    .min(1)
    .max(MAX_POLICY)
    .optional()
    .describe(
      "The text of a configuration in YAML. Absent: the file that the gate was started with, as it is now.",
    ),
  reason: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .refine(isReason, { error: "expected why, in words" })
    .optional()
    .describe(
      "Why recorded contents are read; it is recorded. Without it messages are judged by size and rate alone.",
    ),
  since: text.optional().describe("Not before: a time, or how long ago, such as `2h`."),
  until: text.optional().describe("Before: likewise."),
  session: text.optional(),
  route: text.optional().describe("As it is recorded."),
});

const change = z.strictObject({
  change: z.enum(["refused", "no-longer-refused", "replaced"]),
  what: z.enum(["handshake", "message", "connection"]),
  session: z.string().nullable(),
  route: z.string().nullable(),
  user: z.string().nullable(),
  address: z.string(),
  sequence: z.int().nullable(),
  time: z.number().describe("Milliseconds since 1970."),
  direction: z.enum(["inbound", "outbound"]).nullable(),
  guard: z.string().nullable(),
  code: z.string().nullable(),
  detail: z.string(),
});

const backTest = z.strictObject({
  state: z.enum(["running", "done", "failed"]),
  by: z.string().describe("Who began it."),
  startedAt: z.iso.datetime(),
  progress: z
    .strictObject({ done: z.int(), of: z.int(), records: z.int() })
    .describe("Segments, and records played."),
  result: z
    .strictObject({
      ok: z.boolean().describe("Nothing that passed then is refused now."),
      routes: z.array(z.looseObject({ route: z.string(), refused: z.int() })),
      changes: z.array(change).describe("The first 500."),
      left: z.int().describe("How many more there were."),
      notes: z.array(z.string()).describe("What could not be judged, and why."),
      cut: z.enum(["time", "records"]).nullable(),
      records: z.int(),
      policy: z.array(z.strictObject({ route: z.string(), guards })).describe("The policy that was tried."),
    })
    .nullable(),
  problems: z.array(z.string()),
});

const off: AdminAnswerShape = {
  description: "The gate keeps no journal, or one is being played already.",
  schema: refusalShape,
};
const unreadable: AdminAnswerShape = { description: "The journal cannot be read.", schema: refusalShape };

/** The policy in force, what it would refuse, and what another one would. */
export const policyRoutes: readonly AdminRoute[] = [
  adminRoute({
    method: "GET",
    path: "/policy",
    id: "policy",
    summary: "The policy in force: its routes, and the guards of each with their modes and values.",
    role: "viewer",
    recorded: false,
    answers: {
      200: { description: "The policy.", schema: policy },
      503: { description: "There is none yet.", schema: refusalShape },
    },
    answer({ gate }) {
      const body = gate.policy();
      return body === null ? { status: 503, body: { error: "starting" } } : { status: 200, body };
    },
  }),
  adminRoute({
    method: "GET",
    path: "/policy/observed",
    id: "observedRefusals",
    summary: "What guards whose mode is `observe` would have refused in the last day.",
    role: "viewer",
    recorded: true,
    answers: { 200: { description: "What it was.", schema: observed }, 409: off, 503: unreadable },
    async answer({ gate, ...call }) {
      const found = await gate.desk.observed(readerOf(call, undefined), Date.now() - DAY_MS);
      return replyOf(found, ({ kinds }) => `${kinds.length} kinds`);
    },
  }),
  adminRoute({
    method: "POST",
    path: "/policy/back-test",
    id: "backTest",
    summary:
      "Begins to play recorded traffic to a policy, without any network; `GET /policy/back-test` says how far that is, and what the policy would have done otherwise. A policy reads the files that its options name; `${env:…}` and `${file:…}` are filled in only where the gate's own configuration has the same ones under the same key.",
    role: "admin",
    recorded: true,
    body: backTestBody,
    bodyBytes: MAX_BODY_BYTES,
    answers: { 202: { description: "It is being played.", schema: backTest }, 409: off, 422: notUnderstood },
    async answer({ gate, body, ...call }) {
      const { reason, ...asked } = body;
      const begun = await gate.desk.backTest(readerOf(call, reason), asked);
      const of = asked.policy === undefined ? "the file of the gate" : "a text";
      return replyOf(begun, () => `${of} is tried`, 202);
    },
  }),
  adminRoute({
    method: "GET",
    path: "/policy/back-test",
    id: "backTestState",
    summary: "How far the back-test is that runs, or what came of the last one.",
    role: "admin",
    recorded: false,
    answers: {
      200: { description: "It runs, or is done.", schema: backTest },
      404: { description: "There was none.", schema: refusalShape },
    },
    answer({ gate }) {
      const state = gate.desk.backTestState();
      return state === null
        ? { status: 404, body: { error: "no policy was tried since the gate began" } }
        : { status: 200, body: state };
    },
  }),
  adminRoute({
    method: "DELETE",
    path: "/policy/back-test",
    id: "cancelBackTest",
    summary: "Ends the back-test that runs.",
    role: "admin",
    recorded: true,
    answers: {
      200: { description: "Whether one ran.", schema: z.strictObject({ cancelled: z.boolean() }) },
    },
    answer({ gate }) {
      const cancelled = gate.desk.cancelBackTest();
      return { status: 200, body: { cancelled }, detail: cancelled ? "ended" : "none ran" };
    },
  }),
];
