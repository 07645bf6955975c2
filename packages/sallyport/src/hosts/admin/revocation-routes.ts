import { z } from "zod";
import type { Revocation } from "../../guards/shared-state.ts";
import { newRevocation, revocationInput } from "../../state/new-revocation.ts";
import {
  adminRoute,
  notFound,
  notUnderstood,
  refusalShape,
  unknown,
  unprocessable,
  type AdminReply,
  type AdminRoute,
} from "./admin-route.ts";

const revocation = z.strictObject({
  id: z.string(),
  tokenId: z.string().optional(),
  session: z.string().optional(),
  providerSession: z.string().optional(),
  user: z.string().optional(),
  issuer: z.string().optional(),
  tenant: z.string().optional(),
  issuedBefore: z.iso.datetime().optional(),
  reason: z.string(),
  closes: z.boolean().describe("Whether open connections end too (4540)."),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().describe("When it ends by itself."),
});

function viewOf(of: Revocation): Readonly<Record<string, unknown>> {
  const { createdAt, expiresAt, issuedBefore, ...rest } = of;
  const written = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(written),
    ...(issuedBefore === undefined ? {} : { issuedBefore: new Date(issuedBefore).toISOString() }),
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
  };
}

/** Whom it names, for the record. A token's id is no token. */
function describe(of: Revocation): string {
  const { id, tokenId, session, providerSession, user, issuer, tenant } = of;
  const target = { tokenId, session, providerSession, user, issuer, tenant };
  const written = Object.entries(target).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key} ${JSON.stringify(value)}`],
  );
  return `revocation ${id} of ${written.join(", ")}`;
}

const noRoom: AdminReply = {
  status: 503,
  body: { error: "there is no room for another revocation: remove one first" },
  detail: "no room",
};

/** It holds at this node; the others are told when the engine is back. */
function here(of: Revocation): AdminReply {
  return {
    status: 503,
    body: {
      error: `the shared state cannot be reached: revocation ${of.id} holds at this node, and at the others as soon as it can be`,
    },
    detail: `${describe(of)}, so far at this node alone`,
  };
}

/** Revocations of tokens, sessions, users and tenants. */
export const revocationRoutes: readonly AdminRoute[] = [
  adminRoute({
    method: "GET",
    path: "/revocations",
    id: "listRevocations",
    summary: "Lists the revocations in force.",
    role: "viewer",
    recorded: true,
    answers: {
      200: {
        description: "The revocations, in the order of their addition.",
        schema: z.strictObject({ revocations: z.array(revocation) }),
      },
    },
    answer({ gate }) {
      const revocations = gate.revocations.list(Date.now()).map(viewOf);
      return { status: 200, body: { revocations }, detail: `${revocations.length} revocations` };
    },
  }),
  adminRoute({
    method: "POST",
    path: "/revocations",
    id: "revoke",
    summary:
      "Revokes what every written field names: new handshakes are refused (401), open connections end within a second (4540).",
    role: "operator",
    recorded: true,
    body: revocationInput,
    answers: {
      200: { description: "The revocation now in force.", schema: revocation },
      422: notUnderstood,
      503: {
        description:
          "There is no room for another one; or the shared state cannot be reached: then it holds at this node, and at the others when it can.",
        schema: refusalShape,
      },
    },
    async answer({ gate, body }) {
      const made = newRevocation(body, Date.now());
      if (!made.ok) return unprocessable([made.problem]);
      const added = gate.revocations.add(made.revocation);
      if (added === false) return noRoom;
      if (!(await added)) return here(made.revocation);
      return { status: 200, body: viewOf(made.revocation), detail: describe(made.revocation) };
    },
  }),
  adminRoute({
    method: "DELETE",
    path: "/revocations/{id}",
    id: "removeRevocation",
    summary: "Takes a revocation back. Connections that it ended stay ended.",
    role: "operator",
    recorded: true,
    answers: {
      200: { description: "It is taken back.", schema: z.strictObject({ removed: z.string() }) },
      404: notFound,
    },
    answer({ gate, name }) {
      return gate.revocations.remove(name)
        ? { status: 200, body: { removed: name }, detail: "taken back" }
        : unknown(`no revocation ${JSON.stringify(name)}`);
    },
  }),
];
