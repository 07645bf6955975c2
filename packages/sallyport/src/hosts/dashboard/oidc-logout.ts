import type { KeyObject } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readLogoutToken, type Logout } from "../../guards/backchannel-logout.ts";
import type { Denial } from "../../guards/guard.ts";
import { ASYMMETRIC } from "../../guards/identity-jwt-options.ts";
import { invalid, unavailable, type IdentityRefusal } from "../../guards/identity-provider.ts";
import { loadRemoteKeys, type JsonWebKeys } from "../../guards/json-web-keys.ts";
import { readUnverifiedIssuer, type TokenHeader, type TokenRules } from "../../guards/json-web-token.ts";
import { findEndpoint } from "../../guards/oidc-discovery.ts";
import type { AdminOidcConfig } from "../../policy/admin-options.ts";
import { nobody, record, type AdminAccess } from "../admin/admin-access.ts";
import { readLogoutForm } from "../logout-form.ts";
import { answer } from "../well-known.ts";
import type { OidcOwner } from "./dashboard-sessions.ts";

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
}

/** As far the provider's clock may be ahead, milliseconds; as for routes. */
const CLOCK_TOLERANCE_MS = 5000;

/**
 * `POST /dashboard/oidc/logout` with a form that holds a `logout_token` (OpenID Connect Back-Channel Logout 1.0): whoever has signed out at the
 * provider is signed out of the dashboard at once, with their sockets. 200 once that is so, also where nobody was meant; 400 for a token that is
 * not good. A token names sessions that were there when it was made, and none that began since: to send it twice does no more than once.
 */
export class OidcLogout {
  readonly #access: AdminAccess;
  readonly #config: AdminOidcConfig;
  #keys: Promise<JsonWebKeys> | null = null;
  #isClosed = false;

  constructor(config: AdminOidcConfig, access: AdminAccess) {
    this.#config = config;
    this.#access = access;
  }

  /** Answers a request. */
  async serve({ incoming, response }: Exchange): Promise<void> {
    const asked = nobody(incoming);
    const { method, headers } = incoming;
    const form = await readLogoutForm({ method, contentType: headers["content-type"], body: incoming });
    const logout = "code" in form ? form : await this.#read(form.token);
    if ("code" in logout) {
      const status = statusOf(logout);
      record(asked, { status, body: null, detail: `not signed out: ${logout.detail}` }, this.#access);
      return answer(response, status, { error: "invalid_request" }, status === 405 ? { Allow: "POST" } : {});
    }
    for (const caller of this.#access.sessions.signOut((owner) => isMeant(owner, logout)))
      record(
        { ...asked, caller },
        { status: 200, body: null, detail: "signed out at the provider" },
        this.#access,
      );
    response.writeHead(200, { "Cache-Control": "no-store", "Content-Length": "0" });
    response.end();
  }

  /** No keys are asked for any more. */
  close(): void {
    this.#isClosed = true;
    void this.#keys?.then((keys) => keys.dispose());
  }

  async #read(token: string): Promise<Logout | Denial> {
    const { issuer, clientId } = this.#config;
    // Nobody but the provider has its keys asked for.
    if (readUnverifiedIssuer(token) !== issuer)
      return { code: "identity.logout", detail: "its issuer is none that may sign users out here" };
    const proof = {
      // A logout is told by its event, and older providers do not type it.
      options: { clientId, typ: "any" as const },
      rules: rulesOf(this.#config),
      findKey: (header: TokenHeader, now: number) => this.#findKey(header, now),
    };
    return await readLogoutToken(token, proof, { now: this.#access.now(), wallNow: Date.now() });
  }

  async #findKey({ kid, alg }: TokenHeader, now: number): Promise<KeyObject | IdentityRefusal> {
    const keys = await this.#load();
    const found = (await keys.current(now))?.find(kid, alg) ?? (await keys.renew(now))?.find(kid, alg);
    if (found !== undefined && found !== null) return found;
    const { problem } = keys.status();
    return problem === null ? invalid("no key of the provider fits") : unavailable(`no keys: ${problem}`);
  }

  /** From the first sign-out on. */
  async #load(): Promise<JsonWebKeys> {
    const { issuer } = this.#config;
    const { fetch } = globalThis;
    const find = (signal: AbortSignal): Promise<string> =>
      findEndpoint({ issuer, fetch, signal }, "jwks_uri");
    const terms = { fetch, emit: this.#access.emit, wallNow: () => Date.now() };
    this.#keys ??= loadRemoteKeys({ name: issuer, find }, terms);
    const keys = await this.#keys;
    if (this.#isClosed) keys.dispose();
    return keys;
  }
}

function rulesOf({ issuer, clientId }: AdminOidcConfig): TokenRules {
  return {
    issuer,
    audience: [clientId],
    algorithms: ASYMMETRIC,
    typ: null,
    clockToleranceMs: CLOCK_TOLERANCE_MS,
    maxLifetimeMs: null,
    requiredClaims: [],
    userClaim: "sub",
    tenantClaim: null,
    allowNoExpiry: true,
  };
}

/** A session of the provider that is named ends what was begun in it; a subject alone, and where the provider named no session, all of theirs until then. */
function isMeant(owner: OidcOwner, { subject, providerSession, issuedAt }: Logout): boolean {
  if (subject !== undefined && owner.subject !== subject) return false;
  if (providerSession !== undefined && owner.providerSession !== null)
    return owner.providerSession === providerSession;
  // A token of the same second was issued before: providers sign in first, and out after.
  return subject !== undefined && owner.issuedAt < issuedAt + 1000;
}

function statusOf({ code }: Denial): number {
  if (code === "handshake.method") return 405;
  return code === "identity.unavailable" ? 503 : 400;
}
