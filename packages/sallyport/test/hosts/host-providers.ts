import { describe, expect, it } from "vitest";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import { closed, guardServer, openClient, wsApplication, type GuardedServer } from "./guarded-server.ts";
import type { HostOptions } from "./host-suite.ts";
import { startOidcProvider, type OidcFixture } from "./oidc-fixture.ts";

interface Scene {
  readonly provider: OidcFixture;
  readonly guarded: GuardedServer;
}

type Identity = NonNullable<AttachRouteInput["identity"]>;

const connect = ({ guarded }: Scene, token: string): ReturnType<typeof openClient> =>
  openClient(guarded.wsUrl, { headers: { Authorization: `Bearer ${token}` } });

const byIssuerAlone = ({ issuer, clientId }: OidcFixture): Identity => ({
  jwt: { issuer, audience: "chat", backchannelLogout: { clientId } },
});
const introspected =
  (recheck: string, parts: object = {}) =>
  ({ issuer, gateId, gateSecretFile }: OidcFixture) => ({
    introspection: { issuer, clientId: gateId, clientSecretFile: gateSecretFile, recheck, ...parts },
  });

/** Identity by a real OpenID provider. */
export function describeProviders({ host }: HostOptions): void {
  async function scene(identity: (provider: OidcFixture) => Identity): Promise<Scene> {
    const provider = await startOidcProvider();
    const routes = [{ path: "/", identity: identity(provider) }];
    return { provider, guarded: await guardServer(host, wsApplication().server, { routes }) };
  }
  describe("a provider of OpenID Connect", () => {
    it("is found by its issuer alone, and its access tokens are accepted (OpenID Connect Discovery 4)", async () => {
      const here = await scene(byIssuerAlone);
      const { accessToken, idToken } = await here.provider.signIn("ada", "jwt");
      await connect(here, accessToken);
      expect(await here.guarded.seen("open")).toMatchObject({ user: "ada" });
      expect(here.provider.asked.slice(0, 2)).toEqual(["GET /.well-known/openid-configuration", "GET /jwks"]);
      // An ID token is for the client, not for the chat (RFC 8725 3.9).
      await expect(connect(here, idToken)).rejects.toThrow("status 401");
    });

    it("may change its keys: new tokens are accepted at once, old ones while their key is published", async () => {
      const here = await scene(byIssuerAlone);
      const before = await here.provider.signIn("ada", "jwt");
      here.provider.rotate(true);
      const after = await here.provider.signIn("eve", "jwt");
      await connect(here, after.accessToken);
      await connect(here, before.accessToken);
      expect(here.provider.asked.filter((line) => line === "GET /jwks")).toHaveLength(2);
    });

    it("may be down: tokens under known keys go on being accepted, others are 503", async () => {
      const here = await scene(byIssuerAlone);
      const known = await here.provider.signIn("ada", "jwt");
      here.provider.rotate(false);
      const unknown = await here.provider.signIn("ada", "jwt");
      here.provider.down = true;
      await expect(connect(here, unknown.accessToken)).rejects.toThrow("status 503");
      await connect(here, known.accessToken);
    });

    it("is asked about opaque tokens, each once while the answer is fresh (RFC 7662)", async () => {
      const here = await scene(introspected("60s", { audience: "chat" }));
      const { accessToken } = await here.provider.signIn("ada", "opaque");
      expect(accessToken).not.toContain(".");
      await Promise.all([connect(here, accessToken), connect(here, accessToken), connect(here, accessToken)]);
      expect(await here.guarded.seen("open")).toMatchObject({ user: "ada" });
      expect(here.provider.asked.filter((line) => line === "POST /token/introspection")).toHaveLength(1);
      await expect(connect(here, "made-up")).rejects.toThrow("status 401");
      expect(JSON.stringify(here.guarded.events)).not.toContain(accessToken);
    });

    it("ends a token, and its open connections with it: 4540, within `recheck`", async () => {
      const here = await scene(introspected("500ms"));
      const [ada, eve] = [
        await here.provider.signIn("ada", "opaque"),
        await here.provider.signIn("eve", "opaque"),
      ];
      const [client, other] = [await connect(here, ada.accessToken), await connect(here, eve.accessToken)];
      const gone = closed(client);
      await here.provider.revoke(ada.accessToken);
      expect((await gone).code).toBe(4540);
      expect(await here.guarded.seen("decision")).toMatchObject({ code: "identity.withdrawn" });
      expect(other.readyState).toBe(other.OPEN);
      await expect(connect(here, ada.accessToken)).rejects.toThrow("status 401");
    });

    it("ends a token behind a ticket, too", async () => {
      const here = await scene(introspected("500ms"));
      const { accessToken } = await here.provider.signIn("ada", "opaque");
      const issued = await fetch(`${here.guarded.url}/.sallyport/ticket`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${accessToken}`,
          "content-type": "application/json",
          "sallyport-request": "1",
        },
        body: JSON.stringify({ route: "/" }),
      });
      const { ticket }: { readonly ticket: string } = JSON.parse(await issued.text());
      const client = await openClient(here.guarded.wsUrl, {
        protocols: [`sallyport.ticket.${ticket}`, "sallyport.v1"],
      });
      const gone = closed(client);
      await here.provider.revoke(accessToken);
      expect((await gone).code).toBe(4540);
    });

    it("may be down: what is open stays, and is closed once the provider says no; who comes is 503", async () => {
      const here = await scene(introspected("300ms", { cache: "0s" }));
      const { accessToken } = await here.provider.signIn("ada", "opaque");
      const client = await connect(here, accessToken);
      here.provider.down = true;
      await expect(connect(here, accessToken)).rejects.toThrow("status 503");
      const asked = here.provider.asked.length;
      await expect.poll(() => here.provider.asked.length).toBeGreaterThan(asked + 1);
      expect(client.readyState).toBe(client.OPEN);
      expect(
        here.guarded.events.filter(
          (event) => event.type === "gate" && event.message.includes("cannot be introspected"),
        ),
      ).toHaveLength(1);
      here.provider.down = false;
      const gone = closed(client);
      await here.provider.revoke(accessToken);
      expect((await gone).code).toBe(4540);
    });

    // Real time, which a busy machine may take from one try.
    it(
      "signs a user out, and their connections end within a second: 4540 (Back-Channel Logout 1.0)",
      { retry: 2 },
      async () => {
        const here = await scene(byIssuerAlone);
        here.provider.sendLogoutsTo(`${here.guarded.url}/.sallyport/logout`);
        const [ada, eve] = [
          await here.provider.signIn("ada", "jwt"),
          await here.provider.signIn("eve", "jwt"),
        ];
        const [client, other] = [await connect(here, ada.accessToken), await connect(here, eve.accessToken)];
        const gone = closed(client);
        const from = performance.now();
        await ada.signOut();
        expect((await gone).code).toBe(4540);
        expect(performance.now() - from).toBeLessThan(1000);
        expect(await here.guarded.seen("decision")).toMatchObject({ code: "revocation.revoked" });
        expect(other.readyState).toBe(other.OPEN);
        await expect(connect(here, ada.accessToken)).rejects.toThrow("status 401");
      },
    );

    it("takes no logout that is none of its provider's: 400, and 405 for what is no POST", async () => {
      const here = await scene(byIssuerAlone);
      const { idToken, accessToken } = await here.provider.signIn("ada", "jwt");
      const client = await connect(here, accessToken);
      const post = (body: string, type = "application/x-www-form-urlencoded"): Promise<Response> =>
        fetch(`${here.guarded.url}/.sallyport/logout`, {
          method: "POST",
          headers: { "content-type": type },
          body,
        });
      for (const body of ["", "logout_token=x", `logout_token=${idToken}`, `logout_token=${accessToken}`]) {
        const answer = await post(body);
        expect([answer.status, answer.headers.get("cache-control")]).toEqual([400, "no-store"]);
        expect(await here.guarded.seen("handshake")).toMatchObject({ code: "identity.logout" });
      }
      expect((await post(`{"logout_token":"${idToken}"}`, "application/json")).status).toBe(400);
      expect((await fetch(`${here.guarded.url}/.sallyport/logout`)).status).toBe(405);
      expect(client.readyState).toBe(client.OPEN);
      expect(JSON.stringify(here.guarded.events)).not.toContain(accessToken);
    });

    it("may be one of several: a token is judged by the keys and rules of its own issuer alone", async () => {
      const [one, two] = [await startOidcProvider(), await startOidcProvider()];
      const jwt = [one, two].map(({ issuer }) => ({ issuer, audience: "chat" }));
      const identity = { jwt, ...introspected("60s")(one) };
      const guarded = await guardServer(host, wsApplication().server, { routes: [{ path: "/", identity }] });
      for (const [provider, user] of [
        [one, "ada"],
        [two, "eve"],
      ] as const) {
        await connect({ provider, guarded }, (await provider.signIn(user, "jwt")).accessToken);
        await guarded.seen("open", (event) => event.user === user);
      }
      await connect({ provider: one, guarded }, (await one.signIn("bob", "opaque")).accessToken);
      await guarded.seen("open", (event) => event.user === "bob");
      const stranger = await startOidcProvider();
      const { accessToken } = await stranger.signIn("mallory", "jwt");
      await expect(connect({ provider: one, guarded }, accessToken)).rejects.toThrow("status 401");
    });
  });
}
