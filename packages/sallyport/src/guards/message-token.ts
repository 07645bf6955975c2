import { z } from "zod";
import type {
  ConnectionFacts,
  ConnectionGuard,
  Denial,
  Guard,
  GuardDefinition,
  GuardServices,
  MessageVerdict,
  Mode,
} from "./guard.ts";
import { pass } from "./guard.ts";
import { parseJsonPointer } from "../dialects/json-pointer.ts";
import { checkClaim, checkSession, checkTokens, type MessageTokenCheck } from "./message-token-check.ts";
import { createMessageTokenHider, createMessageTokenReader } from "./message-token-value.ts";
import { mode } from "../quantity.ts";

/** The options of `messageToken`. */
export interface MessageTokenOptions {
  readonly mode: Mode;
  /** Where the value stands (RFC 6901). */
  readonly pointer: string;
  /** What it must be. */
  readonly expect: "token" | "session" | { readonly claim: string };
  /** Whether it is taken out of what goes on to the application. */
  readonly strip: boolean;
}

/** How long a message waits for its token to be judged, in milliseconds: as long as a fetch of keys may take. */
export const JUDGED_WITHIN_MS = 5000;

const options: z.ZodType<MessageTokenOptions> = z.strictObject({
  mode,
  pointer: z
    .string({ error: "expected a JSON Pointer such as /token" })
    .max(256)
    .refine((text) => text !== "" && parseJsonPointer(text) !== null, {
      error: "expected a JSON Pointer to a member, such as /token or /auth/token (RFC 6901)",
    })
    .describe(
      "Where each message from the client carries it, as a JSON Pointer (RFC 6901). Must be written.",
    ),
  expect: z
    .union([
      z.enum(["token", "session"]),
      z.strictObject({
        claim: z
          .string()
          .min(1)
          .describe("The claim of the connection's own proof that it must be equal to."),
      }),
    ])
    .default("token")
    .describe(
      "What it must be: `token`, a token that the route's `identity` accepts, of the connection's own user; `session`, the id of the connection's own session; or `{ claim: NAME }`, what that claim of the connection's own proof says.",
    ),
  strip: z
    .boolean()
    .default(false)
    .describe("Takes it, and its name, out of what goes on to the application. Every other byte stays."),
});

function openConnection(
  { strip, pointer }: MessageTokenOptions,
  { check, refreshed }: MessageTokenCheck,
): ConnectionGuard {
  const read = createMessageTokenReader(pointer);
  return {
    message(message, now) {
      const found = read(message);
      if ("code" in found) return close(found);
      const finding = check(found.value, now);
      if (finding instanceof Promise)
        return { verdict: "wait", until: finding, untilMs: now + JUDGED_WITHIN_MS, ...LATE };
      if (finding !== null) return close(finding);
      return strip ? { verdict: "replace", payload: found.rest() } : pass;
    },
    ...(refreshed !== undefined && { refreshed: ({ identity }) => refreshed(identity) }),
  };
}

function close(denial: Denial): MessageVerdict {
  return { verdict: "close", ...denial };
}

const LATE: Denial = {
  code: "messageToken.unavailable",
  detail: `it was not judged within ${JUDGED_WITHIN_MS / 1000} s`,
};

/** What checks the values of each connection. @throws Error where tokens are expected, and nothing on the route can judge them */
function createCheck(
  { expect }: MessageTokenOptions,
  services: GuardServices,
): (facts: ConnectionFacts) => MessageTokenCheck {
  if (expect === "session") return checkSession;
  if (expect !== "token") return (facts) => checkClaim(expect.claim, facts);
  const { tokens } = services;
  if (tokens === undefined)
    throw new Error("needs `identity.jwt` or `identity.introspection` to judge tokens");
  return (facts) => checkTokens(tokens, facts, services);
}

/**
 * Closes a connection whose client sends a message without its own valid token, or session id: 4401 where it is missing, does not
 * hold or has ended, 4503 where it is another user's, 1013 where nobody can say. Tokens are judged as `identity` judges them; a
 * message whose token was not seen before waits for that, and everything behind it, for 5 s at most. Asks about data
 * messages from the client alone; those that are not JSON have none.
 */
export const messageToken: GuardDefinition<MessageTokenOptions> = {
  name: "messageToken",
  phases: ["message"],
  stops: "messages without their own valid token or session id",
  options,
  create(chosen, services): Guard {
    const check = createCheck(chosen, services);
    return {
      name: "messageToken",
      mode: chosen.mode,
      reads: { inbound: "json" },
      rewrites: { inbound: chosen.strip },
      open: (facts) => openConnection(chosen, check(facts)),
      // The id of a session opens nothing, and stands in every record.
      ...(chosen.expect !== "session" && { hideCredential: createMessageTokenHider(chosen.pointer) }),
    };
  },
};
