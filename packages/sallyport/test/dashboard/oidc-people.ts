import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { Provider } from "oidc-provider";
import { onTestFinished } from "vitest";
import { portOf } from "../gateway/harness.ts";
import type { CookieJar } from "../hosts/cookie-jar.ts";
import { createOidcStore } from "../hosts/oidc-store.ts";

/** A real OpenID provider whose people are in groups. */
export interface OidcPeople {
  readonly issuer: string;
  readonly clientId: string;
  readonly secret: string;
  /** Who sits before the browser, and signs in whenever asked. */
  user: string;
  /** From now on it sends browsers back there, and tells of sign-outs beside it. @param namesSessions whether it names its sessions */
  redirectTo(uri: string, namesSessions?: boolean): void;
  /** What somebody's browser asks of it to sign out, and confirms. */
  signOut(browser: CookieJar): Promise<void>;
  /** Whether it answers. */
  down: boolean;
  /** Those whom it does not know any more. */
  readonly gone: Set<string>;
}

const CLIENT = "the-gate";

/** Starts a provider. Closed when the test ends. @param groups of each of its people */
export async function startOidcPeople(
  groups: Readonly<Record<string, readonly string[] | string | undefined>>,
): Promise<OidcPeople> {
  const secret = randomBytes(16).toString("hex");
  const people = { user: "", down: false, gone: new Set<string>() };
  let listener: RequestListener | null = null;
  const server = createServer((request, response) => {
    if (people.down) request.socket.destroy();
    else listener?.(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const issuer = `http://127.0.0.1:${portOf(server.address())}`;
  const store = createOidcStore();
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    adapter: store.adapter,
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "one", use: "sig", alg: "RS256" }] },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    // By itself it sends nothing to loopback, where the gate of a test is.
    fetch: (url, init) => {
      const options = { ...init };
      Reflect.deleteProperty(options, "dispatcher");
      return fetch(url, options);
    },
    conformIdTokenClaims: false,
    claims: { openid: ["sub"], profile: ["preferred_username"], groups: ["groups"] },
    findAccount: (_context, id) =>
      people.gone.has(id)
        ? undefined
        : {
            accountId: id,
            claims: () => ({ sub: id, preferred_username: `${id}\u202E`, groups: groups[id] }),
          },
    interactions: { url: (_context, { uid }) => `/sign-in/${uid}` },
    ttl: { Session: 600, Grant: 600, Interaction: 600, IdToken: 600, AccessToken: 600 },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => void (context.body = form),
        postLogoutSuccessSource: (context) => void (context.body = "signed out"),
      },
    },
  });
  const callback = provider.callback();
  const signIn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { params } = await provider.interactionDetails(request, response);
    const grant = new provider.Grant({ accountId: people.user, clientId: CLIENT });
    grant.addOIDCScope(String(params["scope"]));
    const grantId = await grant.save();
    await provider.interactionFinished(request, response, {
      login: { accountId: people.user },
      consent: { grantId },
    });
  };
  listener = (request, response) => {
    if (request.url?.startsWith("/sign-in/") === true)
      signIn(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    else void callback(request, response);
  };
  return Object.assign(people, {
    issuer,
    clientId: CLIENT,
    secret,
    async signOut(browser: CookieJar) {
      const page = await (await browser.fetch(`${issuer}/session/end`)).text();
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? "";
      const body = new URLSearchParams({ xsrf, logout: "yes" });
      const done = await browser.fetch(`${issuer}/session/end/confirm`, { method: "POST", body });
      if (done.status !== 303) throw new Error(`signing out answered ${done.status}`);
    },
    redirectTo: (uri: string, namesSessions = true) =>
      store.setClient(CLIENT, {
        client_id: CLIENT,
        client_secret: secret,
        redirect_uris: [uri],
        backchannel_logout_uri: new URL("logout", uri).href,
        backchannel_logout_session_required: namesSessions,
        grant_types: ["authorization_code"],
        response_types: ["code"],
      }),
  });
}
