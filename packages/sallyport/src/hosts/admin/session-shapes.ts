import { z } from "zod";
import { parseRange } from "../../guards/address-table.ts";
import type { SessionFilter } from "../open-sessions.ts";
import type { SessionView } from "../session-view.ts";

/** Characters of a name. */
export const MAX_TEXT = 512;

/** Each field of a filter, and what it may hold. */
type SessionFilterShape = Readonly<Record<keyof SessionFilter, z.ZodOptional<z.ZodString>>>;

const text = z.string().min(1, "expected at least one character").max(MAX_TEXT);

/** The fields by which sessions are named, as they come from outside. Each may be left out. */
export const sessionFilterShape: SessionFilterShape = {
  session: text.optional().describe("The id of a session."),
  user: text.optional().describe("The user's id within the issuer."),
  issuer: text.optional().describe("The issuer of the user's proof."),
  tenant: text.optional().describe("The user's tenant."),
  address: text
    .refine((address) => parseRange(address).ok, {
      error: "expected an address or a CIDR range, such as 203.0.113.7 or 2001:db8::/64",
    })
    .optional()
    .describe("The client's address, or a CIDR range that it is in."),
  route: text.optional().describe("The route's label, such as /chat."),
};

const lane = z.object({
  messages: z.int().describe("Data messages that passed."),
  bytes: z.int().describe("Payload bytes of these, as they came."),
});

const fields = {
  node: z.string().optional().describe("The node that carries it, where there are several."),
  session: z.string().describe("Its id, as the application reads it in `Sallyport-Session`."),
  route: z.string(),
  user: z.string().nullable().describe("`null` for an anonymous caller."),
  issuer: z.string().nullable(),
  tenant: z.string().nullable(),
  provider: z.string().describe("Which provider of `identity` knew the user."),
  address: z.string(),
  host: z.string(),
  path: z.string(),
  origin: z.string().nullable(),
  subprotocol: z.string().nullable(),
  openedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable().describe("When its proof ends; `null` when it does not."),
  refreshable: z.boolean().describe("Whether its proof can be renewed in place."),
  inbound: lane.describe("From the client to the application."),
  outbound: lane.describe("From the application to the client."),
  waitingBytes: z.int().describe("Bytes that wait for the client to read them."),
  policy: z.string().describe("The version of the policy that it is under."),
  compression: z
    .strictObject({
      extension: z.string().describe("What was negotiated, as `Sec-WebSocket-Extensions` says it."),
      windowBytes: z.int().describe("Bytes that are kept of earlier messages, of both directions."),
    })
    .nullable()
    .describe("`null`: messages are not compressed."),
};

/** An open session, as it is shown. */
export const sessionShape: z.ZodType<SessionView> = z.strictObject(fields);

/** The same, as another node tells it: one of a later version may say more. */
export const toldSessionShape: z.ZodType<SessionView> = z.object(fields);
