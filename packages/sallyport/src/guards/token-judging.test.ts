import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeGuard } from "../../test/handshake-fixture.ts";
import { identity } from "./identity.ts";
import { invalid } from "./identity-provider.ts";
import { chooseVerifier, createTokenJudging } from "./token-judging.ts";
import type { ProvenToken, TokenVerifier } from "./token-verifier.ts";

const SECOND = 1_800_000_000;
const wallNow = SECOND * 1000;

/** A token of which only the issuer can be read. */
const naming = (issuer: string): string =>
  `e30.${Buffer.from(JSON.stringify({ iss: issuer })).toString("base64url")}.AA`;

const proven = (user: string): ProvenToken => ({
  user,
  tenant: null,
  issuer: "https://a.example",
  claims: {},
  expiresAt: null,
});

function verifier(issuer: string | null, parts: Partial<TokenVerifier> = {}): TokenVerifier {
  return {
    name: issuer === null ? "introspection" : "jwt",
    issuer,
    places: { cookies: [], queryParameters: [] },
    strip: false,
    logout: null,
    judge: (token) => Promise.resolve(token === "bad" ? invalid("a test") : proven(`of ${issuer}`)),
    readmit: () => null,
    ready: () => ({ ready: true, problem: null }),
    dispose: () => undefined,
    ...parts,
  };
}

const [a, b, other] = [verifier("https://a.example"), verifier("https://b.example"), verifier(null)];

describe("chooseVerifier", () => {
  it("has no choice with one verifier, whatever the token says", () => {
    expect(chooseVerifier(naming("https://c.example"), [a])).toBe(a);
  });

  it("chooses by the issuer that the token names, and introspection for all others", () => {
    expect(chooseVerifier(naming("https://b.example"), [a, b, other])).toBe(b);
    expect(chooseVerifier(naming("https://c.example"), [a, b, other])).toBe(other);
    expect(chooseVerifier("opaque", [a, other])).toBe(other);
  });

  it("refuses what is for none of them", () => {
    expect(chooseVerifier(naming("https://c.example"), [a, b])).toMatchObject({
      code: "identity.invalid",
      detail: 'iss "https://c.example" is none of the issuers',
    });
    expect(chooseVerifier("opaque", [a, b])).toMatchObject({ detail: "not a JWT that names its issuer" });
  });
});

describe("createTokenJudging", () => {
  const clocks = { now: 0, wallNow };

  it("answers who a token says it is, or why it is not believed", async () => {
    const tokens = createTokenJudging([a, b]);
    expect(await tokens.judge(naming("https://b.example"), clocks)).toEqual({
      provider: "jwt",
      credential: null,
      ...proven("of https://b.example"),
    });
    expect(await tokens.judge("opaque", clocks)).toMatchObject({ code: "identity.invalid" });
    expect(await createTokenJudging([a]).judge("bad", clocks)).toMatchObject({ detail: "a test" });
  });

  it("recalls what any verifier remembers; one that remembers nothing must be asked", () => {
    const remembers = verifier("https://b.example", {
      recall: (token) => (token === "known" ? proven("ada") : null),
    });
    const tokens = createTokenJudging([a, remembers]);
    expect(tokens.recall("known", clocks)).toMatchObject({ user: "ada", credential: null });
    expect(tokens.recall("unknown", clocks)).toBeNull();
  });
});

/** Both clocks, so much later. */
const at = (now: number): { now: number; wallNow: number } => ({ now, wallNow: wallNow + now });

describe("identity.tokens", () => {
  it("judges by the issuer's keys and rules, and recalls for a second what was verified until it ends", async () => {
    const directory = await mkdtemp(join(tmpdir(), "sallyport-judging-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const secretFile = join(directory, "secret");
    const secret = randomBytes(32);
    await writeFile(secretFile, secret, { mode: 0o600 });
    const jwt = { issuer: "https://a.example", audience: "chat", secretFile, algorithms: ["HS256"] };
    const { tokens, dispose } = await makeGuard(identity, { jwt });
    onTestFinished(() => dispose?.());
    const sign = (audience: string): Promise<string> =>
      new SignJWT({})
        .setProtectedHeader({ alg: "HS256" })
        .setIssuer("https://a.example")
        .setAudience(audience)
        .setSubject("ada")
        .setExpirationTime(SECOND + 60)
        .sign(secret);
    const [good, bad] = [await sign("chat"), await sign("else")];
    expect(tokens?.recall(good, at(0))).toBeNull();
    expect(await tokens?.judge(good, at(0))).toMatchObject({ user: "ada", issuer: "https://a.example" });
    expect(await tokens?.judge(bad, at(0))).toMatchObject({ code: "identity.invalid" });
    expect(tokens?.recall(good, at(999))).toMatchObject({ user: "ada" });
    expect(tokens?.recall(bad, at(999))).toBeNull();
    // Other keys may have come: somebody must look.
    expect(tokens?.recall(good, at(1000))).toBeNull();
    expect(await tokens?.judge(good, at(1000))).toMatchObject({ user: "ada" });
    expect(tokens?.recall(good, { now: 1001, wallNow: (SECOND + 60) * 1000 })).toBeNull();
  });

  it("is not there where nobody is known by a token", async () => {
    expect((await makeGuard(identity, "anonymous")).tokens).toBeUndefined();
    const mutualTls = await makeGuard(identity, { mutualTls: { user: "commonName" } });
    expect(mutualTls.tokens).toBeUndefined();
  });
});
