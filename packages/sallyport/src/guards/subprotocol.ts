import { z } from "zod";
import { isToken } from "../protocol/token.ts";
import { pass, type Denial, type GuardDefinition, type HandshakeVerdict, type Mode } from "./guard.ts";
import { mode } from "../quantity.ts";
import { quoted } from "./quoted.ts";

/** The options of `subprotocol`. */
export interface SubprotocolOptions {
  readonly mode: Mode;
  /** Subprotocols that go on to the application; `none`: it speaks none. Default: every one that is a token. */
  readonly allow?: readonly string[] | "none" | undefined;
  /** Whoever offers none is refused. Default: false. */
  readonly required: boolean;
}

/** What a browser offers beside its credential, so that there is something to select. Never goes to the application. */
export const OWN_SUBPROTOCOL = "sallyport.v1";

const CREDENTIAL_PREFIXES = ["sallyport.token.", "sallyport.ticket.", "sallyport.proof."];

/**
 * Whether an entry carries a credential. Compared without case, although the names are exact: a misspelt prefix must
 * not send a token to the application.
 */
export function isCredentialSubprotocol(name: string): boolean {
  const lower = name.toLowerCase();
  return CREDENTIAL_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

function isOwn(name: string): boolean {
  return name === OWN_SUBPROTOCOL || isCredentialSubprotocol(name);
}

const entry: z.ZodString = z
  .string({ error: "expected a subprotocol such as graphql-transport-ws" })
  .refine(isToken, { error: "expected a token: letters, digits and !#$%&'*+-.^_`|~ (RFC 6455 4.1)" })
  .refine((name) => !isOwn(name), {
    error: `${OWN_SUBPROTOCOL} and entries with a credential are the gate's own: leave them out`,
  });

const EXPECTED = "expected a list of subprotocols, such as [graphql-transport-ws], or `none`";

const listed: z.ZodType<string[]> = z.array(entry, { error: EXPECTED }).min(1, {
  error: "expected at least one subprotocol: leave `allow` out to let every one pass, or write `none`",
});

const options: z.ZodType<SubprotocolOptions> = z
  .strictObject({
    mode,
    allow: z
      .union([z.literal("none"), listed], { error: EXPECTED })
      .optional()
      .describe(
        "Subprotocols that go on to the application. `none`: it speaks none, and whoever offers some is refused. Absent: every well-formed one.",
      ),
    required: z
      .boolean()
      .default(false)
      .describe("Refuses clients that offer no subprotocol, beside those of the gate itself."),
  })
  .refine(({ allow, required }) => allow !== "none" || !required, {
    error: "`required: true` asks for a subprotocol, and `allow: none` has none",
    path: ["required"],
  })
  .prefault({});

/** What the client offered, what went on, and what the application chose; all compared with case (RFC 6455 4.1). */
export interface SubprotocolNegotiation {
  /** As the client sent them, credentials included. */
  readonly offered: readonly string[];
  /** What the application was offered. */
  readonly forwarded: readonly string[];
  /** `null` where the application chose none. */
  readonly chosenByUpstream: string | null;
}

/** What to answer the client: a subprotocol or none; or why there is no answer to give. */
export type SubprotocolAnswer =
  | { readonly ok: true; readonly value: string | null }
  | ({ readonly ok: false } & Denial);

/**
 * Decides the answer's `Sec-WebSocket-Protocol` (RFC 6455 4.2.2). The application's choice must be one that it was
 * offered (`subprotocol.upstream-choice`). Where it chose none, `sallyport.v1` is the answer if the client offered it;
 * a client that offered a credential and no `sallyport.v1` is refused (`subprotocol.not-allowed`), since a browser fails
 * a connection that selects nothing of what it offered, and a credential is never echoed.
 */
export function answerSubprotocol(negotiation: SubprotocolNegotiation): SubprotocolAnswer {
  const { offered, forwarded, chosenByUpstream } = negotiation;
  if (chosenByUpstream !== null) {
    if (forwarded.includes(chosenByUpstream)) return { ok: true, value: chosenByUpstream };
    const detail = `the application chose ${quoted(chosenByUpstream)}, and was offered ${list(forwarded)}`;
    return { ok: false, code: "subprotocol.upstream-choice", detail };
  }
  if (offered.includes(OWN_SUBPROTOCOL)) return { ok: true, value: OWN_SUBPROTOCOL };
  if (!offered.some(isCredentialSubprotocol)) return { ok: true, value: null };
  const detail = `the application chose none, and the client offered a credential without ${OWN_SUBPROTOCOL} beside it`;
  return { ok: false, code: "subprotocol.not-allowed", detail };
}

const missing: HandshakeVerdict = {
  verdict: "refuse",
  code: "subprotocol.missing",
  detail: "no subprotocol was offered beside the gate's own",
};

function list(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.map(quoted).join(", ");
}

/**
 * Lets only listed subprotocols go on, and takes credentials out of the list. A client that offers some, none of them
 * listed, is refused: without its subprotocol it would speak to the application in terms that were not agreed. So is, where one is
 * `required`, a client that offers none.
 */
export const subprotocol: GuardDefinition<SubprotocolOptions> = {
  name: "subprotocol",
  phases: ["handshake"],
  stops: "Subprotocols that the route does not speak, and credentials on their way to the application.",
  options,
  fromOptionsAlone: true,
  create({ mode: inForce, allow, required }) {
    const names = allow === "none" ? [] : allow;
    return {
      name: "subprotocol",
      mode: inForce,
      handshake(handshake) {
        const real = handshake.subprotocols.filter((name) => !isOwn(name));
        handshake.subprotocols = real;
        if (real.length === 0) return required ? missing : pass;
        if (names === undefined) return pass;
        const kept = real.filter((name) => names.includes(name));
        if (inForce === "enforce") handshake.subprotocols = kept;
        if (kept.length > 0) return pass;
        const detail = `offered ${list(real.slice(0, 5))}, allowed ${list(names)}`;
        return { verdict: "refuse", code: "subprotocol.not-allowed", detail };
      },
    };
  },
};
