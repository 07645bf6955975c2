import { generateKeyPair, exportJWK, SignJWT, type JWTPayload } from "jose";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { AdminOidcConfig } from "../../policy/admin-options.ts";
import { OidcClient, type OidcPerson } from "./oidc-client.ts";

const ISSUER = "https://id.example";
const config: AdminOidcConfig = {
  issuer: ISSUER,
  clientId: "the-gate",
  clientSecretFile: null,
  roleClaim: "groups",
  roles: { ops: "operator" },
  scope: [],
  life: 3_600_000,
  recheck: 60_000,
};
const { privateKey, publicKey } = await generateKeyPair("ES256");

afterEach(() => void vi.unstubAllGlobals());

interface Provider {
  /** What its discovery document says otherwise. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** What its ID token says besides. */
  readonly claims?: JWTPayload;
}

/** A provider that nobody reaches but by `fetch`; answers the URLs that were asked for. */
function stubProvider({ metadata = {}, claims = {} }: Provider, nonce: () => string): string[] {
  const asked: string[] = [];
  const endpoints = {
    issuer: ISSUER,
    authorization_endpoint: `${ISSUER}/authorize`,
    token_endpoint: `${ISSUER}/token`,
    jwks_uri: `${ISSUER}/jwks`,
    id_token_signing_alg_values_supported: ["ES256"],
    ...metadata,
  };
  const answer = async (path: string): Promise<unknown> => {
    if (path === "/.well-known/openid-configuration") return endpoints;
    if (path === "/jwks") return { keys: [{ ...(await exportJWK(publicKey)), use: "sig", alg: "ES256" }] };
    const idToken = await new SignJWT({ nonce: nonce(), ...claims })
      .setProtectedHeader({ alg: "ES256" })
      .setIssuer(ISSUER)
      .setAudience("the-gate")
      .setSubject(claims.sub ?? "42")
      .setIssuedAt()
      .setExpirationTime("5m")
      .sign(privateKey);
    return { access_token: "a", token_type: "bearer", id_token: idToken };
  };
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    return Response.json(await answer(new URL(url).pathname));
  });
  return asked;
}

async function signIn(
  provider: Provider,
): Promise<{ person: Promise<OidcPerson>; asked: readonly string[] }> {
  let nonce = "";
  const asked = stubProvider(provider, () => nonce);
  const client = new OidcClient(config, () => 0);
  const { begun } = await client.begin("https://gate.example/dashboard/oidc/callback");
  ({ nonce } = begun);
  const brought = new URLSearchParams({ code: "c", state: begun.state });
  const person = client.finish(brought, begun).then((finished) => finished.person);
  return { person, asked };
}

async function nameOf(claims: JWTPayload): Promise<string> {
  return (await (await signIn({ claims })).person).name;
}

describe("OidcClient", () => {
  it("names people so that nobody passes for another by what they call themselves (CWE-290)", async () => {
    const ada = await nameOf({ sub: "42", preferred_username: "ada" });
    expect(ada).toBe("oidc:ada (42)");
    const padded = await nameOf({ sub: "666", preferred_username: `ada (42)${" ".repeat(200)}` });
    expect(padded).toMatch(/^oidc:ada \?42\? +\(666\)$/);
    expect(await nameOf({ sub: "s".repeat(300) })).toBe(`oidc:${"s".repeat(255)}`);
    expect(await nameOf({ sub: "7", preferred_username: 7, email: "a@b.example" })).toBe("oidc:7");
    expect(await nameOf({ sub: "7\n8", email: "a\u202Eb" })).toBe("oidc:a?b (7?8)");
  });

  it.each<[unknown, readonly string[]]>([
    ["ops", ["ops"]],
    [["ops", 1, null, ["admin"], { toString: "admin" }], ["ops"]],
    [{ ops: true }, []],
    [true, []],
    [undefined, []],
    [Array<string>(2000).fill("a"), Array<string>(1000).fill("a")],
  ])("takes strings alone out of the claim of the role (case %#)", async (groups, values) => {
    const { person } = await signIn({ claims: { groups } });
    expect((await person).values).toEqual(values);
  });

  it("is led nowhere without https by a provider that has it: neither the code nor the secret (RFC 6749 10.5)", async () => {
    const { person, asked } = await signIn({ metadata: { token_endpoint: "http://id.example/token" } });
    await expect(person).rejects.toThrow(/HTTPS/i);
    expect(asked.filter((url) => !url.startsWith("https:"))).toEqual([]);
    const keys = await signIn({ metadata: { jwks_uri: "http://id.example/jwks" } });
    await expect(keys.person).rejects.toThrow(/HTTPS/i);
    expect(keys.asked.filter((url) => !url.startsWith("https:"))).toEqual([]);
    stubProvider({ metadata: { authorization_endpoint: "http://id.example/authorize" } }, () => "");
    await expect(new OidcClient(config, () => 0).begin("https://gate.example/")).rejects.toThrow(
      "without https",
    );
  });
});
