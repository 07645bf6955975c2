import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { join } from "node:path";
import { Provider, type JWK } from "oidc-provider";
import { onTestFinished } from "vitest";
import { temporaryDirectory } from "../cli/sallyport-process.ts";
import { portOf } from "../gateway/harness.ts";
import { CookieJar } from "./cookie-jar.ts";
import { createOidcStore, type OidcStore } from "./oidc-store.ts";

/** What a user's sign-in gives the application. */
export interface SignedIn {
  readonly accessToken: string;
  readonly idToken: string;
  /** Signs the user out at the provider, as its own page does. */
  readonly signOut: () => Promise<void>;
}

/** A real OpenID provider on a free loopback port. */
export interface OidcFixture {
  readonly issuer: string;
  /** The client that signs users in, and whose sessions end. */
  readonly clientId: string;
  /** The client of the gate, which may introspect. */
  readonly gateId: string;
  /** A file with that client's secret. */
  readonly gateSecretFile: string;
  /** What was asked of it: `METHOD /path`. */
  readonly asked: readonly string[];
  /** Signs a user in, by way of a code and the provider's own pages. @param resource `jwt` or `opaque`: the kind of access token */
  readonly signIn: (user: string, resource: "jwt" | "opaque") => Promise<SignedIn>;
  /** Ends a token at the provider (RFC 7009). */
  readonly revoke: (token: string) => Promise<void>;
  /** Where it sends logout tokens. */
  readonly sendLogoutsTo: (url: string) => void;
  /** From now on signs with a new key. The one of before stays published, or is gone. */
  readonly rotate: (keepOld: boolean) => void;
  /** Whether it answers; while it does not, connections are cut. */
  down: boolean;
}

const CLIENT = "chat-app";
const GATE = "gate";
const REDIRECT = "https://app.example.com/callback";

let keys = 0;
function newKey(): JWK {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  keys += 1;
  return { ...privateKey.export({ format: "jwk" }), kid: `key-${keys}`, use: "sig", alg: "RS256" };
}

function makeProvider(issuer: string, signing: readonly JWK[], { adapter }: OidcStore): Provider {
  return new Provider(issuer, {
    adapter,
    jwks: { keys: [...signing] },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    // By itself it sends nothing to loopback, where the gate of a test is.
    fetch: (url, init) => {
      const options = { ...init };
      Reflect.deleteProperty(options, "dispatcher");
      return fetch(url, options);
    },
    pkce: { required: () => false },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_context, { uid }) => `/sign-in/${uid}` },
    ttl: { Session: 600, Grant: 600, Interaction: 600, IdToken: 600, AccessToken: 600 },
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => void (context.body = form),
        postLogoutSuccessSource: (context) => void (context.body = "signed out"),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => "urn:opaque",
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => ({
          scope: "chat",
          audience: "chat",
          accessTokenTTL: 600,
          accessTokenFormat: resource === "urn:jwt" ? "jwt" : "opaque",
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  });
}

/** Signs in whoever the login hint names, and grants what is asked: the provider's page of a user in a hurry. */
async function finishInteraction(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  const accountId = String(params["login_hint"]);
  const grant = new provider.Grant({ accountId, clientId: CLIENT });
  grant.addOIDCScope("openid");
  grant.addResourceScope(String(params["resource"]), "chat");
  const grantId = await grant.save();
  await provider.interactionFinished(request, response, { login: { accountId }, consent: { grantId } });
}

const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;

/** Starts a provider. Closed when the test ends. */
export async function startOidcProvider(): Promise<OidcFixture> {
  const asked: string[] = [];
  const secrets = { gate: randomBytes(16).toString("hex"), client: randomBytes(16).toString("hex") };
  let listener: RequestListener | null = null;
  const fixture = { down: false };
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.split("?", 1)[0]}`);
    if (fixture.down) request.socket.destroy();
    else listener?.(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const issuer = `http://127.0.0.1:${portOf(server.address())}`;
  const gateSecretFile = join(await temporaryDirectory(), "client-secret");
  await writeFile(gateSecretFile, `${secrets.gate}\n`);
  const store = createOidcStore();
  const sendLogoutsTo = (url: string): void =>
    store.setClient(CLIENT, {
      client_id: CLIENT,
      client_secret: secrets.client,
      redirect_uris: [REDIRECT],
      backchannel_logout_uri: url,
      backchannel_logout_session_required: true,
    });
  sendLogoutsTo("http://127.0.0.1:1/nobody");
  store.setClient(GATE, {
    client_id: GATE,
    client_secret: secrets.gate,
    grant_types: [],
    redirect_uris: [],
    response_types: [],
  });
  let signing = [newKey()];
  let provider: Provider;
  const putInForce = (): void => {
    provider = makeProvider(issuer, signing, store);
    const callback = provider.callback();
    listener = (request, response) => {
      if (request.url?.startsWith("/sign-in/") === true)
        finishInteraction(provider, request, response).catch((error: unknown) =>
          response.writeHead(500).end(String(error)),
        );
      else void callback(request, response);
    };
  };
  putInForce();

  async function signIn(user: string, resource: "jwt" | "opaque"): Promise<SignedIn> {
    const jar = new CookieJar();
    const parameters = new URLSearchParams({
      client_id: CLIENT,
      redirect_uri: REDIRECT,
      response_type: "code",
      scope: "openid chat",
      resource: `urn:${resource}`,
      login_hint: user,
    });
    const back = await jar.follow(`${issuer}/auth?${parameters.toString()}`);
    const code = back.searchParams.get("code");
    if (code === null) throw new Error(`no code: ${back.href}`);
    const answer = await fetch(`${issuer}/token`, {
      method: "POST",
      headers: { authorization: basic(CLIENT, secrets.client) },
      body: new URLSearchParams({
        grant_type: "authorization_code",
        code,
        redirect_uri: REDIRECT,
        resource: `urn:${resource}`,
      }),
    });
    const tokens: { access_token?: string; id_token?: string } = JSON.parse(await answer.text());
    if (tokens.access_token === undefined || tokens.id_token === undefined)
      throw new Error(`no tokens: ${JSON.stringify(tokens)}`);
    return {
      accessToken: tokens.access_token,
      idToken: tokens.id_token,
      async signOut() {
        const page = await (await jar.fetch(`${issuer}/session/end`)).text();
        const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? "";
        const done = await jar.fetch(`${issuer}/session/end/confirm`, {
          method: "POST",
          body: new URLSearchParams({ xsrf, logout: "yes" }),
        });
        if (done.status !== 303) throw new Error(`signing out answered ${done.status}`);
      },
    };
  }

  return Object.assign(fixture, {
    issuer,
    clientId: CLIENT,
    gateId: GATE,
    gateSecretFile,
    asked,
    signIn,
    async revoke(token: string) {
      const answer = await fetch(`${issuer}/token/revocation`, {
        method: "POST",
        headers: { authorization: basic(CLIENT, secrets.client) },
        body: new URLSearchParams({ token }),
      });
      if (answer.status !== 200) throw new Error(`revocation answered ${answer.status}`);
    },
    sendLogoutsTo,
    rotate(keepOld: boolean) {
      signing = [newKey(), ...(keepOld ? signing : [])];
      putInForce();
    },
  });
}
