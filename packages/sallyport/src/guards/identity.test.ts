import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { HeaderList } from "../protocol/header-list.ts";
import { pass } from "./guard.ts";
import type { ConnectionFacts, Guard, GuardServices, Handshake, Identity } from "./guard.ts";
import { identity } from "./identity.ts";
import { makeHandshake, makeServices } from "../../test/handshake-fixture.ts";
import { createKeyHolder } from "../../test/proof-of-possession.ts";

const wallNow = Date.UTC(2030, 0, 1);
const NOW = wallNow / 1000;
const ISSUER = "https://id.example.com";
const INVALID = { verdict: "refuse", code: "identity.invalid", challenge: 'Bearer error="invalid_token"' };

interface Signer {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: object;
}

function signer(kid: string): Signer {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: "jwk" }), kid } };
}

const alice = signer("a");

function token(claims: object = {}, by: Signer = alice, header: object = {}): Promise<string> {
  return new SignJWT({ iss: ISSUER, aud: "chat", sub: "alice", exp: NOW + 300, ...claims })
    .setProtectedHeader({ alg: "ES256", kid: by.kid, ...header })
    .sign(by.privateKey);
}

interface Parts {
  readonly headers?: readonly string[];
  readonly query?: string;
  readonly subprotocols?: readonly string[];
  readonly now?: number;
  readonly wallNow?: number;
}

function handshake(parts: Parts = {}): Handshake {
  const subprotocols = parts.subprotocols ?? [];
  return {
    request: {
      kind: "websocket",
      method: "GET",
      path: "/chat",
      query: parts.query ?? "",
      host: "app.example.com",
      headers: new HeaderList(parts.headers ?? []),
      address: "192.0.2.1",
      secure: true,
      subprotocols,
      listener: { loopback: false, secure: true, port: 443, names: ["app.example.com"] },
      certificate: null,
    },
    wallNow: parts.wallNow ?? wallNow,
    now: parts.now ?? 0,
    identity: null,
    ticket: null,
    subprotocols,
    strippedCookies: new Set(),
    strippedQuery: new Set(),
    strippedHeaders: new Set(),
    releases: [],
  };
}

const bearer = (text: string, parts: Parts = {}): Handshake =>
  handshake({ ...parts, headers: ["Authorization", `Bearer ${text}`] });

/** A provider that can be changed and counts how often it was asked. */
function provider(...signers: Signer[]) {
  const state = { signers, asked: 0, down: false, urls: [] as string[] };
  const fetch = (async (url: unknown) => {
    state.asked += 1;
    state.urls.push(String(url));
    if (state.down) throw new Error("down");
    return new Response(JSON.stringify({ keys: state.signers.map(({ jwk }) => jwk) }));
  }) as typeof globalThis.fetch;
  return { state, fetch };
}

const LOOPBACK = { loopback: true, secure: true, port: 443, names: [] };
const made: Guard[] = [];
afterEach(() => {
  for (const guard of made.splice(0)) guard.dispose?.();
});

function services(fetch: typeof globalThis.fetch): GuardServices {
  return makeServices({ fetch, wallNow: () => wallNow });
}

async function create(jwt: object, source = provider(alice), mode = "enforce"): Promise<Guard> {
  const keys = "jwksFile" in jwt || "secretFile" in jwt ? {} : { jwks: `${ISSUER}/jwks.json` };
  const options = identity.options.parse({
    mode,
    jwt: { issuer: ISSUER, audience: "chat", ...keys, ...jwt },
  });
  const guard = await identity.create(options, services(source.fetch));
  made.push(guard);
  return guard;
}

/** Verdict and detail for every problem of these options. */
function problems(options: unknown): string[] {
  const result = identity.options.safeParse(options);
  return result.success ? [] : [JSON.stringify(result.error.issues)];
}

const base = { issuer: ISSUER, audience: "chat" };
const jwks = "https://id.example.com/jwks.json";

const inCookie = (text: string): Handshake => handshake({ headers: ["Cookie", `one=${text}`] });
const inQuery = (text: string): Handshake => handshake({ query: `two=${text}` });
const down = (): Promise<never> => Promise.reject(new Error("down"));

/** A connection that alice opened with a token. */
const facts = (parts: Partial<Identity> = {}): ConnectionFacts =>
  ({
    identity: {
      provider: "jwt",
      user: "alice",
      tenant: null,
      issuer: ISSUER,
      claims: { iss: ISSUER, aud: "chat", sub: "alice", exp: NOW + 300 },
      expiresAt: null,
      credential: "authorization",
      ...parts,
    },
  }) as ConnectionFacts;

/** What becomes of that connection under a guard. */
const code = async (guard: Promise<Guard>, parts: Partial<Identity> = {}): Promise<string> => {
  const verdict = (await guard).readmit?.(facts(parts));
  return verdict?.verdict === "refuse" ? verdict.code : "pass";
};

describe("identity", () => {
  describe("options", () => {
    it("must be chosen: there is no default", () => {
      expect(problems(undefined)).toHaveLength(1);
      expect(problems({})).toHaveLength(1);
      expect(problems("nobody")[0]).toContain("expected `anonymous`, or `jwt`");
      expect(problems("anonymous")).toEqual([]);
    });

    it("needs issuer, audience and one source of keys", () => {
      expect(problems({ jwt: { ...base, jwks } })).toEqual([]);
      expect(problems({ jwt: { ...base, audience: ["chat", "x"], jwksFile: "/k.json" } })).toEqual([]);
      expect(problems({ jwt: { ...base, audience: [], jwks } })[0]).toContain("at least one");
      expect(problems({ jwt: { jwks, audience: "chat" } })).toHaveLength(1);
      expect(problems({ jwt: { ...base, jwks, jwksFile: "/k.json" } })[0]).toContain("at most one of");
    });

    it("takes an issuer alone where its metadata can be asked for (OpenID Connect Discovery 4)", () => {
      expect(problems({ jwt: base })).toEqual([]);
      expect(problems({ jwt: { ...base, issuer: "http://localhost:8080" } })).toEqual([]);
      expect(problems({ jwt: { ...base, issuer: "http://id.example.com" } })[0]).toContain("write https");
      expect(problems({ jwt: { ...base, issuer: "my-issuer" } })[0]).toContain("the keys must be named");
      expect(problems({ jwt: { ...base, issuer: "https://id.example.com?a=1" } })[0]).toContain("named");
      const unsafe = { ...base, issuer: "http://id.example.com", unsafeAllowPlaintextJwks: true };
      expect(problems({ jwt: unsafe })).toEqual([]);
    });

    it("needs one provider at least, and each issuer once", () => {
      expect(problems({ mode: "observe" })[0]).toContain("at least one of jwt, introspection");
      expect(problems({ jwt: [] })[0]).toContain("at least one issuer");
      const other = { ...base, issuer: "https://other.example.com" };
      expect(problems({ jwt: [base, other] })).toEqual([]);
      expect(problems({ jwt: [base, other, base] })[0]).toContain("written twice");
    });

    it("refuses an unknown key", () => {
      expect(problems({ jwt: { ...base, jwks, algorithm: "ES256" } })).toHaveLength(1);
    });

    it.each([
      ["http://id.example.com/jwks.json", "unsafeAllowPlaintextJwks"],
      ["http://127.example.com/jwks.json", "unsafeAllowPlaintextJwks"],
      ["https://user:pass@id.example.com/jwks.json", "user or password"],
      ["https://user@id.example.com/jwks.json", "user or password"],
      ["https://:pass@id.example.com/jwks.json", "user or password"],
      ["file:///etc/passwd", "expected an https URL"],
      ["jwks.json", "expected an https URL"],
    ])("refuses the JWKS address %s", (address, text) => {
      expect(problems({ jwt: { ...base, jwks: address } })[0]).toContain(text);
    });

    it.each(["http://localhost:1/j", "http://127.0.0.1/j", "http://[::1]:8080/j"])(
      "accepts %s on loopback",
      (address) => {
        expect(problems({ jwt: { ...base, jwks: address } })).toEqual([]);
      },
    );

    it("accepts a plaintext JWKS when it is called unsafe", () => {
      expect(problems({ jwt: { ...base, jwks: "http://id/j", unsafeAllowPlaintextJwks: true } })).toEqual([]);
    });

    it.each(["none", "None", "nOnE"])("refuses the algorithm %s and explains (RFC 8725 3.1)", (name) => {
      expect(problems({ jwt: { ...base, jwks, algorithms: [name] } })[0]).toContain("unsigned token");
    });

    it.each([["ES256K"], [7]])("refuses the algorithm %j", (name) => {
      expect(problems({ jwt: { ...base, jwks, algorithms: [name] } })[0]).toContain("expected one of RS256");
    });

    it("never mixes secrets and public keys (RFC 8725 2.1, 3.1)", () => {
      const secretFile = "/secret";
      expect(problems({ jwt: { ...base, jwks, algorithms: ["RS256", "HS256"] } })[0]).toContain("secretFile");
      expect(problems({ jwt: { ...base, secretFile, algorithms: ["RS256", "HS256"] } })[0]).toContain(
        "never mixed",
      );
      expect(problems({ jwt: { ...base, secretFile } })).toEqual([]);
      expect(problems({ jwt: { ...base, secretFile, algorithms: ["HS512"] } })).toEqual([]);
      expect(problems({ jwt: { ...base, jwks, algorithms: [] } })).toHaveLength(1);
    });

    it("refuses a longest life for tokens that need not end", () => {
      const jwt = { ...base, jwks, maxLifetime: "1h", unsafeAllowNoExpiry: true };
      expect(problems({ jwt })[0]).toContain("maxLifetime");
    });

    it("refuses a cookie name that no cookie can have", () => {
      expect(problems({ jwt: { ...base, jwks, cookie: "a;b" } })[0]).toContain("name of a cookie");
    });
  });

  describe("anonymous", () => {
    it("lets everyone through as nobody, and touches nothing", async () => {
      const guard = await identity.create("anonymous", services(globalThis.fetch));
      const shake = handshake({ headers: ["Authorization", "Bearer x"] });
      expect(await guard.handshake?.(shake)).toEqual({ verdict: "pass" });
      expect(shake.identity).toMatchObject({
        provider: "anonymous",
        user: null,
        expiresAt: null,
        credential: null,
      });
      expect(shake.strippedHeaders.size).toBe(0);
      expect(guard.mode).toBe("enforce");
    });
  });

  describe("the way of a token", () => {
    it("accepts Authorization: Bearer, which goes on to the application (RFC 6750 2.1)", async () => {
      const guard = await create({});
      const shake = bearer(await token({ room: 7 }));
      expect(await guard.handshake?.(shake)).toEqual({ verdict: "pass" });
      expect(shake.identity).toEqual({
        provider: "jwt",
        user: "alice",
        issuer: ISSUER,
        tenant: null,
        claims: { iss: ISSUER, aud: "chat", sub: "alice", exp: NOW + 300, room: 7 },
        expiresAt: (NOW + 300) * 1000,
        credential: "authorization",
      });
      expect(shake.strippedHeaders.size).toBe(0);
    });

    it("takes the token out of header, cookie and query where `strip` says so", async () => {
      const text = await token();
      const guard = await create({ strip: true, cookie: "jwt", unsafeQueryParameter: "t" });
      const shakes = [
        bearer(text),
        handshake({ headers: ["Cookie", `jwt=${text}`] }),
        handshake({ query: `t=${text}` }),
      ];
      for (const shake of shakes) expect(await guard.handshake?.(shake)).toEqual({ verdict: "pass" });
      const stripped = shakes.map((shake) =>
        Array.from(shake.strippedHeaders.union(shake.strippedCookies).union(shake.strippedQuery)),
      );
      expect(stripped).toEqual([["authorization"], ["jwt"], ["t"]]);
    });

    it("accepts a subprotocol entry, and takes it out", async () => {
      const guard = await create({});
      const shake = handshake({ subprotocols: ["chat", `sallyport.token.${await token()}`] });
      expect(await guard.handshake?.(shake)).toEqual({ verdict: "pass" });
      expect(shake.identity?.credential).toBe("subprotocol");
      expect(shake.subprotocols).toEqual(["chat"]);
      expect(shake.strippedHeaders.size).toBe(0);
    });

    it("accepts the configured cookie alone", async () => {
      const headers = ["Cookie", `theme=dark; jwt=${await token()}`];
      const shake = handshake({ headers });
      expect(await (await create({ cookie: "jwt" })).handshake?.(shake)).toEqual({ verdict: "pass" });
      expect(shake.identity?.credential).toBe("cookie");
      expect(shake.strippedCookies.size).toBe(0);
      const unlooked = handshake({ headers });
      expect(await (await create({})).handshake?.(unlooked)).toMatchObject({ code: "identity.missing" });
      expect(unlooked.strippedCookies.size).toBe(0);
    });

    it("accepts the query only with the unsafe switch (A28)", async () => {
      const query = `access_token=${await token()}&room=1`;
      const shake = handshake({ query });
      const guard = await create({ unsafeQueryParameter: "access_token" });
      expect(await guard.handshake?.(shake)).toEqual({ verdict: "pass" });
      expect(shake.identity?.credential).toBe("query");
      expect(shake.strippedQuery.size).toBe(0);
      expect(await (await create({})).handshake?.(handshake({ query }))).toMatchObject({
        code: "identity.missing",
      });
    });

    it("refuses a request without a token, with a challenge (RFC 6750 3, A01)", async () => {
      const shake = handshake();
      expect(await (await create({})).handshake?.(shake)).toMatchObject({
        verdict: "refuse",
        code: "identity.missing",
        challenge: "Bearer",
      });
      expect(shake.identity).toBeNull();
    });

    it("refuses two tokens in two places, the same or not (RFC 6750 2, A16)", async () => {
      const guard = await create({ cookie: "jwt", unsafeQueryParameter: "t" });
      const text = await token();
      const pairs: Parts[] = [
        { headers: ["Authorization", `Bearer ${text}`, "Cookie", `jwt=${text}`] },
        { headers: ["Authorization", `Bearer ${text}`], query: `t=${text}` },
        { headers: ["Cookie", `jwt=${text}; jwt=x`] },
        { subprotocols: [`sallyport.token.${text}`, "sallyport.token.x"] },
        { query: `t=${text}&t=` },
      ];
      for (const parts of pairs)
        expect(await guard.handshake?.(handshake(parts))).toMatchObject({
          verdict: "refuse",
          code: "identity.ambiguous",
        });
    });

    it.each(["", "x", "a.b.c", "a b"])("never falls through when the token is %j", async (text) => {
      const shake = bearer(text);
      expect(await (await create({})).handshake?.(shake)).toMatchObject(INVALID);
      expect(shake.identity).toBeNull();
    });

    it("refuses claims that fail, as invalid (A10, A12)", async () => {
      const guard = await create({});
      for (const claims of [{ exp: NOW }, { aud: "x" }, { iss: "x" }, { nbf: NOW + 60 }])
        expect(await guard.handshake?.(bearer(await token(claims)))).toMatchObject(INVALID);
    });

    it("passes its options on to the rules", async () => {
      const guard = await create({
        typ: "at+jwt",
        maxLifetime: "10m",
        requiredClaims: ["tenant"],
        userClaim: "email",
        algorithms: ["ES256"],
      });
      const claims = { tenant: "t", email: "a@x", iat: NOW };
      const shake = bearer(await token(claims, alice, { typ: "at+jwt" }));
      expect(await guard.handshake?.(shake)).toEqual({ verdict: "pass" });
      expect(shake.identity?.user).toBe("a@x");
      expect(await guard.handshake?.(bearer(await token(claims)))).toMatchObject(INVALID);
      expect(
        (await guard.handshake?.(bearer(await token({ email: "a@x" }, alice, { typ: "at+jwt" }))))?.verdict,
      ).toBe("refuse");
    });

    it("lets an invalid caller on as anonymous, never as somebody, when it only observes", async () => {
      const guard = await create({}, provider(alice), "observe");
      const forged = bearer(await token({}, signer("a")));
      expect(await guard.handshake?.(forged)).toMatchObject(INVALID);
      expect(forged.identity?.provider).toBe("anonymous");
      const none = handshake();
      expect(await guard.handshake?.(none)).toMatchObject({ code: "identity.missing" });
      expect(none.identity?.provider).toBe("anonymous");
      expect(guard.mode).toBe("observe");
    });

    it("puts no part of a token into what it tells", async () => {
      const guard = await create({});
      for (const text of [await token({ exp: 1 }), await token({}, signer("zz")), "secret-garbage"]) {
        const told = JSON.stringify(await guard.handshake?.(bearer(text)));
        for (const part of text.split(".")) expect(told).not.toContain(part);
      }
    });
  });

  describe("keys", () => {
    it("never fetches what a token names (RFC 8725 3.10, A08)", async () => {
      const source = provider(alice);
      const guard = await create({}, source);
      for (const name of ["jku", "x5u"]) {
        const text = await token({}, alice, { [name]: "http://127.0.0.1:1/canary" });
        expect(await guard.handshake?.(bearer(text))).toMatchObject(INVALID);
      }
      const mallory = signer("m");
      const embedded = await token({}, mallory, { jwk: mallory.jwk });
      expect(await guard.handshake?.(bearer(embedded))).toMatchObject(INVALID);
      expect(source.state.urls).toEqual([`${ISSUER}/jwks.json`]);
    });

    it("learns a new key with one fetch and keeps the old one while it is listed (A22)", async () => {
      const source = provider(alice);
      const guard = await create({}, source);
      const next = signer("b");
      source.state.signers = [alice, next];
      expect(await guard.handshake?.(bearer(await token({}, next)))).toEqual({ verdict: "pass" });
      expect(await guard.handshake?.(bearer(await token({ n: 1 })))).toEqual({ verdict: "pass" });
      expect(source.state.asked).toBe(2);
    });

    it("fetches once a minute for any number of unknown keys (A23)", async () => {
      const source = provider(alice);
      const guard = await create({}, source);
      const texts = await Promise.all(
        Array.from({ length: 200 }, (_, index) => token({}, { ...alice, kid: `random-${index}` })),
      );
      const verdicts = await Promise.all(texts.map(async (text) => guard.handshake?.(bearer(text))));
      for (const verdict of verdicts) expect(verdict).toMatchObject(INVALID);
      expect(source.state.asked).toBe(2);
    });

    it("forgets what was verified under a key that is gone", async () => {
      const source = provider(alice);
      const guard = await create({}, source);
      const text = await token();
      expect(await guard.handshake?.(bearer(text))).toEqual({ verdict: "pass" });
      const next = signer("b");
      source.state.signers = [next];
      expect(await guard.handshake?.(bearer(await token({}, next)))).toEqual({ verdict: "pass" });
      expect(await guard.handshake?.(bearer(text))).toMatchObject(INVALID);
    });

    it("remembers a verified token until it ends, and says each time where it stood", async () => {
      const guard = await create({});
      const text = await token();
      const first = bearer(text);
      const second = handshake({ subprotocols: [`sallyport.token.${text}`] });
      expect(await guard.handshake?.(first)).toEqual({ verdict: "pass" });
      expect(await guard.handshake?.(second)).toEqual({ verdict: "pass" });
      expect(second.identity?.claims).toBe(first.identity?.claims);
      expect(second.identity?.credential).toBe("subprotocol");
      expect(await guard.handshake?.(bearer(text, { wallNow: wallNow + 300_000 }))).toMatchObject(INVALID);
    });

    it("refuses a token without kid when several keys fit", async () => {
      const guard = await create({}, provider(alice, signer("b")));
      const verdict = await guard.handshake?.(
        bearer(await token({}, { ...alice, kid: undefined as unknown as string })),
      );
      expect(verdict).toMatchObject({
        ...INVALID,
        detail: "not exactly one key of the set fits no kid and ES256",
      });
    });

    it("is not ready and answers 503 while no keys could be loaded (A20)", async () => {
      const source = provider(alice);
      source.state.down = true;
      const guard = await create({}, source);
      expect(guard.ready?.()).toMatchObject({
        ready: false,
        problem: expect.stringContaining("down") as string,
      });
      expect(await guard.handshake?.(bearer(await token()))).toMatchObject({
        verdict: "refuse",
        code: "identity.unavailable",
        retryAfterS: 10,
      });
      expect(await guard.handshake?.(handshake())).toMatchObject({ code: "identity.missing" });
    });

    it("goes on with the keys it has while the provider is down, and never accepts another (A20)", async () => {
      const source = provider(alice);
      const guard = await create({}, source);
      source.state.down = true;
      expect(await guard.handshake?.(bearer(await token({}, signer("b"))))).toMatchObject({
        code: "identity.unavailable",
      });
      expect(await guard.handshake?.(bearer(await token()))).toEqual({ verdict: "pass" });
      expect(guard.ready?.()).toMatchObject({ ready: true });
    });
  });

  describe("files", () => {
    let directory = "";
    afterEach(() => rm(directory, { recursive: true, force: true }));
    const file = async (content: string | Buffer): Promise<string> => {
      directory = await mkdtemp(join(tmpdir(), "sallyport-identity-"));
      await writeFile(join(directory, "keys"), content);
      return join(directory, "keys");
    };

    it("verifies with a JWKS file", async () => {
      const guard = await create({ jwksFile: await file(JSON.stringify({ keys: [alice.jwk] })) });
      expect(await guard.handshake?.(bearer(await token()))).toEqual({ verdict: "pass" });
    });

    it("verifies HS256 with a secret file, and nothing else", async () => {
      const secret = randomBytes(32);
      const guard = await create({ secretFile: await file(secret.toString("base64url")) });
      const shared = await new SignJWT({ iss: ISSUER, aud: "chat", sub: "bob", exp: NOW + 300 })
        .setProtectedHeader({ alg: "HS256" })
        .sign(Buffer.from(secret.toString("base64url")));
      expect(await guard.handshake?.(bearer(shared))).toEqual({ verdict: "pass" });
      expect(await guard.handshake?.(bearer(await token()))).toMatchObject(INVALID);
    });

    it("refuses to start with a weak secret or a file that is not there (A06)", async () => {
      await expect(create({ secretFile: await file("secret\n") })).rejects.toThrow("6 bytes, HS256 needs 32");
      await expect(create({ jwksFile: join(directory, "none.json") })).rejects.toThrow("ENOENT");
    });
  });

  describe("several issuers", () => {
    const OTHER = "https://other.example.com";
    const bob = signer("b");

    async function both(first: object = {}, second: object = {}): Promise<Guard> {
      const fetch = (async (url: unknown) => {
        const { jwk } = String(url).startsWith(OTHER) ? bob : alice;
        return Response.json({ keys: [jwk] });
      }) as typeof globalThis.fetch;
      const jwt = [
        { ...base, jwks, ...first },
        { issuer: OTHER, audience: "chat", jwks: `${OTHER}/jwks`, ...second },
      ];
      const guard = await identity.create(identity.options.parse({ jwt }), services(fetch));
      made.push(guard);
      return guard;
    }

    it("accepts each one's tokens, and says whose they are", async () => {
      const guard = await both({ tenantClaim: "org" });
      const [one, two] = [bearer(await token({ org: "acme" })), bearer(await token({ iss: OTHER }, bob))];
      expect(await guard.handshake?.(one)).toEqual({ verdict: "pass" });
      expect(await guard.handshake?.(two)).toEqual({ verdict: "pass" });
      expect(one.identity).toMatchObject({ issuer: ISSUER, tenant: "acme" });
      expect(two.identity).toMatchObject({ issuer: OTHER, tenant: null });
    });

    it("never verifies one's token with the other's key (RFC 8725 3.8)", async () => {
      const guard = await both();
      expect(await guard.handshake?.(bearer(await token({ iss: OTHER }, alice)))).toMatchObject(INVALID);
      expect(await guard.handshake?.(bearer(await token({}, bob)))).toMatchObject(INVALID);
      const renamed = { ...bob, kid: "a" };
      expect(await guard.handshake?.(bearer(await token({}, renamed)))).toMatchObject(INVALID);
    });

    it("holds each token to its own issuer's rules", async () => {
      const guard = await both({ audience: "chat" }, { audience: "billing" });
      expect(await guard.handshake?.(bearer(await token({ iss: OTHER }, bob)))).toMatchObject(INVALID);
      const billing = await token({ iss: OTHER, aud: "billing" }, bob);
      expect(await guard.handshake?.(bearer(billing))).toEqual({ verdict: "pass" });
    });

    it("refuses a token of nobody here, and one that names no issuer", async () => {
      const guard = await both();
      for (const [text, detail] of [
        [await token({ iss: "https://evil.example" }), 'iss "https://evil.example" is none'],
        [await token({ iss: undefined }), "names its issuer"],
        ["opaque", "names its issuer"],
      ] as const)
        expect(await guard.handshake?.(bearer(text))).toMatchObject({
          ...INVALID,
          detail: expect.stringContaining(detail) as string,
        });
    });

    it("looks for a token where its own issuer says, and nowhere else", async () => {
      const guard = await both({ cookie: "one" }, { unsafeQueryParameter: "two" });
      const [mine, other] = [await token(), await token({ iss: OTHER }, bob)];
      expect(await guard.handshake?.(inCookie(mine))).toEqual({ verdict: "pass" });
      expect(await guard.handshake?.(inQuery(other))).toEqual({ verdict: "pass" });
      expect(await guard.handshake?.(inCookie(other))).toMatchObject(INVALID);
      expect(await guard.handshake?.(inQuery(mine))).toMatchObject(INVALID);
    });

    it("is ready when all are, and says what each lacks", async () => {
      const guard = await both();
      expect(guard.ready?.()).toEqual({ ready: true, problem: null });
      const jwt = [
        { ...base, jwks },
        { ...base, issuer: OTHER },
      ];
      const failing = await identity.create(identity.options.parse({ jwt }), services(down));
      made.push(failing);
      expect(failing.ready?.()).toEqual({
        ready: false,
        problem: `${jwks} down; ${OTHER} down`,
      });
    });

    it("makes none where one cannot be made", async () => {
      const jwt = [
        { ...base, jwks },
        { issuer: OTHER, audience: "chat", jwksFile: "/nowhere/keys.json" },
      ];
      const creating = async () =>
        identity.create(identity.options.parse({ jwt }), services(provider(alice).fetch));
      await expect(creating()).rejects.toThrow("ENOENT");
    });
  });

  describe("beside introspection", () => {
    it("asks the provider about what names no issuer of its own, and never about what does", async () => {
      const directory = await mkdtemp(join(tmpdir(), "sallyport-identity-"));
      onTestFinished(() => rm(directory, { recursive: true }));
      const clientSecretFile = join(directory, "secret");
      await writeFile(clientSecretFile, "secret");
      const urls: string[] = [];
      const fetch = (async (url: unknown) => {
        urls.push(String(url));
        return String(url).endsWith("jwks.json")
          ? Response.json({ keys: [alice.jwk] })
          : Response.json({ active: true, sub: "opal" });
      }) as typeof globalThis.fetch;
      const guard = await identity.create(
        identity.options.parse({
          jwt: { ...base, jwks },
          introspection: { endpoint: `${ISSUER}/introspect`, clientId: "gate", clientSecretFile },
        }),
        services(fetch),
      );
      made.push(guard);
      const opaque = bearer("opaque");
      expect(await guard.handshake?.(opaque)).toEqual({ verdict: "pass" });
      expect(opaque.identity).toMatchObject({ provider: "introspection", user: "opal" });
      expect(await guard.handshake?.(bearer(await token({ iss: "https://else.example" })))).toEqual({
        verdict: "pass",
      });
      urls.length = 0;
      expect(await guard.handshake?.(bearer(await token()))).toEqual({ verdict: "pass" });
      expect(await guard.handshake?.(bearer(await token({ exp: 1 })))).toMatchObject(INVALID);
      expect(urls).toEqual([]);
      const opened = { identity: opaque.identity } as ConnectionFacts;
      expect(guard.readmit?.(opened)).toEqual({ verdict: "pass" });
      expect(guard.open?.({ ...opened, session: "s" }, { wake: () => undefined }).tick).toBeDefined();
    });
  });

  describe("an open connection after a reload", () => {
    it("stays while its claims hold under the new options", async () => {
      expect(await code(create({}))).toBe("pass");
      expect((await create({})).open?.(facts(), { wake: () => undefined })).toEqual({});
    });

    it("is refused under another audience, issuer, user, or a claim that is required now", async () => {
      for (const jwt of [
        { audience: "billing" },
        { issuer: "https://other.example.com" },
        { userClaim: "email" },
        { requiredClaims: ["rooms"] },
      ])
        expect(await code(create(jwt))).toBe("identity.invalid");
    });

    it("is refused where its provider is not configured any more", async () => {
      expect(await code(create({}), { provider: "introspection" })).toBe("identity.invalid");
    });

    it("is refused when it was anonymous, and everybody stays where nobody needs to be known", async () => {
      expect(await code(create({}), { provider: "anonymous" })).toBe("identity.missing");
      const open = identity.create("anonymous", services(globalThis.fetch));
      expect((await open).readmit?.(facts())).toBeUndefined();
      expect((await create({})).open?.(facts({ provider: "anonymous" }), { wake: () => undefined })).toEqual(
        {},
      );
    });
  });

  it("takes logout tokens where an issuer says for which client, and verifies them with its keys", async () => {
    expect((await create({})).logouts).toEqual([]);
    const [receiver] = (await create({ backchannelLogout: { clientId: "chat-app" } })).logouts ?? [];
    expect(receiver).toMatchObject({ issuer: ISSUER, clientId: "chat-app" });
    const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
    const claims = { aud: "chat-app", iat: NOW, jti: "1", events };
    const logout = await token(claims, alice, { typ: "logout+jwt" });
    expect(await receiver?.accept(logout, { now: 0, wallNow })).toBeNull();
    const forged = await token({ ...claims, jti: "2" }, signer("a"), { typ: "logout+jwt" });
    expect(await receiver?.accept(forged, { now: 0, wallNow })).toMatchObject({ code: "identity.logout" });
    const secret = { ...base, secretFile: "/secret", backchannelLogout: { clientId: "chat-app" } };
    expect(problems({ jwt: secret })[0]).toContain("public keys");
  });
});

const make = async (written: unknown, parts: Partial<GuardServices> = {}): Promise<Guard> => {
  const guard = await identity.create(identity.options.parse(written), makeServices(parts));
  made.push(guard);
  return guard;
};

describe("identity, by other ways than a token of an issuer", () => {
  const certificate = {
    subject: "CN=sensor-7",
    issuer: "CN=Devices",
    commonName: "sensor-7",
    alternativeNames: [],
    fingerprint: "AB",
    notAfter: 1,
  };
  const session = { url: "http://127.0.0.1:1/session", cookie: "sid", recheck: "off" };
  const answering = { fetch: () => Promise.resolve(new Response('{"user":"ada"}')) };

  it("asks the certificate before the session, and each only where it has something to say", async () => {
    const guard = await make({ mutualTls: {}, session }, answering);
    const both = makeHandshake({ certificate, headers: ["cookie", "sid=1"] });
    const cookie = makeHandshake({ headers: ["cookie", "sid=1"] });
    const nothing = makeHandshake();
    expect([await guard.handshake?.(both), await guard.handshake?.(cookie)]).toEqual([pass, pass]);
    expect([both.identity?.provider, cookie.identity?.provider]).toEqual(["mutualTls", "session"]);
    expect(await guard.handshake?.(nothing)).toEqual({
      verdict: "refuse",
      code: "identity.missing",
      detail: "no credential in any place that is looked at",
    });
    expect(guard.open?.({ identity: cookie.identity } as ConnectionFacts, { wake: () => undefined })).toEqual(
      {},
    );
  });

  it("does not fall through from a certificate that does not count", async () => {
    const guard = await make({ mutualTls: {}, session }, answering);
    const ended = makeHandshake({ certificateFault: "ended", headers: ["cookie", "sid=1"] });
    expect(await guard.handshake?.(ended)).toMatchObject({ code: "identity.invalid" });
    expect(ended.identity).toBeNull();
  });

  it("notes the key of whoever proves one, anonymous callers too, and refuses a bad proof (RFC 9449)", async () => {
    const holder = await createKeyHolder("ES256", () => 0);
    const proof = async (): Promise<string[]> => [
      "dpop",
      await holder.prove("GET", "https://app.example.com/"),
    ];
    for (const [written, parts] of [
      ["anonymous", {}],
      [{ mutualTls: {} }, { certificate }],
    ] as const) {
      const guard = await make(written);
      const good = makeHandshake({ ...parts, headers: await proof() });
      expect(await guard.handshake?.(good)).toEqual(pass);
      expect(good.keyThumbprint).toBe(holder.thumbprint);
      const bad = makeHandshake({ ...parts, headers: ["dpop", "x"] });
      expect(await guard.handshake?.(bad)).toMatchObject({ code: "identity.invalid" });
    }
  });

  it("wants the hash of the token itself in a proof beside it (RFC 9449 4.3)", async () => {
    const holder = await createKeyHolder("ES256", () => wallNow);
    const text = await token();
    const guard = await create({});
    const prove = (over: string): Promise<string> =>
      holder.prove("GET", "https://app.example.com/", { token: over });
    const request = async (over: string): Promise<Handshake> =>
      makeHandshake({ headers: ["authorization", `Bearer ${text}`, "dpop", await prove(over)] }, { wallNow });
    const good = await request(text);
    expect(await guard.handshake?.(good)).toEqual(pass);
    expect(good.keyThumbprint).toBe(holder.thumbprint);
    expect(await guard.handshake?.(await request("another"))).toMatchObject({ code: "identity.invalid" });
  });

  it("says what keeps a provider from deciding, beside one that is always ready", async () => {
    const guard = await make({ mutualTls: {}, session }, { fetch: down });
    await guard.handshake?.(makeHandshake({ headers: ["cookie", "sid=1"] }));
    expect(guard.ready?.()).toEqual({ ready: true, problem: "http://127.0.0.1:1/session down" });
  });

  it("leaves alone whom a ticket named", async () => {
    for (const written of ["anonymous", { mutualTls: {} }]) {
      const named = makeHandshake({}, { identity: facts().identity });
      expect(await (await make(written)).handshake?.(named)).toEqual(pass);
      expect(named.identity?.user).toBe("alice");
    }
  });

  it("takes tokens of the development issuer where there is one, and is refused where there is none", async () => {
    const directory = await mkdtemp(join(tmpdir(), "sallyport-development-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, "jwks.json");
    await writeFile(file, JSON.stringify({ keys: [alice.jwk] }));
    const guard = await make({ jwt: "development" }, { developmentKeys: () => Promise.resolve(file) });
    const request = { headers: ["Authorization", "Bearer x"], listener: LOOPBACK };
    expect(await guard.handshake?.(makeHandshake(request))).toMatchObject({
      code: "identity.invalid",
      detail: expect.not.stringContaining("loopback") as unknown,
    });
    await expect(make({ jwt: "development" })).rejects.toThrow("no development issuer here");
  });

  it("goes with no other way for tokens beside the development issuer", () => {
    const introspection = {
      endpoint: "https://id.example.com/introspect",
      clientId: "gate",
      clientSecretFile: "/s",
    };
    expect(problems({ jwt: "development", introspection })[0]).toContain("nothing beside `jwt: development`");
    expect(problems({ jwt: "development" })).toEqual([]);
  });
});

/** What a guard makes of a handshake. @param known whether somebody asks for fingerprints */
async function asked(known: boolean, options: unknown, headers: readonly string[]): Promise<Handshake> {
  const source = provider(alice);
  const guard = await identity.create(identity.options.parse(options), {
    ...services(source.fetch),
    fingerprint: known ? (credential) => `print of ${credential.length}` : undefined,
  });
  made.push(guard);
  const asking = handshake({ headers });
  await guard.handshake?.(asking);
  return asking;
}

describe("whose a credential is that is not valid", () => {
  const jwt = { jwt: { ...base, jwks } };
  const claimed = async (of: Parameters<typeof token>[0], known = true): Promise<string | undefined> =>
    (await asked(known, jwt, ["Authorization", `Bearer ${await token(of)}`])).claimedUser;

  it("is noted by its own words where somebody asks, bounded, and never where it was good", async () => {
    const foreign = { aud: "somebody else" };
    expect(await claimed({ ...foreign, sub: "ann" })).toBe("ann");
    expect(await claimed({ ...foreign, sub: "ann" }, false)).toBeUndefined();
    expect(await claimed({ sub: "ann" })).toBeUndefined();
    expect(await claimed({ ...foreign, sub: "a".repeat(257) })).toBeUndefined();
    expect(await claimed({ ...foreign, sub: "" })).toBeUndefined();
    expect((await asked(true, jwt, ["Authorization", "Bearer none"])).claimedUser).toBeUndefined();
    expect((await asked(true, jwt, [])).claimedUser).toBeUndefined();
  });

  it("is not noted of a token that has only ended: whoever it was issued to tries it", async () => {
    expect(await claimed({ sub: "ann", exp: NOW - 300 })).toBeUndefined();
  });
});

describe("the fingerprint of a credential", () => {
  const jwt = { jwt: { ...base, jwks } };

  it("is noted where somebody asks for it, and the credential is good", async () => {
    const text = await token();
    const [header, bad] = [
      ["Authorization", `Bearer ${text}`],
      ["Authorization", `Bearer ${await token({ exp: NOW - 300 })}`],
    ];
    expect((await asked(true, jwt, header)).fingerprint).toBe(`print of ${text.length}`);
    expect((await asked(false, jwt, header)).fingerprint).toBeUndefined();
    expect((await asked(true, jwt, bad)).fingerprint).toBeUndefined();
    expect((await asked(true, "anonymous", header)).fingerprint).toBeUndefined();
  });
});
