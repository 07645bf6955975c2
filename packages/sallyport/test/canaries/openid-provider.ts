import { createServer, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { onTestFinished } from "vitest";
import { portOf } from "../gateway/harness.ts";
import type { Canaries } from "./canary.ts";

/** An OpenID provider that signs in whoever brings its code. */
export interface OpenIdProvider {
  readonly issuer: string;
  /** The code that is good; every other one is refused, in words that are a canary. */
  readonly code: string;
  /** What the next ID token is bound to. */
  nonce: string;
  /** What it says of whoever signed in; a status: that instead; `null`: it has no endpoint for it. */
  userInfo: object | string | number | null;
  /** What it was sent, bodies of requests. */
  readonly asked: string[];
}

/** Starts one, everything secret of which is a canary. Closed when the test ends. */
export async function startOpenIdProvider(canaries: Canaries): Promise<OpenIdProvider> {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const key = { ...(await exportJWK(publicKey)), kid: "one", alg: "ES256", use: "sig" };
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const issuer = `http://127.0.0.1:${portOf(server.address())}`;
  const provider: OpenIdProvider = {
    issuer,
    code: canaries.plant("a code of the provider"),
    nonce: "",
    userInfo: {
      sub: "42",
      groups: ["staff", canaries.plant("a group of whoever is signed in")],
      email: canaries.plant("an address of whoever is signed in"),
    },
    asked: [],
  };
  const idToken = async (): Promise<string> => {
    const token = await new SignJWT({
      nonce: provider.nonce,
      preferred_username: "grace",
      groups: ["staff", canaries.plant("a group of whoever signs in")],
      email: canaries.plant("an address of whoever signs in"),
    })
      .setProtectedHeader({ alg: "ES256", kid: "one" })
      .setIssuer(issuer)
      .setAudience("the-gate")
      .setSubject("42")
      .setIssuedAt()
      .setExpirationTime("5m")
      .sign(privateKey);
    return canaries.adopt("signature of an ID token", token.split(".")[2] ?? "") && token;
  };
  const tokens = async (incoming: IncomingMessage): Promise<readonly [number, unknown]> => {
    const body = await text(incoming);
    provider.asked.push(body);
    const { code, grant_type: kind, refresh_token: again } = Object.fromEntries(new URLSearchParams(body));
    const isRenewal = kind === "refresh_token";
    if (isRenewal ? again === "taken back" : code !== provider.code)
      return [400, { error: "invalid_grant", error_description: canaries.plant("why the provider refuses") }];
    const access = canaries.plant("an access token of the provider");
    const refresh = canaries.plant("a refresh token of the provider");
    return [
      200,
      {
        access_token: access,
        refresh_token: refresh,
        token_type: "Bearer",
        expires_in: 300,
        ...(isRenewal ? {} : { id_token: await idToken() }),
      },
    ];
  };
  server.on("request", (incoming: IncomingMessage, response) => {
    const answers: Readonly<
      Record<string, () => readonly [number, unknown] | Promise<readonly [number, unknown]>>
    > = {
      "/.well-known/openid-configuration": () => [
        200,
        {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/keys`,
          ...(provider.userInfo === null ? {} : { userinfo_endpoint: `${issuer}/userinfo` }),
          response_types_supported: ["code"],
          subject_types_supported: ["public"],
          id_token_signing_alg_values_supported: ["ES256"],
        },
      ],
      "/keys": () => [200, { keys: [key] }],
      "/token": () => tokens(incoming),
      "/userinfo": () =>
        typeof provider.userInfo === "number" ? [provider.userInfo, {}] : [200, provider.userInfo],
    };
    const answer = answers[incoming.url ?? ""] ?? (() => [404, {}] as const);
    void Promise.resolve(answer()).then(([status, body]) =>
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body)),
    );
  });
  return provider;
}
