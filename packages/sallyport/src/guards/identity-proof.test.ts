import { describe, expect, it } from "vitest";
import { knownBy } from "../../test/handshake-fixture.ts";
import { keepProof, proofOf } from "./identity-proof.ts";

describe("proofOf", () => {
  it("finds the credential of an identity and of its copies, and shows it to nobody who looks at them", () => {
    const identity = { ...knownBy("authorization"), claims: { sub: "ada" } };
    keepProof(identity, "secret-token");
    expect(proofOf({ ...identity, credential: "ticket" } as typeof identity)).toBe("secret-token");
    expect(JSON.stringify(identity)).not.toContain("secret-token");
    expect(Reflect.ownKeys(identity.claims)).toEqual(["sub"]);
  });

  it("knows none of an identity that came from elsewhere", () => {
    expect(proofOf({ claims: { sub: "ada" } })).toBeNull();
  });
});
