import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { anonymous, knownBy } from "../../test/handshake-fixture.ts";
import { createIdentityStatements } from "./identity-statement.ts";

const NOW = Date.UTC(2026, 0, 1);

describe("createIdentityStatements", () => {
  it("signs who the caller is for a minute, verified by its own key set and no other (RFC 7519)", async () => {
    const [statements, others] = [createIdentityStatements(() => NOW), createIdentityStatements(() => NOW)];
    const token = await statements.sign(knownBy("authorization", "ada"), "/chat");
    const options = {
      issuer: "sallyport",
      audience: "/chat",
      algorithms: ["ES256"],
      typ: "sallyport-identity+jwt",
    };
    const keys = createLocalJWKSet({ keys: [...statements.keySet.keys] });
    const { payload } = await jwtVerify(token, keys, { ...options, currentDate: new Date(NOW + 59_000) });
    expect(payload).toEqual({
      provider: "jwt",
      issuer: "https://id.example",
      claims: {},
      iss: "sallyport",
      aud: "/chat",
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

  it("is for the application of one route, and no other may take it for its own (RFC 8725 3.9)", async () => {
    const statements = createIdentityStatements(() => NOW);
    const ada = knownBy("authorization", "ada");
    const keys = createLocalJWKSet({ keys: [...statements.keySet.keys] });
    const [chat, orders] = [await statements.sign(ada, "/chat"), await statements.sign(ada, "/orders")];
    expect(await statements.sign(ada, "/chat")).toBe(chat);
    const options = { audience: "/chat", currentDate: new Date(NOW) };
    expect((await jwtVerify(chat, keys, options)).payload.sub).toBe("ada");
    await expect(jwtVerify(orders, keys, options)).rejects.toThrow("aud");
  });

  it("names no subject for an anonymous caller, and publishes no private key", async () => {
    const statements = createIdentityStatements(() => NOW);
    const keys = createLocalJWKSet({ keys: [...statements.keySet.keys] });
    const { payload } = await jwtVerify(await statements.sign(anonymous, "/"), keys, {
      currentDate: new Date(NOW),
    });
    expect([payload.sub, payload["provider"]]).toEqual([undefined, "anonymous"]);
    expect(statements.keySet.keys.map((key) => Object.keys(key).sort())).toEqual([
      ["alg", "crv", "kid", "kty", "use", "x", "y"],
      ["alg", "crv", "kid", "kty", "use", "x", "y"],
    ]);
  });

  it("gives the same proof the same statement for half a minute, and another proof another", async () => {
    let now = NOW;
    const statements = createIdentityStatements(() => now);
    const ada = knownBy("authorization", "ada");
    const first = await statements.sign(ada, "/chat");
    now += 29_000;
    expect(await statements.sign({ ...ada, credential: "cookie" }, "/chat")).toBe(first);
    expect(await statements.sign({ ...ada, claims: {} }, "/chat")).not.toBe(first);
    now += 1000;
    expect(await statements.sign(ada, "/chat")).not.toBe(first);
  });

  it("signs with another key every day, which was in the set before, and is there as long as a statement is valid", async () => {
    let now = NOW;
    const statements = createIdentityStatements(() => now);
    const sign = async (): Promise<unknown> =>
      decodeProtectedHeader(await statements.sign({ ...anonymous, claims: {} }, "/")).kid;
    const published = (): unknown[] => statements.keySet.keys.map(({ kid }) => kid);
    let before = published();
    for (let step = 0; step < 3 * 24 * 60; step++) {
      now += 60_000;
      // What verifiers read a minute ago holds the key of what is signed now.
      expect(before).toContain(await sign());
      before = published();
    }
    expect(before.length).toBeLessThanOrEqual(3);
    const last = await sign();
    now += 24 * 3_600_000;
    expect(await sign()).not.toBe(last);
  });
});
