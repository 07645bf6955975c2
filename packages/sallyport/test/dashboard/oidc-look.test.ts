import { describe, expect, it } from "vitest";
import { OidcClient, type OidcGrant } from "../../src/hosts/dashboard/oidc-client.ts";
import type { AdminOidcConfig } from "../../src/policy/admin-options.ts";
import { startOpenIdProvider, type OpenIdProvider } from "../canaries/openid-provider.ts";
import { Canaries } from "../canaries/canary.ts";

interface Asking {
  readonly provider: OpenIdProvider;
  readonly client: OidcClient;
  readonly clock: { now: number };
}

async function start(): Promise<Asking> {
  const provider = await startOpenIdProvider(new Canaries());
  const config: AdminOidcConfig = {
    issuer: provider.issuer,
    clientId: "the-gate",
    clientSecretFile: null,
    roleClaim: "groups",
    roles: {},
    scope: [],
    life: 1,
    recheck: 1,
  };
  const clock = { now: 0 };
  return { provider, client: new OidcClient(config, () => clock.now), clock };
}

const grant: OidcGrant = { subject: "42", accessToken: "first", refreshToken: "again", endsAt: 1000 };

describe("OidcClient.look", () => {
  it("tells the claim as it is now, or that nothing is said of it", async () => {
    const { provider, client } = await start();
    provider.userInfo = { sub: "42", groups: ["staff", 7] };
    expect(await client.look(grant)).toEqual({ is: "known", values: ["staff"], grant });
    provider.userInfo = { sub: "42" };
    expect(await client.look(grant)).toEqual({ is: "known", values: null, grant });
  });

  it("takes no answer about somebody else, nor one that is none", async () => {
    const { provider, client } = await start();
    provider.userInfo = { sub: "43", groups: ["admins"] };
    await expect(client.look(grant)).rejects.toThrow();
    provider.userInfo = "no JSON of a person";
    await expect(client.look(grant)).rejects.toThrow();
    provider.userInfo = 500;
    await expect(client.look(grant)).rejects.toThrow();
  });

  it("renews what has ended, once, and knows nobody where that is refused", async () => {
    const { provider, client, clock } = await start();
    provider.userInfo = { sub: "42", groups: ["staff"] };
    clock.now = 1000;
    const renewed = await client.look(grant);
    expect(renewed).toMatchObject({ is: "known", values: ["staff"], grant: { endsAt: 301_000 } });
    expect(new URLSearchParams(provider.asked.at(-1)).get("grant_type")).toBe("refresh_token");
    expect(await client.look({ ...grant, refreshToken: null })).toEqual({ is: "gone" });
    expect(await client.look({ ...grant, refreshToken: "taken back" })).toEqual({ is: "gone" });
    provider.userInfo = 401;
    expect(await client.look({ ...grant, endsAt: null, refreshToken: null })).toEqual({ is: "gone" });
    expect(await client.look(grant)).toEqual({ is: "gone" });
  });

  it("asks nothing of a provider that has no endpoint for it", async () => {
    const { provider, client } = await start();
    provider.userInfo = null;
    expect(await client.look(grant)).toBeNull();
  });
});
