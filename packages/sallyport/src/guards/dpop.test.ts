import { beforeAll, describe, expect, it } from "vitest";
import { makeHandshake, makeServices } from "../../test/handshake-fixture.ts";
import { createKeyHolder, type KeyHolder, type ProofParts } from "../../test/proof-of-possession.ts";
import { presentedProofs, proofTarget, verifyProof, type ProofTerms } from "./dpop.ts";
import type { SingleUse } from "./shared-state.ts";

const NOW = 1_700_000_000_000;
const URL = "https://app.example.com/.sallyport/ticket";
let holder: KeyHolder;

beforeAll(async () => {
  holder = await createKeyHolder("ES256", () => NOW);
});

const verify = async (
  proof: string,
  parts: Partial<ProofTerms> = {},
  services = makeServices(),
): Promise<string> => {
  const proven = await verifyProof({ proof, method: "POST", url: URL, token: null, ...parts }, services, NOW);
  if ("fault" in proven) return proven.fault;
  return "outage" in proven ? `outage: ${proven.outage}` : proven.thumbprint;
};

const verifyWith = async (parts: ProofParts, terms: Partial<ProofTerms> = {}): Promise<string> =>
  await verify(await holder.prove("POST", URL, parts), terms);

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("verifyProof", () => {
  it("says which key was proved (RFC 9449 4.3)", async () => {
    expect(await verifyWith({})).toBe(holder.thumbprint);
    expect(await verifyWith({ token: "abc" }, { token: "abc" })).toBe(holder.thumbprint);
  });

  it.each(["EdDSA", "PS256", "RS256", "ES512"])("takes %s", async (algorithm) => {
    const other = await createKeyHolder(algorithm, () => NOW);
    expect(await verify(await other.prove("POST", URL))).toBe(other.thumbprint);
  });

  it.each([
    "https://APP.example.com:443/.sallyport/ticket",
    "https://app.example.com/.sallyport/ticket?a=1#b",
    "https://app.example.com/x/../.sallyport/ticket",
  ])("takes %s for the same URL (RFC 3986 6.2)", async (htu) => {
    expect(await verifyWith({ claims: { htu } })).toBe(holder.thumbprint);
  });

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ["another method", { htm: "GET" }, "htm"],
    ["another path", { htu: "https://app.example.com/" }, "htu"],
    ["another host", { htu: "https://evil.example/.sallyport/ticket" }, "htu"],
    ["another port", { htu: "https://app.example.com:8443/.sallyport/ticket" }, "htu"],
    ["plaintext", { htu: "http://app.example.com/.sallyport/ticket" }, "htu"],
    ["a URL with a user", { htu: "https://a@app.example.com/.sallyport/ticket" }, "htu"],
    ["a URL with a password", { htu: "https://:a@app.example.com/.sallyport/ticket" }, "htu"],
    ["no URL", { htu: 7 }, "htu"],
    ["another time, long ago", { iat: NOW / 1000 - 61 }, "iat"],
    ["another time, to come", { iat: NOW / 1000 + 6 }, "iat"],
    ["no time", { iat: undefined }, "iat"],
    ["no identifier", { jti: undefined }, "jti"],
    ["an empty identifier", { jti: "" }, "jti"],
    ["an identifier that fills memory", { jti: "x".repeat(257) }, "jti"],
    ["a time that has ended", { exp: NOW / 1000 - 60 }, "exp"],
  ])("refuses a proof for %s (RFC 9449 4.3)", async (_what, claims, named) => {
    expect(await verifyWith({ claims })).toContain(`claim ${named}`);
  });

  it("refuses a proof for another token, or for none (RFC 9449 4.3)", async () => {
    expect(await verifyWith({ token: "other" }, { token: "abc" })).toContain("claim ath");
    expect(await verifyWith({}, { token: "abc" })).toContain("claim ath");
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["another type", { typ: "JWT" }],
    ["no key", { jwk: undefined }],
    ["a key that is none", { jwk: { kty: "EC", crv: "P-256", x: "AA", y: "AA" } }],
    ["an extension that nobody knows", { crit: ["x"], x: 1 }],
  ])("refuses a header with %s", async (_what, header) => {
    const [head = "", ...rest] = (await holder.prove("POST", URL)).split(".");
    const before: unknown = JSON.parse(Buffer.from(head, "base64url").toString());
    const changed = base64url(Object.assign({}, before, header));
    expect(await verify([changed, ...rest].join("."))).toMatch(/verif|typ|JWS|none/);
  });

  it("refuses symmetric and absent signatures (RFC 9449 4.2)", async () => {
    const payload = base64url({ htm: "POST", htu: URL, jti: "1", iat: NOW / 1000 });
    for (const alg of ["none", "HS256"]) {
      const head = base64url({ alg, typ: "dpop+jwt", jwk: holder.jwk });
      expect(await verify(`${head}.${payload}.AAAA`)).toContain("cannot be verified");
    }
    const secret = base64url({ alg: "HS256", typ: "dpop+jwt", jwk: { kty: "oct", k: "c2VjcmV0" } });
    expect(await verify(`${secret}.${payload}.AAAA`)).toContain("private member k");
  });

  it("refuses a key that shows its private part (RFC 9449 4.3)", async () => {
    expect(await verifyWith({ header: { jwk: holder.privateJwk } })).toContain("private member d");
    expect(await verifyWith({ header: { jwk: { ...holder.jwk, k: "x" } } })).toContain("private member k");
  });

  it("refuses a key that takes long to verify with, before it tries", async () => {
    const { jwk } = await createKeyHolder("RS256", () => NOW);
    const long = "A".repeat(700);
    expect(await verifyWith({ header: { jwk: { ...jwk, n: long } } })).toContain("4096 bits");
    expect(await verifyWith({ header: { jwk: { ...jwk, e: long } } })).toContain("long exponent");
  });

  it("refuses another's signature, and garbage of any kind", async () => {
    const { jwk } = await createKeyHolder("ES256", () => NOW);
    expect(await verifyWith({ header: { jwk } })).toContain("signature");
    for (const proof of ["", "a.b.c", "....", "x".repeat(5000), "\u0000"])
      expect(await verify(proof)).toMatch(/cannot be verified|longer/);
  });

  it("takes a proof once (RFC 9449 11.1)", async () => {
    const services = makeServices();
    const proof = await holder.prove("POST", URL);
    expect(await verify(proof, {}, services)).toBe(holder.thumbprint);
    expect(await verify(proof, {}, services)).toContain("before");
  });

  it("notes when it says that it was made, and for how long it would be taken, so that none is good again once the state lost it", async () => {
    const noted: SingleUse[] = [];
    const useOnce = async (use: SingleUse): Promise<boolean> => noted.push(use) > 0;
    const services = makeServices({ tickets: { ...makeServices().tickets, useOnce } });
    const iat = NOW / 1000 - 30;
    await verify(await holder.prove("POST", URL, { claims: { iat } }), {}, services);
    expect(noted).toMatchObject([{ issuedAt: iat * 1000, until: iat * 1000 + 60_001 }]);
    expect(noted[0]?.key).toMatch(/^dpop [0-9a-f]{64}$/);
  });

  it("says that the state is out of reach, where it cannot tell", async () => {
    const tickets = { ...makeServices().tickets, useOnce: () => Promise.reject(new Error("no state")) };
    expect(await verify(await holder.prove("POST", URL), {}, makeServices({ tickets }))).toBe(
      "outage: no state",
    );
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what a library may do
    const odd = { ...tickets, useOnce: () => Promise.reject("odd") };
    expect(await verify(await holder.prove("POST", URL), {}, makeServices({ tickets: odd }))).toBe(
      "outage: odd",
    );
  });
});

describe("presentedProofs", () => {
  it("finds those of the header and of subprotocol entries", () => {
    const handshake = makeHandshake({ headers: ["dpop", "a"], subprotocols: ["chat", "sallyport.proof.b"] });
    expect(presentedProofs(handshake)).toEqual(["a", "b"]);
  });
});

describe("proofTarget", () => {
  it("names a WebSocket as a GET of http or https, with the port that the client sees (RFC 8441)", () => {
    const request = { method: "CONNECT", path: "/chat", headers: ["host", "app.example.com:8443"] };
    expect(proofTarget(makeHandshake(request))).toEqual({
      method: "GET",
      url: "https://app.example.com:8443/chat",
    });
    expect(proofTarget(makeHandshake({ secure: false })).url).toBe("http://app.example.com/");
  });

  it("names the gate's own path where the request went there", () => {
    const request = { kind: "http", method: "POST", path: "/chat", ownPath: "/.sallyport/ticket" } as const;
    expect(proofTarget(makeHandshake(request))).toEqual({ method: "POST", url: URL });
  });
});
