import { readFile } from "node:fs/promises";
import * as oauth from "oauth4webapi";
import { boundedFetch } from "../../guards/bounded-fetch.ts";
import type { AdminOidcConfig } from "../../policy/admin-options.ts";

/** A sign-in that somebody has begun at the provider. No part of it is told to anybody. */
export interface BegunSignIn {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

/** Who the provider says it is. */
export interface OidcPerson {
  /** For people to read, and the log: with what the provider knows them by. */
  readonly name: string;
  /** Of the claim that says what somebody is. */
  readonly values: readonly string[];
  /** As the provider knows them: `sub`. */
  readonly subject: string;
  /** The provider's own session in which they signed in: `sid`. `null`: it names none. */
  readonly providerSession: string | null;
  /** When their ID token was issued, by the provider's clock: milliseconds since the epoch. */
  readonly issuedAt: number;
}

/** By what the provider is asked again who somebody is. Told to nobody. */
export interface OidcGrant {
  readonly subject: string;
  readonly accessToken: string;
  /** `null`: the provider gave none. */
  readonly refreshToken: string | null;
  /** When the access token ends, monotonic milliseconds; `null`: the provider did not say. */
  readonly endsAt: number | null;
}

/** What came of a sign-in. */
export interface FinishedSignIn {
  readonly person: OidcPerson;
  readonly grant: OidcGrant;
  /** Until when the provider can be asked who that is, monotonic milliseconds: nothing renews the access token. `null`: without end, or it is never asked. */
  readonly knownUntil: number | null;
}

/** What the provider says of somebody who signed in before. */
export type OidcLook =
  /** It knows nobody any more by what it gave. */
  | { readonly is: "gone" }
  | {
      readonly is: "known";
      /** Of the claim, now; `null`: it says nothing of that. */
      readonly values: readonly string[] | null;
      /** By what to ask the next time. */
      readonly grant: OidcGrant;
    };

/** Bytes of an answer: metadata of large providers are below 10 KiB, and so are tokens. */
const MAX_ANSWER_BYTES = 262_144;
/** What a provider says of itself changes seldom. */
const KEEP_METADATA_MS = 3_600_000;
const MAX_VALUES = 1000;
/** Of what people may call themselves. Of the subject, as much as it may have (OpenID Connect Core 1.0 2). */
const [MAX_CALLED, MAX_SUBJECT] = [60, 255];

/** Signs people in by the code flow of OpenID Connect Core 1.0, with PKCE (RFC 7636), a state, a nonce and a signed ID token. */
export class OidcClient {
  readonly #config: AdminOidcConfig;
  readonly #now: () => number;
  #metadata: { readonly at: number; readonly server: Promise<oauth.AuthorizationServer> } | null = null;

  /** @param now monotonic milliseconds */
  constructor(config: AdminOidcConfig, now: () => number) {
    this.#config = config;
    this.#now = now;
  }

  /** Begins a sign-in: where to send the browser, and what to keep until it comes back. Rejects where the provider cannot be asked. */
  async begin(redirectUri: string): Promise<{ readonly location: string; readonly begun: BegunSignIn }> {
    const { clientId, scope } = this.#config;
    const server = await this.#server();
    if (server.authorization_endpoint === undefined) throw new Error("it has no authorization endpoint");
    const begun: BegunSignIn = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
      redirectUri,
    };
    const url = new URL(server.authorization_endpoint);
    if (url.protocol !== "https:" && url.protocol !== new URL(this.#config.issuer).protocol)
      throw new Error("its authorization endpoint is without https");
    const parameters = {
      client_id: clientId,
      redirect_uri: redirectUri,
      response_type: "code",
      scope: ["openid", ...scope].join(" "),
      code_challenge: await oauth.calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: "S256",
      state: begun.state,
      nonce: begun.nonce,
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return { location: url.href, begun };
  }

  /** Ends a sign-in with what the browser brought back. Rejects with what is not right; never with a token or a code. */
  async finish(
    brought: URLSearchParams,
    { state, nonce, verifier, redirectUri }: BegunSignIn,
  ): Promise<FinishedSignIn> {
    const server = await this.#server();
    const client: oauth.Client = { client_id: this.#config.clientId };
    const parameters = oauth.validateAuthResponse(server, client, brought, state);
    const auth = await this.#authentication(server);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      auth,
      parameters,
      redirectUri,
      verifier,
      this.#requests(),
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(server, response, this.#requests());
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    if (claims === undefined) throw new Error("it answered without an ID token");
    const person = personOf(claims, this.#config.roleClaim);
    const grant = this.#grantOf(tokens, { subject: claims.sub, refreshToken: null });
    const isAskedAgain = server.userinfo_endpoint !== undefined;
    const knownUntil = isAskedAgain && grant.refreshToken === null ? grant.endsAt : null;
    return { person, grant, knownUntil };
  }

  /**
   * Asks the provider again: its UserInfo endpoint (OpenID Connect Core 1.0 5.3), with an access token that is renewed where it has ended and the
   * provider gave something to renew it by (12). `null`: it has no such endpoint, so that nothing can be asked. Rejects where it does not answer.
   */
  async look(grant: OidcGrant): Promise<OidcLook | null> {
    const server = await this.#server();
    if (server.userinfo_endpoint === undefined) return null;
    const hasEnded = grant.endsAt !== null && grant.endsAt <= this.#now();
    const found = hasEnded ? ({ is: "gone" } as const) : await this.#userInfo(server, grant);
    if (found.is === "known" || grant.refreshToken === null) return found;
    const renewed = await this.#renew(server, grant, grant.refreshToken);
    return renewed === null ? found : await this.#userInfo(server, renewed);
  }

  async #userInfo(server: oauth.AuthorizationServer, grant: OidcGrant): Promise<OidcLook> {
    const client: oauth.Client = { client_id: this.#config.clientId };
    const response = await oauth.userInfoRequest(server, client, grant.accessToken, this.#requests());
    if (response.status === 401 || response.status === 403) return { is: "gone" };
    const claims = await oauth.processUserInfoResponse(server, client, grant.subject, response);
    const { roleClaim } = this.#config;
    return {
      is: "known",
      values: Object.hasOwn(claims, roleClaim) ? valuesOf(claims, roleClaim) : null,
      grant,
    };
  }

  /** `null`: the provider does not renew it. */
  async #renew(
    server: oauth.AuthorizationServer,
    grant: OidcGrant,
    refreshToken: string,
  ): Promise<OidcGrant | null> {
    const client: oauth.Client = { client_id: this.#config.clientId };
    const auth = await this.#authentication(server);
    const response = await oauth.refreshTokenGrantRequest(
      server,
      client,
      auth,
      refreshToken,
      this.#requests(),
    );
    if (response.status === 400 || response.status === 401) return null;
    const tokens = await oauth.processRefreshTokenResponse(server, client, response);
    return this.#grantOf(tokens, { subject: grant.subject, refreshToken });
  }

  #grantOf(
    { access_token: accessToken, refresh_token: given, expires_in: seconds }: oauth.TokenEndpointResponse,
    { subject, refreshToken }: Pick<OidcGrant, "subject" | "refreshToken">,
  ): OidcGrant {
    const endsAt = seconds === undefined ? null : this.#now() + seconds * 1000;
    return { subject, accessToken, refreshToken: given ?? refreshToken, endsAt };
  }

  async #authentication(server: oauth.AuthorizationServer): Promise<oauth.ClientAuth> {
    const { clientSecretFile } = this.#config;
    if (clientSecretFile === null) return oauth.None();
    const secret = (await readFile(clientSecretFile, "utf8")).trim();
    // What a provider does not say is `client_secret_basic` (OpenID Connect Discovery 1.0 3).
    const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    return methods.includes("client_secret_basic")
      ? oauth.ClientSecretBasic(secret)
      : oauth.ClientSecretPost(secret);
  }

  #server(): Promise<oauth.AuthorizationServer> {
    const now = this.#now();
    if (this.#metadata !== null && now - this.#metadata.at < KEEP_METADATA_MS) return this.#metadata.server;
    const server = this.#discover();
    const asked = { at: now, server };
    this.#metadata = asked;
    server.catch(() => {
      if (this.#metadata === asked) this.#metadata = null;
    });
    return server;
  }

  /** The schema has judged the issuer: http is on loopback alone. One with https leads nowhere without. */
  #requests() {
    return {
      [oauth.allowInsecureRequests]: new URL(this.#config.issuer).protocol === "http:",
      [oauth.customFetch]: fetchBounded,
    };
  }

  async #discover(): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(this.#config.issuer);
    return await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, this.#requests()),
    );
  }
}

interface Sent {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

async function fetchBounded(url: string, { method, headers, body }: Sent): Promise<Response> {
  const { status, text } = await boundedFetch(globalThis.fetch, {
    url,
    method: method === "POST" ? "POST" : "GET",
    headers,
    maxBytes: MAX_ANSWER_BYTES,
    ...(body instanceof URLSearchParams ? { body: body.toString() } : {}),
  });
  return new Response(text, { status, headers: { "content-type": "application/json" } });
}

function personOf(claims: oauth.IDToken, roleClaim: string): OidcPerson {
  const told = claims["preferred_username"] ?? claims["email"];
  const called = typeof told === "string" ? told.slice(0, MAX_CALLED).replaceAll(/[()]/g, "?") : "";
  const subject = claims.sub.slice(0, MAX_SUBJECT);
  // Nobody passes for another by what they call themselves: the subject is whole, stands last, and no other parenthesis is like its own.
  const known = called === "" ? subject : `${called} (${subject})`;
  // Nor writes lines of their own into a log, nor turns them round.
  const name = `oidc:${known.replaceAll(/\p{C}/gu, "?")}`;
  const { sub, sid, iat } = claims;
  const providerSession = typeof sid === "string" ? sid : null;
  return { name, values: valuesOf(claims, roleClaim), subject: sub, providerSession, issuedAt: iat * 1000 };
}

function valuesOf(claims: Readonly<Record<string, unknown>>, roleClaim: string): readonly string[] {
  const written = Object.hasOwn(claims, roleClaim) ? claims[roleClaim] : undefined;
  const values = [written].flat().filter((value) => typeof value === "string");
  return values.slice(0, MAX_VALUES);
}
