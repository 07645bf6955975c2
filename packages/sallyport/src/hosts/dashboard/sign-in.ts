import type { IncomingMessage } from "node:http";
import { z } from "zod";
import {
  nobody,
  notForPages,
  record,
  refusal,
  tooMany,
  wrongToken,
  type AdminAccess,
  type Asked,
} from "../admin/admin-access.ts";
import { readBody } from "../admin/admin-exchange.ts";
import type { AdminReply } from "../admin/admin-route.ts";
import { digestOf, findCaller } from "../admin/admin-tokens.ts";
import { dropCookie, readCookie, SESSION_COOKIE, setCookie } from "./dashboard-cookie.ts";
import type { DashboardSession } from "./dashboard-sessions.ts";
import type { SignedIn, SignedOut, SignInProvider, WhoAmI } from "./session-message.ts";

/** What is answered to the dashboard's page, with the fields that go with it. */
export interface PageReply extends AdminReply {
  readonly headers?: Readonly<Record<string, string>>;
}

/** What sign-in needs to know besides. */
export interface SignInFacts {
  /** Of the package. */
  readonly version: string;
  readonly hasOidc: boolean;
}

/** As long as a token may be. */
const MAX_TOKEN = 4096;
const signIn = z.strictObject({ token: z.string().min(1).max(MAX_TOKEN) });

/**
 * `/dashboard/session`: POST signs in by a token, GET says who has, DELETE signs out. For the dashboard's own page alone. Tokens that are not
 * right count as everywhere at the admin address; what somebody had signed in as before ends with a new sign-in.
 */
export async function serveSignIn(
  incoming: IncomingMessage,
  access: AdminAccess,
  facts: SignInFacts,
): Promise<PageReply> {
  const asked = nobody(incoming);
  const { limits, page, sessions, now } = access;
  if (!page.isOwnRequest(incoming.headers)) return notForPages();
  const ms = limits.anybody(`${asked.method} session`, asked.address, now());
  if (ms > 0) return tooMany("too many calls", ms);
  const id = readCookie(incoming.headers.cookie, SESSION_COOKIE);
  const session = id === null ? null : sessions.find(id);
  switch (asked.method) {
    case "GET":
      return whoIsIt(session, access, facts);
    case "POST":
      return await signInByToken(asked, access, id);
    case "DELETE": {
      const reply = {
        status: 200,
        body: { signedOut: session !== null },
        detail: "signed out",
        headers: { "Set-Cookie": dropCookie(SESSION_COOKIE) },
      };
      if (id !== null) sessions.end(id);
      if (session !== null) record({ ...asked, caller: session.caller }, reply, access);
      return reply;
    }
    default:
      return { ...refusal(405, "not this method"), headers: { Allow: "GET, POST, DELETE" } };
  }
}

function whoIsIt(session: DashboardSession | null, access: AdminAccess, facts: SignInFacts): PageReply {
  const providers: SignInProvider[] = [];
  if (access.tokens.length > 0) providers.push("token");
  if (facts.hasOidc) providers.push("oidc");
  if (session !== null) {
    const body: WhoAmI = { ...describeSession(session, access), version: facts.version, providers };
    return { status: 200, body };
  }
  const body: SignedOut = { error: "nobody has signed in", providers };
  return { status: 401, body };
}

async function signInByToken(asked: Asked, access: AdminAccess, before: string | null): Promise<PageReply> {
  const { tokens, limits, sessions, now } = access;
  if (tokens.length === 0)
    return refusal(403, "this gate has no token: write admin.tokenFile in its configuration");
  const read = signIn.safeParse((await readBody(asked.incoming))?.value);
  if (!read.success) return refusal(422, 'expected { "token": … }');
  const blockedMs = limits.blockedMs(asked.address, now());
  if (blockedMs > 0) return tooMany("too many wrong tokens", blockedMs);
  const digest = digestOf(read.data.token.trim());
  const caller = findCaller(tokens, digest);
  if (caller === null) {
    const refused = wrongToken(asked, access);
    record(asked, refused, access);
    return refused;
  }
  if (before !== null) sessions.end(before);
  const { id, session } = sessions.create({ kind: "token", digest }, caller);
  const body: SignedIn = describeSession(session, access);
  const headers = { "Set-Cookie": setCookie(SESSION_COOKIE, id) };
  const reply = { status: 200, body, detail: "signed in by a token", headers };
  record({ ...asked, caller }, reply, access);
  return reply;
}

/** A session as its page sees it. */
function describeSession({ caller, owner, endsAt, bound }: DashboardSession, { now }: AdminAccess): SignedIn {
  const { name, role } = caller;
  const expiresAt = new Date(Date.now() + endsAt - now()).toISOString();
  return { name, role, by: owner.kind, expiresAt, bound };
}
