import { beforeAll, describe, expect, it } from "vitest";
import { knownBy, makeHandshake, makeServices, type RequestParts } from "../../test/handshake-fixture.ts";
import { createKeyHolder, type KeyHolder } from "../../test/proof-of-possession.ts";
import type { Handshake, Identity } from "./guard.ts";
import { checkPossession, mentionsKey } from "./identity-possession.ts";

const NOW = 1_700_000_000_000;
const TOKEN = "header.payload.signature";
const CERTIFICATE = {
  subject: "CN=a",
  issuer: "CN=b",
  commonName: "a",
  alternativeNames: [],
  fingerprint: "AB:CD",
  notAfter: NOW * 2,
};
let holder: KeyHolder;
let proof = "";

beforeAll(async () => {
  holder = await createKeyHolder("ES256", () => NOW);
});

const bound = (cnf: unknown): Identity => ({ ...knownBy("authorization"), claims: { cnf } });
const byKey = (): Identity => bound({ jkt: holder.thumbprint });

const shakeWith = (headers: readonly string[], request: RequestParts = {}): Handshake =>
  makeHandshake({ ...request, headers }, { wallNow: NOW });

async function check(
  handshake: Handshake,
  identity: Identity,
  services = makeServices(),
): Promise<string | undefined> {
  const refused = await checkPossession(handshake, { identity, token: TOKEN }, services);
  if (refused === null) return handshake.keyThumbprint ?? "pass";
  return `${refused.code}: ${refused.detail}`;
}

const newProof = async (): Promise<string> =>
  (proof = await holder.prove("GET", "https://app.example.com/", { token: TOKEN }));

describe("checkPossession", () => {
  it("lets a token that is bound to nothing pass without a proof", async () => {
    expect(await check(shakeWith([]), knownBy("authorization"))).toBe("pass");
  });

  it("wants a proof of the key that the token is bound to (RFC 9449 7.1)", async () => {
    expect(await check(shakeWith(["dpop", await newProof()]), byKey())).toBe(holder.thumbprint);
    expect(await check(shakeWith([]), byKey())).toContain("no proof of it came");
    const entry = shakeWith([], { subprotocols: [`sallyport.proof.${await newProof()}`] });
    expect(await check(entry, byKey())).toBe(holder.thumbprint);
  });

  it("notes the key of a proof that nothing asked for, and refuses one that is bad", async () => {
    expect(await check(shakeWith(["dpop", await newProof()]), knownBy("cookie"))).toBe(holder.thumbprint);
    expect(await check(shakeWith(["dpop", "x"]), knownBy("cookie"))).toContain("identity.invalid: proof of");
  });

  it("refuses a proof of another key", async () => {
    const other = await createKeyHolder("ES256", () => NOW);
    const proofOfOther = await other.prove("GET", "https://app.example.com/", { token: TOKEN });
    expect(await check(shakeWith(["dpop", proofOfOther]), byKey())).toContain("another key");
  });

  it("refuses two proofs: exactly one is expected (RFC 9449 4.3)", async () => {
    expect(await check(shakeWith(["dpop", await newProof(), "dpop", proof]), byKey())).toContain("2 proofs");
  });

  it("refuses the scheme DPoP without a proof, or with a token that is bound to no key (RFC 9449 7.1)", async () => {
    const scheme = ["authorization", `DPoP ${TOKEN}`];
    const plain = knownBy("authorization");
    expect(await check(shakeWith(scheme), plain)).toContain("without a proof");
    expect(await check(shakeWith([...scheme, "dpop", await newProof()]), plain)).toContain("bound to no key");
    expect(await check(shakeWith([...scheme, "dpop", await newProof()]), byKey())).toBe(holder.thumbprint);
  });

  it("wants the certificate that the token is bound to (RFC 8705 3.1)", async () => {
    const identity = bound({ "x5t#S256": Buffer.from("abcd", "hex").toString("base64url") });
    expect(await check(shakeWith([], { certificate: CERTIFICATE }), identity)).toBe("pass");
    expect(await check(shakeWith([]), identity)).toContain("client certificate");
    const other = { ...CERTIFICATE, fingerprint: "AB:CE" };
    expect(await check(shakeWith([], { certificate: other }), identity)).toContain("client certificate");
    const empty = bound({ "x5t#S256": "" });
    expect(await check(shakeWith([]), empty)).toContain("client certificate");
  });

  it.each([[null], ["x"], [{}], [{ jwk: {} }], [{ jkt: 7 }]])(
    "refuses a token that is bound by %j, which nobody here can check (RFC 7800)",
    async (cnf) => {
      expect(await check(shakeWith([]), bound(cnf))).toContain("cannot be checked");
    },
  );

  it("lets nobody in by a proof while the state cannot tell whether it was used", async () => {
    const tickets = { ...makeServices().tickets, useOnce: () => Promise.reject(new Error("no state")) };
    const verdict = await check(shakeWith(["dpop", await newProof()]), byKey(), makeServices({ tickets }));
    expect(verdict).toContain("identity.unavailable: proofs of possession: no state");
  });
});

describe("mentionsKey", () => {
  it("is what spares everybody else the question", async () => {
    expect(mentionsKey(shakeWith([]), knownBy("authorization"))).toBe(false);
    expect(mentionsKey(shakeWith(["authorization", "Bearer x"]), knownBy("authorization"))).toBe(false);
    expect(mentionsKey(shakeWith(["authorization", "DPoP x"]), knownBy("authorization"))).toBe(true);
    expect(mentionsKey(shakeWith(["dpop", "x"]), knownBy("cookie"))).toBe(true);
    expect(mentionsKey(shakeWith([]), byKey())).toBe(true);
  });
});
