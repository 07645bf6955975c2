import { describe, expect, it } from "vitest";
import { calculateJwkThumbprint, decodeProtectedHeader, type JWK } from "jose";
import { verifyProof } from "../../sallyport/src/guards/dpop.ts";
import { createMemoryState } from "../../sallyport/src/state/memory-state.ts";
import { createProofKey } from "./proof-key.ts";

const url = "https://app.example.com/.sallyport/ticket";

describe("createProofKey", () => {
  it("makes proofs that the gate accepts, each once (RFC 9449 4.3)", async () => {
    const key = await createProofKey();
    const services = createMemoryState();
    for (const token of ["token", null]) {
      const proof = await key.prove({ method: "POST", url, token });
      const terms = { proof, method: "POST", url: `${url}?query=no`, token };
      expect(await verifyProof(terms, services, Date.now())).toEqual({ thumbprint: key.thumbprint });
      expect(await verifyProof(terms, services, Date.now())).toHaveProperty("fault");
    }
  });

  it("has the thumbprint of its public key (RFC 7638)", async () => {
    const key = await createProofKey();
    const { jwk } = decodeProtectedHeader(await key.prove({ method: "GET", url, token: null }));
    expect(await calculateJwkThumbprint(jwk as JWK)).toBe(key.thumbprint);
  });

  it("keeps its private half from every script, and is the same key with the same pair", async () => {
    const { pair, thumbprint } = await createProofKey();
    await expect(crypto.subtle.exportKey("jwk", pair.privateKey)).rejects.toThrow();
    expect((await createProofKey({ pair })).thumbprint).toBe(thumbprint);
  });

  it("is of the clock that it is given", async () => {
    const key = await createProofKey({ now: () => Date.now() - 120_000 });
    const proof = await key.prove({ method: "POST", url, token: "token" });
    const terms = { proof, method: "POST", url, token: "token" };
    expect(await verifyProof(terms, createMemoryState(), Date.now())).toHaveProperty("fault");
  });
});
