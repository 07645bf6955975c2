import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeServices } from "../../test/handshake-fixture.ts";
import type { ConnectionView } from "./connection-view.ts";
import type { ConnectionFacts, ConnectionGuard, Identity, TimerVerdict } from "./guard.ts";
import { createIntrospectionVerifier } from "./identity-introspection.ts";
import { introspectionOptions } from "./identity-introspection-options.ts";
import { keepProof, proofOf } from "./identity-proof.ts";
import { MAX_TOKEN_LENGTH } from "./json-web-token.ts";
import { spreadOf } from "./recheck.ts";
import type { TokenVerifier } from "./token-verifier.ts";

const ISSUER = "https://id.example.com";
const SECOND = 1000;
let clientSecretFile = "";
let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-identity-introspection-"));
  clientSecretFile = join(directory, "secret");
  await writeFile(clientSecretFile, "secret");
});
afterAll(() => rm(directory, { recursive: true }));

const required = () => ({ endpoint: `${ISSUER}/introspect`, clientId: "gate", clientSecretFile });
const problems = (options: object): string[] => {
  const parsed = introspectionOptions.safeParse({ ...required(), ...options });
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
};

/** An endpoint that answers as the test says, and the verifier that asks it. */
async function scene(parts: object = {}) {
  const state: { answer: object | null; asked: number; wallNow: number } = {
    answer: { active: true, sub: "ada" },
    asked: 0,
    wallNow: 0,
  };
  const verifier: TokenVerifier = await createIntrospectionVerifier(
    introspectionOptions.parse({ ...required(), ...parts }),
    makeServices({
      wallNow: () => state.wallNow,
      fetch: async () => {
        state.asked += 1;
        return state.answer === null ? new Response("", { status: 500 }) : Response.json(state.answer);
      },
    }),
  );
  const judge = (token = "opaque", wallNow = 0) => verifier.judge(token, { now: 0, wallNow });
  return { state, verifier, judge };
}

describe("introspectionOptions", () => {
  it("needs an endpoint, or an issuer to find it by, over https or loopback", () => {
    expect(problems({})).toEqual([]);
    expect(problems({ endpoint: undefined })[0]).toContain("expected `endpoint`, or `issuer`");
    expect(problems({ endpoint: undefined, issuer: ISSUER })).toEqual([]);
    expect(problems({ endpoint: undefined, issuer: "http://id.example.com" })[0]).toContain("write https");
    expect(problems({ endpoint: undefined, issuer: `${ISSUER}?a` })[0]).toContain("no query");
    expect(problems({ endpoint: "http://id.example.com/i" })[0]).toContain("write https");
    expect(problems({ endpoint: "http://127.0.0.1/i", issuer: "anything" })).toEqual([]);
  });

  it("refuses an unknown key, an empty list, and times that are none", () => {
    expect(problems({ secret: "x" })).toHaveLength(1);
    expect(problems({ audience: [] })[0]).toContain("at least one audience");
    expect(problems({ audience: 7 })[0]).toContain("expected an audience");
    expect(problems({ recheck: "0s" })).toHaveLength(1);
    expect(problems({ cookie: "a;b" })[0]).toContain("name of a cookie");
  });

  it("asks again every minute unless it is told otherwise", () => {
    expect(introspectionOptions.parse(required())).toMatchObject({ recheck: 60_000, cache: 30_000 });
    for (const off of ["off", false])
      expect(introspectionOptions.parse({ ...required(), recheck: off })).toMatchObject({ recheck: null });
  });
});

function open(): ConnectionFacts {
  const facts: Partial<ConnectionFacts> = {
    session: "s",
    identity: {
      provider: "introspection",
      user: "ada",
      tenant: null,
      issuer: null,
      claims: { sub: "ada", aud: "chat" },
      expiresAt: null,
      credential: "authorization",
    },
  };
  return facts as ConnectionFacts;
}

async function opened(parts: object = {}, keep = true) {
  const here = await scene({ recheck: "10s", ...parts });
  const proven = await here.judge();
  if (!("claims" in proven)) throw new Error("not proven");
  const claims = keep ? proven.claims : { ...proven.claims };
  const identity: Identity = {
    provider: "introspection",
    credential: "authorization",
    ...proven,
    claims,
  };
  const { promise: woken, resolve: wake } = Promise.withResolvers<void>();
  const facts = { session: "s", identity, now: 0 } as ConnectionFacts;
  const guard: ConnectionGuard = here.verifier.open?.(facts, { wake }) ?? {};
  const tick = (now: number): TimerVerdict | undefined => {
    here.state.wallNow = now;
    return guard.tick?.(now, {} as ConnectionView);
  };
  return { ...here, identity, guard, tick, woken };
}
/** When it is asked the first time. */
const first = 10 * SECOND * (1 - spreadOf("s"));

describe("createIntrospectionVerifier", () => {
  it("refuses to start without the client's secret", async () => {
    const options = introspectionOptions.parse({ ...required(), clientSecretFile: join(directory, "none") });
    await expect(createIntrospectionVerifier(options, makeServices())).rejects.toThrow("ENOENT");
  });

  it("looks where it is told to, is always ready, and takes no logout", async () => {
    const { verifier } = await scene();
    expect(verifier.places).toEqual({ cookies: [], queryParameters: [] });
    expect([verifier.issuer, verifier.strip, verifier.logout]).toEqual([null, false, null]);
    const told = await scene({ cookie: "t", unsafeQueryParameter: "q", strip: true });
    expect(told.verifier.places).toEqual({ cookies: ["t"], queryParameters: ["q"] });
    told.state.answer = null;
    await told.judge();
    expect(told.verifier.ready()).toEqual({
      ready: true,
      problem: expect.stringContaining("answered 500") as string,
    });
    told.verifier.dispose();
  });

  it("believes an active token, and keeps it for when it is asked again", async () => {
    const { state, judge } = await scene({ issuer: ISSUER, tenantClaim: "org", audience: ["chat", "x"] });
    state.answer = { active: true, sub: "ada", org: "acme", aud: ["chat"], iss: ISSUER, exp: 10, nbf: 5 };
    const proven = await judge();
    expect(proven).toMatchObject({ user: "ada", tenant: "acme", issuer: ISSUER, expiresAt: 10 * SECOND });
    expect("claims" in proven && proofOf(proven)).toBe("opaque");
    expect("claims" in proven && proven.claims).not.toHaveProperty("active");
  });

  it("says whose it is by the answer's `iss`, where nothing was configured, and nobody's without one", async () => {
    const { state, judge } = await scene({ cache: "0s" });
    expect(await judge()).toMatchObject({ issuer: null, tenant: null, expiresAt: null });
    state.answer = { active: true, sub: "ada", iss: "https://other.example.com" };
    expect(await judge("b")).toMatchObject({ issuer: "https://other.example.com" });
  });

  it.each([
    ["not active", { active: false }, "not active"],
    ["of another issuer", { active: true, sub: "ada", aud: "chat", iss: "https://evil.example" }, "iss"],
    ["of an issuer that is no text", { active: true, sub: "ada", aud: "chat", iss: 7 }, "iss"],
    ["for another audience", { active: true, sub: "ada", aud: "billing" }, "aud"],
    ["for no audience", { active: true, sub: "ada" }, "aud"],
    ["of nobody", { active: true, aud: "chat" }, "sub"],
    ["over", { active: true, sub: "ada", aud: "chat", exp: 0 }, "exp"],
    ["over at no time", { active: true, sub: "ada", aud: "chat", exp: "10" }, "exp"],
    ["over after the end of time", { active: true, sub: "ada", aud: "chat", exp: 8_640_000_000_001 }, "exp"],
    ["good only later", { active: true, sub: "ada", aud: "chat", nbf: 6 }, "nbf"],
    ["good from no time", { active: true, sub: "ada", aud: "chat", nbf: "0" }, "nbf"],
  ])("refuses a token that is %s", async (_name, answer, detail) => {
    const { state, judge } = await scene({ issuer: ISSUER, audience: "chat" });
    state.answer = answer;
    expect(await judge()).toMatchObject({
      code: "identity.invalid",
      detail: expect.stringContaining(detail) as string,
    });
  });

  it("never uses an answer for longer than the token lives", async () => {
    const { state, judge } = await scene();
    state.answer = { active: true, sub: "ada", exp: 10 };
    expect(await judge("a", 9999)).toHaveProperty("user");
    expect(await judge("a", 10_000)).toMatchObject({ code: "identity.invalid" });
    expect(state.asked).toBe(1);
  });

  it("asks about no token that is empty or too long", async () => {
    const { state, judge } = await scene();
    for (const token of ["", "x".repeat(MAX_TOKEN_LENGTH + 1)])
      expect(await judge(token)).toMatchObject({ code: "identity.invalid" });
    expect(state.asked).toBe(0);
  });

  it("is 503 while the endpoint cannot be asked (fail closed)", async () => {
    const { state, judge } = await scene();
    state.answer = null;
    expect(await judge()).toMatchObject({ code: "identity.unavailable", retryAfterS: 10 });
  });

  describe("readmit", () => {
    it("keeps a connection whose answer holds under the new options, and no other", async () => {
      expect((await scene()).verifier.readmit(open())).toBeNull();
      expect((await scene({ audience: "billing" })).verifier.readmit(open())).toContain("aud");
      expect((await scene({ userClaim: "aud" })).verifier.readmit(open())).toContain("another user");
      expect((await scene({ tenantClaim: "aud" })).verifier.readmit(open())).toContain("tenant");
      expect((await scene({ issuer: ISSUER })).verifier.readmit(open())).toContain("issuer");
    });
  });

  describe("an open connection", () => {
    it("is asked about again, and closed when the token is not active any more", async () => {
      const { state, tick, woken } = await opened();
      expect(tick(0)).toEqual({ verdict: "wait", untilMs: first });
      state.answer = { active: false };
      expect(tick(first)).toEqual({ verdict: "wait", untilMs: first + 10 * SECOND });
      await woken;
      expect(state.asked).toBe(2);
      expect(tick(first)).toEqual({
        verdict: "close",
        code: "identity.withdrawn",
        detail: "the provider says that the token is not active",
      });
    });

    it.each([
      ["is good", { active: true, sub: "ada" }, "wait"],
      ["cannot be asked about", null, "wait"],
      ["is another user's", { active: true, sub: "eve" }, "close"],
      ["is another tenant's", { active: true, sub: "ada", tenant: "b" }, "wait"],
    ])("whose token %s by then is treated so", async (_name, answer, verdict) => {
      const { state, tick, woken } = await opened();
      tick(0);
      state.answer = answer;
      tick(first);
      await woken;
      expect(tick(first)?.verdict).toBe(verdict);
    });

    it("is not asked about where the token is not in this process, until it is refreshed", async () => {
      const { state, tick, guard, identity, woken } = await opened({}, false);
      tick(0);
      tick(first);
      await woken;
      expect(state.asked).toBe(1);
      const claims = { sub: "ada" };
      keepProof({ claims }, "another");
      guard.refreshed?.({ identity: { ...identity, claims }, wallNow: first, now: first });
      tick(first + 10 * SECOND);
      await expect.poll(() => state.asked).toBe(2);
      guard.end?.();
    });

    it("is never asked about with `recheck: off`", async () => {
      const { guard } = await opened({ recheck: "off" });
      expect(guard.tick).toBeUndefined();
    });
  });
});
