import { z } from "zod";
import { parseRange } from "../guards/address-table.ts";
import { duration } from "../quantity.ts";

/** An identity that stands for a verified proof. */
export interface GivenIdentity {
  readonly user: string;
  readonly issuer: string | null;
  readonly tenant: string | null;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Milliseconds from the beginning of the case until the proof ends; `null`: it does not. */
  readonly expires: number | null;
  readonly provider: "jwt" | "introspection" | "session" | "mutualTls";
  readonly credential: "authorization" | "subprotocol" | "cookie" | "query" | "certificate" | "ticket";
}

/** A handshake as a case writes it; what is absent comes from the file's own `handshake`. */
export interface GivenHandshake {
  readonly url?: string | undefined;
  /** `null`: none. */
  readonly origin?: string | null | undefined;
  readonly address?: string | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  readonly cookies?: Readonly<Record<string, string>> | undefined;
  readonly subprotocols?: readonly string[] | undefined;
  /** `null`: nobody. */
  readonly identity?: GivenIdentity | null | undefined;
  readonly token?: string | undefined;
}

const text = z.string().min(1);

/** Claims as a case gives them. */
export const claims: z.ZodRecord<z.ZodString, z.ZodUnknown> = z
  .record(z.string(), z.unknown())
  .describe("The verified claims.");
/** How long a proof is good for. */
export const expires: z.ZodType<number, string> = duration.describe(
  "How long the proof is good for from then on. Absent: it does not end.",
);

const identity: z.ZodType<GivenIdentity> = z
  .strictObject({
    user: text.describe("The user's id within the issuer."),
    issuer: text.nullable().default(null),
    tenant: text.nullable().default(null),
    claims: claims.default({}),
    expires: expires.nullable().default(null),
    provider: z.enum(["jwt", "introspection", "session", "mutualTls"]).default("jwt"),
    credential: z
      .enum(["authorization", "subprotocol", "cookie", "query", "certificate", "ticket"])
      .default("authorization")
      .describe("Where the credential stood. With `ticket` a ticket is issued and redeemed."),
  })
  .describe("Who the caller is, given instead of a signed token: it stands for a proof that was verified.");

const header = z.union([z.string(), z.array(z.string()).min(1)]);
// The target as it is sent: nothing of it is normalised here.
const URL_FORM = /^wss?:\/\/[^/?#\s]+(?:[/?][^#\s]*)?$/;

/** The host, target and scheme of a URL as written, without any normalisation; `null` for what is none of a WebSocket. */
export function splitUrl(
  url: string,
): { readonly secure: boolean; readonly host: string; readonly target: string } | null {
  if (!URL_FORM.test(url)) return null;
  const [, scheme = "", host = "", target = ""] = /^(wss?):\/\/([^/?]+)(.*)$/.exec(url) ?? [];
  return { secure: scheme === "wss", host, target: target.startsWith("/") ? target : `/${target}` };
}

const none = z.literal("none").transform((): null => null);

/** A handshake, in a case or for all cases of a file. */
export const handshake: z.ZodType<GivenHandshake> = z
  .strictObject({
    url: z
      .string()
      .regex(URL_FORM, { error: "expected a URL such as wss://app.example.com/chat" })
      .optional()
      .describe("Where the client connects. `wss:` says that its side is TLS."),
    origin: z
      .union([none, text])
      .optional()
      .describe("The Origin header; `none` for none, which is the default."),
    address: z
      .string()
      .refine((address) => parseRange(address).ok && !address.includes("/"), {
        error: "expected an IP address",
      })
      .optional()
      .describe(
        "Who connects, 192.0.2.1 by default. From a trusted proxy's address, its forwarding header is believed.",
      ),
    headers: z
      .record(z.string(), header)
      .optional()
      .describe("More headers, each a text or a list of texts, in place of those that a client sends."),
    cookies: z.record(z.string(), z.string()).optional(),
    subprotocols: z.array(text).optional().describe("What the client offers, in order."),
    identity: z.union([none, identity]).optional(),
    token: text.optional().describe("A signed token as a bearer: it is verified, at the time of the case."),
  })
  .superRefine((written, context) => {
    if (written.token !== undefined && written.identity !== undefined && written.identity !== null)
      context.addIssue({
        code: "custom",
        path: ["token"],
        message: "stands beside `identity`: write one of them",
      });
  });
