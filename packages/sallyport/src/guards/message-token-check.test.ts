import { describe, expect, it } from "vitest";
import { facts as anybody } from "../../test/recorded-session.ts";
import { createMemoryRevocations } from "../state/memory-revocations.ts";
import type { ConnectionFacts, Denial, Identity, TokenJudging } from "./guard.ts";
import { MAX_TOKEN_LENGTH } from "./json-web-token.ts";
import { checkClaim, checkSession, checkTokens, type MessageTokenCheck } from "./message-token-check.ts";

const WALL_NOW = 1_800_000_000_000;

const ada: Identity = {
  provider: "jwt",
  user: "ada",
  issuer: "https://id.example",
  tenant: null,
  claims: { jti: "1", iat: WALL_NOW / 1000 - 10, sid: "s-1" },
  expiresAt: WALL_NOW + 1000,
  credential: null,
};

const facts: ConnectionFacts = { ...anybody, identity: { ...ada, credential: "ticket" }, wallNow: WALL_NOW };

/** Judges tokens as a table says; remembers those whose name begins with `known`. */
function judging(
  table: Readonly<Record<string, Identity | Denial | Error>>,
): TokenJudging & { asked: string[] } {
  const asked: string[] = [];
  const said = (token: string): Identity | Denial | Error =>
    table[token] ?? { code: "identity.invalid", detail: "the signature does not verify" };
  return {
    asked,
    recall(token) {
      const found = said(token);
      return token.startsWith("known") && "user" in found ? found : null;
    },
    judge(token) {
      asked.push(token);
      const found = said(token);
      return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
    },
  };
}

/** What is found in the end, when what must be waited for has come. */
async function outcome(check: MessageTokenCheck, value: string): Promise<Denial | null> {
  const found = check.check(value, 0);
  if (!(found instanceof Promise)) return found;
  await found;
  const again = check.check(value, 0);
  if (again instanceof Promise) throw new Error("waits twice");
  return again;
}

function services(wallNow = WALL_NOW): Parameters<typeof checkTokens>[2] & {
  revocations: ReturnType<typeof createMemoryRevocations>;
} {
  return { revocations: createMemoryRevocations({ maxEntries: 10 }), wallNow: () => wallNow };
}

describe("checkTokens", () => {
  it("accepts a token of the connection's own user: at once when it is remembered, else after it was judged", async () => {
    const tokens = judging({ known: ada, new: ada });
    const check = checkTokens(tokens, facts, services());
    expect(check.check("known", 0)).toBeNull();
    expect(check.check("new", 0)).toBeInstanceOf(Promise);
    expect(await outcome(check, "new")).toBeNull();
    expect(tokens.asked).toEqual(["new", "new"]);
  });

  it("asks again about every message where nothing is remembered", async () => {
    const tokens = judging({ new: ada });
    const check = checkTokens(tokens, facts, services());
    for (let message = 0; message < 3; message++) expect(await outcome(check, "new")).toBeNull();
    expect(tokens.asked).toEqual(["new", "new", "new"]);
  });

  it("takes no answer about one token for another", async () => {
    const check = checkTokens(judging({ mine: ada }), facts, services());
    await check.check("mine", 0);
    expect(await outcome(check, "forged")).toEqual({
      code: "messageToken.invalid",
      detail: "the signature does not verify",
    });
  });

  it.each<[string, Partial<Identity>, string]>([
    ["another user", { user: "bob" }, 'it is of user "bob" of "https://id.example"'],
    ["another issuer", { issuer: "https://evil.example" }, 'it is of user "ada" of "https://evil.example"'],
    ["no issuer", { issuer: null }, 'it is of user "ada" of "null"'],
    ["another tenant", { tenant: "b" }, 'it is of user "ada" of "https://id.example" in tenant "b"'],
  ])("refuses a token of %s", async (_whose, parts, detail) => {
    const check = checkTokens(judging({ known: { ...ada, ...parts } }), facts, services());
    expect(await outcome(check, "known")).toEqual({ code: "messageToken.other-user", detail });
  });

  it("refuses a token that has ended since it was judged", async () => {
    const check = checkTokens(judging({ new: ada }), facts, services(WALL_NOW + 1000));
    expect(await outcome(check, "new")).toEqual({ code: "messageToken.invalid", detail: "it has ended" });
  });

  it("accepts a token that does not end, where identity does", async () => {
    const check = checkTokens(judging({ known: { ...ada, expiresAt: null } }), facts, services());
    expect(await outcome(check, "known")).toBeNull();
  });

  it("refuses a token that is bound to a key, which no message proves (RFC 7800 3, RFC 9449 7.1)", async () => {
    const bound = { ...ada, claims: { cnf: { jkt: "x" } } };
    const check = checkTokens(judging({ known: bound }), facts, services());
    expect(await outcome(check, "known")).toMatchObject({
      code: "messageToken.invalid",
      detail: "claim cnf: bound to a key, which no message proves",
    });
  });

  it("refuses a token that was revoked, but for one that a newer one replaced", async () => {
    const lent = services();
    const undated = { ...ada, claims: { jti: "2" } };
    const check = checkTokens(judging({ known: ada, known2: undated }), facts, lent);
    const revocation = { id: "r", reason: "a test", createdAt: 0, expiresAt: WALL_NOW + 1 };
    void lent.revocations.add({ ...revocation, tokenId: "1", closes: false });
    expect(check.check("known", 0)).toBeNull();
    void lent.revocations.add({ ...revocation, tokenId: "1", closes: true });
    expect(check.check("known", 0)).toEqual({
      code: "messageToken.invalid",
      detail: "revocation r: a test",
    });
    expect(check.check("known2", 0)).toBeNull();
    void lent.revocations.add({ ...revocation, user: "ada", issuedBefore: WALL_NOW + 1, closes: true });
    expect(check.check("known2", 0)).toMatchObject({ code: "messageToken.invalid" });
  });

  it("says that nobody can say, where that is so (fail closed)", async () => {
    const table = {
      none: { code: "identity.unavailable", detail: "no keys" },
      broken: new Error("a test"),
    } as const;
    const check = checkTokens(judging(table), facts, services());
    expect(await outcome(check, "none")).toEqual({ code: "messageToken.unavailable", detail: "no keys" });
    expect(await outcome(check, "broken")).toEqual({
      code: "messageToken.unavailable",
      detail: "it could not be judged",
    });
  });

  it("refuses what is longer than any token without looking at it", async () => {
    const tokens = judging({});
    const check = checkTokens(tokens, facts, services());
    expect(await outcome(check, "x".repeat(MAX_TOKEN_LENGTH + 1))).toEqual({
      code: "messageToken.invalid",
      detail: `longer than ${MAX_TOKEN_LENGTH} characters`,
    });
    expect(tokens.asked).toEqual([]);
  });
});

describe("checkSession", () => {
  it("accepts the id of the connection's own session alone", () => {
    const { check } = checkSession(facts);
    expect(check(facts.session, 0)).toBeNull();
    for (const value of ["", "session-2", `${facts.session} `, facts.session.toUpperCase()])
      expect(check(value, 0)).toEqual({
        code: "messageToken.invalid",
        detail: "it is not the id of this session",
      });
  });
});

describe("checkClaim", () => {
  const refusal = { code: "messageToken.invalid", detail: 'it is not the claim "sid"' };

  it("accepts what the claim of the connection's own proof says, of the proof in force", () => {
    const claims = checkClaim("sid", facts);
    expect([claims.check("s-1", 0), claims.check("s-2", 0)]).toEqual([null, refusal]);
    claims.refreshed?.({ ...ada, claims: { sid: "s-2" } });
    expect([claims.check("s-1", 0), claims.check("s-2", 0)]).toEqual([refusal, null]);
  });

  it.each([{}, { sid: 7 }, { sid: "" }])("accepts nothing where the claims are %j", (claims) => {
    const { check } = checkClaim("sid", { ...facts, identity: { ...ada, claims } });
    for (const value of ["7", "", "undefined", "null"]) expect(check(value, 0)).toEqual(refusal);
  });

  it("takes no inherited name for a claim", () => {
    const { check } = checkClaim("constructor", facts);
    expect(check("Object", 0)).toMatchObject({ code: "messageToken.invalid" });
  });
});
