import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { anonymous, knownBy } from "../../test/handshake-fixture.ts";
import { createIdentityStatements } from "./identity-statement.ts";

const NOW = Date.UTC(2026, 0, 1);

describe("createIdentityStatements", () => {
  it("signs who the caller is for a minute, verified by its own key set and no other (RFC 7519)", async () => {
    const [statements, others] = [
      await createIdentityStatements(() => NOW),
      await createIdentityStatements(() => NOW),
    ];
    const token = await statements.sign(knownBy("authorization", "ada"), "session-1");
    const options = { issuer: "sallyport", algorithms: ["ES256"], typ: "sallyport-identity+jwt" };
    const keys = createLocalJWKSet({ keys: [...statements.keySet.keys] });
    const { payload } = await jwtVerify(token, keys, { ...options, currentDate: new Date(NOW + 59_000) });
    expect(payload).toEqual({
      provider: "jwt",
      issuer: "https://id.example",
      claims: {},
      session: "session-1",
      iss: "sallyport",
      sub: "ada",
      iat: NOW / 1000,
      exp: NOW / 1000 + 60,
    });
    await expect(jwtVerify(token, keys, { ...options, currentDate: new Date(NOW + 61_000) })).rejects.toThrow(
      "exp",
    );
    const foreign = createLocalJWKSet({ keys: [...others.keySet.keys] });
    await expect(jwtVerify(token, foreign, { currentDate: new Date(NOW) })).rejects.toThrow(
      "no applicable key",
    );
  });

  it("names no subject for an anonymous caller, no session on plain HTTP, and publishes no private key", async () => {
    const statements = await createIdentityStatements(() => NOW);
    const keys = createLocalJWKSet({ keys: [...statements.keySet.keys] });
    const { payload } = await jwtVerify(await statements.sign(anonymous, null), keys, {
      currentDate: new Date(NOW),
    });
    expect([payload.sub, payload["session"], payload["provider"]]).toEqual([
      undefined,
      undefined,
      "anonymous",
    ]);
    expect(statements.keySet.keys.map((key) => Object.keys(key).sort())).toEqual([
      ["alg", "crv", "kid", "kty", "use", "x", "y"],
    ]);
  });
});
