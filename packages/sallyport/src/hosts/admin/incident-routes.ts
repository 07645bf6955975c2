import { z } from "zod";
import type { IncidentQuery } from "../incident-log.ts";
import { adminRoute, notFound, notUnderstood, noLongerKnown, type AdminRoute } from "./admin-route.ts";
import { explainIncident, type KnownIncident } from "./explain-incident.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

const listQuery: z.ZodType<IncidentQuery> = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT).describe("Decisions at most."),
  session: z.string().min(1).max(128).optional().describe("Only those about this session."),
});

const decision = z
  .looseObject({ at: z.iso.datetime(), type: z.enum(["handshake", "decision"]) })
  .describe("The event, as the log has it.");

const text = z.string().nullable();
const explanation = z.strictObject({
  incident: z.string(),
  at: z.iso.datetime(),
  type: z.enum(["handshake", "decision", "finding"]),
  verdict: z
    .enum(["refuse", "observe", "report", "drop", "replace", "close", "alert"])
    .describe("What was decided; `alert`: the watch noticed something."),
  guard: z.string().describe("The guard that decided, or `watch`."),
  code: z.string().describe("The code of the decision, or the detector."),
  sentence: z.string().describe("Who, what, where and why."),
  rule: text.describe("The key of the configuration by which it was decided."),
  value: z.string().describe("What was found."),
  mend: z.string().describe("How to allow it, or what the peer should mend."),
  allow: z
    .strictObject({ where: z.string(), line: z.string() })
    .nullable()
    .describe("The line of the configuration that would allow it; `null`: none does."),
  route: text,
  address: text,
  user: text,
  session: text,
  origin: text.describe("The page that it came from."),
  severity: text.describe("Of a finding."),
  done: text.describe("What was done about a finding."),
  isUndoable: z.boolean().describe("Whether that can be taken back."),
  references: z.array(z.string()).describe("Where to read more."),
});

/** What guards decided: the last of it, and each of it explained. */
export const incidentRoutes: readonly AdminRoute[] = [
  adminRoute({
    method: "GET",
    path: "/incidents",
    id: "listIncidents",
    summary: "Lists the last decisions of guards, the newest first: of the last 10,000.",
    role: "viewer",
    recorded: true,
    query: listQuery,
    answers: {
      200: {
        description: "The decisions.",
        schema: z.strictObject({ incidents: z.array(decision) }),
      },
      422: notUnderstood,
    },
    async answer({ gate, query }) {
      const incidents = await gate.listIncidents(query);
      return { status: 200, body: { incidents }, detail: `${incidents.length} incidents` };
    },
  }),
  adminRoute({
    method: "GET",
    path: "/incidents/{incident}/explanation",
    id: "explainIncident",
    summary:
      "Explains a decision or a finding in a sentence, with its rule, its value, and the line of the configuration that would allow it.",
    role: "viewer",
    recorded: true,
    answers: { 200: { description: "The explanation.", schema: explanation }, 404: notFound },
    async answer({ gate, name }) {
      const found = await gate.findIncident(name);
      if (found === null) return noLongerKnown("incident", name);
      return { status: 200, body: explainIncident(found as KnownIncident), detail: "explained" };
    },
  }),
];
