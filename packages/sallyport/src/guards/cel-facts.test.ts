import { describe, expect, it } from "vitest";
import { CelIdentity, CelRequest } from "./cel-facts.ts";

describe("CelIdentity", () => {
  it("has the fields that a rule may name, and no other", () => {
    const identity = new CelIdentity({
      provider: "jwt",
      user: "ann",
      issuer: "i",
      tenant: "t",
      claims: { a: 1 },
      expiresAt: 5,
      credential: "cookie",
    });
    expect(Object.fromEntries(Object.entries(identity))).toEqual({
      provider: "jwt",
      user: "ann",
      issuer: "i",
      tenant: "t",
      claims: { a: 1 },
      expiresAt: 5,
      credential: "cookie",
    });
    expect(Object.keys(identity).toSorted()).toEqual(Object.keys(CelIdentity.fields).toSorted());
  });
});

describe("CelRequest", () => {
  it("has the fields that a rule may name, none of which can hold a credential", () => {
    const view = { path: "/", host: "h", origin: null, address: "::1", secure: true };
    const request = new CelRequest({ ...view, query: "token=secret" } as typeof view);
    expect(Object.fromEntries(Object.entries(request))).toEqual(view);
    expect(Object.keys(request).toSorted()).toEqual(Object.keys(CelRequest.fields).toSorted());
  });
});
