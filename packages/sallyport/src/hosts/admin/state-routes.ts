import { z } from "zod";
import { disagreementKinds } from "../../state/node-terms.ts";
import type { StateView } from "../dashboard/state-message.ts";
import { adminRoute, type AdminRoute } from "./admin-route.ts";
import { viewState } from "./state-view.ts";

const count = z.int().min(0);

const engine = z.strictObject({
  where: z.string(),
  up: z.boolean(),
  since: z.iso.datetime().describe("Since when it is up, or away."),
  problem: z.string().nullable().describe("Why it is away."),
  outages: count.describe("How often it was lost since this node started."),
  clockAheadMs: z.number().describe("How far its clock is ahead of this node's."),
  unpublished: count.describe("Bans and revocations of this node that wait for it."),
  putBack: count.describe("What this node put back after it had lost them."),
  misfits: count.describe("What was found in it and was none of ours."),
  memory: z
    .strictObject({
      usedBytes: count,
      limitBytes: count.nullable().describe("`null`: there is no bound."),
      drops: z
        .string()
        .nullable()
        .describe("By which it drops what it likes when it is full; `null`: it refuses, and drops nothing."),
    })
    .nullable()
    .describe("Of a cluster, of the server that has the log; `null`: it has not said."),
});

const node = z.strictObject({
  name: z.string(),
  isThis: z.boolean().describe("Whether it is the one that is asked."),
  version: z.string(),
  startedAt: z.iso.datetime().nullable().describe("By its own clock."),
  connections: count,
});

const disagreement = z.strictObject({
  about: z.enum(disagreementKinds),
  nodes: count.describe("How many differ."),
  what: z.string(),
  expected: z.string(),
  found: z.string(),
  mend: z.string(),
  sentence: z.string().describe("The same in one line."),
});

const state: z.ZodType<StateView> = z.strictObject({
  engine: engine.nullable().describe("`null`: state is in the memory of this gate."),
  nodes: z.array(node).describe("The nodes that are alive, as last heard of."),
  disagreements: z.array(disagreement).describe("What nodes do not have alike and must."),
});

/** How state is shared: the engine, and the nodes. */
export const stateRoutes: readonly AdminRoute[] = [
  adminRoute({
    method: "GET",
    path: "/state",
    id: "showState",
    summary: "The engine that nodes share state through, and the nodes.",
    role: "viewer",
    recorded: false,
    answers: { 200: { description: "How state is shared.", schema: state } },
    answer: ({ gate }) => ({ status: 200, body: viewState(gate.engine()) }),
  }),
];
