import { z } from "zod";
import {
  adminRoute,
  notFound,
  notUnderstood,
  unknown,
  unprocessable,
  type AdminRoute,
} from "./admin-route.ts";

const MAX_REASON = 200;

interface BanOrder {
  readonly address: string;
  readonly reason?: string | undefined;
  readonly seconds?: number | null | undefined;
}

const order: z.ZodType<BanOrder> = z.strictObject({
  address: z.string().max(64).describe("An address, or a CIDR range without host bits."),
  reason: z
    .string()
    .transform((reason) => reason.slice(0, MAX_REASON))
    .optional()
    .describe("Why, for whoever reads the list; at most 200 characters are kept."),
  seconds: z
    .number()
    .positive()
    .nullable()
    .optional()
    .describe("How long. Absent or `null`: until it is removed."),
});

const ban = z.strictObject({
  cidr: z.string().describe("The range in its canonical form, such as 203.0.113.7/32."),
  reason: z.string(),
  until: z.number().nullable().describe("Milliseconds since the epoch; `null`: until it is removed."),
});

/** Bans of addresses. */
export const banRoutes: readonly AdminRoute[] = [
  adminRoute({
    method: "GET",
    path: "/bans",
    id: "listBans",
    summary: "Lists the bans in force.",
    role: "viewer",
    recorded: true,
    answers: { 200: { description: "The bans.", schema: z.strictObject({ bans: z.array(ban) }) } },
    answer({ gate }) {
      const bans = gate.bans.list(Date.now()).map(({ cidr, reason, until }) => ({ cidr, reason, until }));
      return { status: 200, body: { bans }, detail: `${bans.length} bans` };
    },
  }),
  adminRoute({
    method: "POST",
    path: "/bans",
    id: "addBan",
    summary: "Refuses an address or range from now on, and ends its open connections (4529).",
    role: "operator",
    recorded: true,
    body: order,
    answers: {
      200: {
        description: "The ban now in force.",
        schema: ban.extend({ closed: z.int().describe("Connections that were told to close.") }),
      },
      422: notUnderstood,
    },
    async answer({ gate, body: { address, reason = "by hand", seconds = null } }) {
      const until = seconds === null ? null : Date.now() + seconds * 1000;
      const added = gate.bans.add(address, { reason, until });
      if (!added.ok) return unprocessable([added.problem]);
      const closed = await gate.closeBanned();
      const detail = `${added.ban.cidr} banned, ${closed} connections ended`;
      return { status: 200, body: { ...added.ban, closed }, detail };
    },
  }),
  adminRoute({
    method: "DELETE",
    path: "/bans/{address}",
    id: "removeBan",
    summary: "Lifts the ban of exactly this address or range.",
    role: "operator",
    recorded: true,
    answers: {
      200: { description: "It is lifted.", schema: z.strictObject({ removed: z.string() }) },
      404: notFound,
    },
    answer({ gate, name }) {
      return gate.bans.remove(name)
        ? { status: 200, body: { removed: name }, detail: "lifted" }
        : unknown(`${JSON.stringify(name)} is not banned`);
    },
  }),
];
