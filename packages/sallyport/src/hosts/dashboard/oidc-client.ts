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
}

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
  ): Promise<OidcPerson> {
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
    return personOf(claims, this.#config.roleClaim);
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
  const written = Object.hasOwn(claims, roleClaim) ? claims[roleClaim] : undefined;
  const values = [written].flat().filter((value) => typeof value === "string");
  return { name, values: values.slice(0, MAX_VALUES) };
}
