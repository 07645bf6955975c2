import { describe, expect, it } from "vitest";
import { makeHandshake } from "../../test/handshake-fixture.ts";
import { createBearer } from "./identity-bearer.ts";
import type { TokenVerifier } from "./token-verifier.ts";

const verifier = (cookie: string | null): TokenVerifier => ({
  name: "jwt",
  issuer: "https://id.example.com",
  places: { cookies: cookie === null ? [] : [cookie], queryParameters: [] },
  strip: true,
  logout: null,
  judge: () => Promise.reject(new Error("not asked")),
  readmit: () => null,
  ready: () => ({ ready: true, problem: null }),
  dispose: () => undefined,
});

describe("createBearer", () => {
  it("names the one token that was presented, and none of several", () => {
    const { tokenOf, credentialOf } = createBearer([verifier("one")]);
    const tokens = [[], ["authorization", "Bearer a"], ["authorization", "DPoP a"], ["cookie", "one=a"]];
    expect(tokens.map((headers) => tokenOf?.(makeHandshake({ headers })))).toEqual([null, "a", "a", "a"]);
    const two = ["authorization", "Bearer a", "cookie", "one=a"];
    expect(tokenOf?.(makeHandshake({ headers: two }))).toBeNull();
    expect(tokens.map((headers) => credentialOf(makeHandshake({ headers })))).toEqual(["", "a", "a", "a"]);
  });

  it("says whom a token names by its own words, where one verifier is asked and knows", () => {
    const [plain, other] = [verifier(null), { ...verifier(null), issuer: "https://other.example.com" }];
    const knowing = { ...plain, claimedUser: (token: string) => `of ${token}` };
    const one = makeHandshake({ headers: ["authorization", "Bearer a"] });
    expect(createBearer([knowing]).claimedUserOf?.(one)).toBe("of a");
    expect(createBearer([plain]).claimedUserOf?.(one)).toBeNull();
    expect(createBearer([knowing]).claimedUserOf?.(makeHandshake())).toBeNull();
    expect(createBearer([knowing, other]).claimedUserOf?.(one)).toBeNull();
  });

  it("takes the proof of possession out with its token", () => {
    const handshake = makeHandshake({ headers: ["authorization", "DPoP a", "dpop", "b"] });
    createBearer([verifier(null)]).strip?.(handshake);
    expect([...handshake.strippedHeaders]).toEqual(["dpop", "authorization"]);
  });
});
