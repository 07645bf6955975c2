import { z } from "zod";
import { publicWarningsOf } from "../gate-warnings.ts";
import { adminRoute, notFound, noLongerKnown, type AdminReply, type AdminRoute } from "./admin-route.ts";

const readiness = z.strictObject({
  status: z.enum(["ready", "not ready"]),
  problems: z.array(z.string()),
  warnings: z.array(z.string()).describe("What does not work, though the gate takes connections."),
});

const incident = z
  .looseObject({ at: z.iso.datetime(), type: z.enum(["handshake", "decision", "finding"]) })
  .describe("The event, as the log has it.");

async function ready({
  problems,
  warnings,
}: {
  readonly problems: readonly string[] | Promise<readonly string[]>;
  readonly warnings: readonly string[];
}): Promise<AdminReply> {
  const found = await problems;
  const status = found.length === 0 ? "ready" : "not ready";
  return { status: found.length === 0 ? 200 : 503, body: { status, problems: found, warnings } };
}

/** The gate itself: its health, its policy, what it decided, its reload and its end. */
export const gateRoutes: readonly AdminRoute[] = [
  adminRoute({
    method: "GET",
    path: "/live",
    id: "live",
    summary: "Answers as long as the process does.",
    role: null,
    recorded: false,
    answers: { 200: { description: "It lives.", schema: z.strictObject({ status: z.literal("live") }) } },
    answer: () => ({ status: 200, body: { status: "live" } }),
  }),
  adminRoute({
    method: "GET",
    path: "/ready",
    id: "ready",
    summary: "Whether the gate takes connections, and why not.",
    role: null,
    recorded: false,
    answers: {
      200: { description: "It does.", schema: readiness },
      503: { description: "It does not.", schema: readiness },
    },
    answer: ({ gate }) => ready({ problems: gate.problems(), warnings: publicWarningsOf(gate) }),
  }),
  adminRoute({
    method: "GET",
    path: "/metrics",
    id: "metrics",
    summary: "The metrics, in the text format of Prometheus.",
    role: null,
    recorded: false,
    answers: { 200: { description: "The metrics.", schema: null } },
    async answer({ gate }) {
      const { contentType, body } = await gate.metricsText();
      return { status: 200, body, contentType };
    },
  }),
  adminRoute({
    method: "GET",
    path: "/incidents/{incident}",
    id: "showIncident",
    summary:
      "What was decided or found under an incident's id: one of the last 10,000 decisions or 1,000 findings.",
    role: "viewer",
    recorded: true,
    answers: { 200: { description: "The decision.", schema: incident }, 404: notFound },
    async answer({ gate, name }) {
      const found = await gate.findIncident(name);
      return found === null ? noLongerKnown("incident", name) : { status: 200, body: found, detail: "shown" };
    },
  }),
  adminRoute({
    method: "POST",
    path: "/reload",
    id: "reload",
    summary: "Reads the configuration again. One with problems changes nothing.",
    role: "admin",
    recorded: true,
    answers: {
      200: {
        description: "The new policy is in force, also for what is open.",
        schema: z.strictObject({
          reloaded: z.literal(true),
          policy: z.string().describe("The version now in force."),
          kept: z.int().describe("Connections that go on."),
          closed: z.int().describe("Connections that it does not admit, and that were closed."),
        }),
      },
      422: {
        description: "The configuration has problems; the one before stays in force.",
        schema: z.strictObject({ reloaded: z.literal(false), problems: z.array(z.string()) }),
      },
    },
    async answer({ gate }) {
      const outcome = await gate.reload();
      if (!outcome.ok) {
        const { problems } = outcome;
        return { status: 422, body: { reloaded: false, problems }, detail: problems.join("; ") };
      }
      const { version, kept, closed } = outcome;
      const body = { reloaded: true, policy: version, kept, closed };
      return {
        status: 200,
        body,
        detail: `policy ${version}: ${kept} connections go on, ${closed} were closed`,
      };
    },
  }),
  adminRoute({
    method: "POST",
    path: "/drain",
    id: "drain",
    summary:
      "Shuts the gate down as SIGTERM does: no new connections; the open ones are closed with 1012 in batches; then it exits.",
    role: "admin",
    recorded: true,
    answers: {
      202: {
        description: "It drains.",
        schema: z.strictObject({ draining: z.literal(true), connections: z.int() }),
      },
    },
    async answer({ gate }) {
      const connections = await gate.connections();
      gate.drain();
      return {
        status: 202,
        body: { draining: true, connections },
        detail: `${connections} open connections`,
      };
    },
  }),
];
