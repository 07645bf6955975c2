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
    const token = await statements.sign(knownBy("authorization", "ada"));
    const options = { issuer: "sallyport", algorithms: ["ES256"], typ: "sallyport-identity+jwt" };
    const keys = createLocalJWKSet({ keys: [...statements.keySet.keys] });
    const { payload } = await jwtVerify(token, keys, { ...options, currentDate: new Date(NOW + 59_000) });
    expect(payload).toEqual({
      provider: "jwt",
      issuer: "https://id.example",
      claims: {},
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

  it("names no subject for an anonymous caller, and publishes no private key", async () => {
    const statements = await createIdentityStatements(() => NOW);
    const keys = createLocalJWKSet({ keys: [...statements.keySet.keys] });
    const { payload } = await jwtVerify(await statements.sign(anonymous), keys, {
      currentDate: new Date(NOW),
    });
    expect([payload.sub, payload["provider"]]).toEqual([undefined, "anonymous"]);
    expect(statements.keySet.keys.map((key) => Object.keys(key).sort())).toEqual([
      ["alg", "crv", "kid", "kty", "use", "x", "y"],
    ]);
  });

  it("gives the same proof the same statement for half a minute, and another proof another", async () => {
    let now = NOW;
    const statements = await createIdentityStatements(() => now);
    const ada = knownBy("authorization", "ada");
    const first = await statements.sign(ada);
    now += 29_000;
    expect(await statements.sign({ ...ada, credential: "cookie" })).toBe(first);
    expect(await statements.sign({ ...ada, claims: {} })).not.toBe(first);
    now += 1000;
    expect(await statements.sign(ada)).not.toBe(first);
  });
});
