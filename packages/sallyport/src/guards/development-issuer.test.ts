import { describe, expect, it } from "vitest";
import { makeHandshake } from "../../test/handshake-fixture.ts";
import { developmentRules, onLoopback } from "./development-issuer.ts";

const provider = onLoopback({ names: ["jwt"], identify: () => null, credentialOf: () => "" });
const at = (loopback: boolean): unknown =>
  provider.identify(makeHandshake({ listener: { loopback, secure: true, port: 443, names: [] } }));

describe("onLoopback", () => {
  it("asks the provider about callers on loopback alone", () => {
    expect(at(true)).toBeNull();
    expect(at(false)).toMatchObject({ code: "identity.invalid" });
  });
});

describe("developmentRules", () => {
  it("accepts the development issuer's tokens and no others", () => {
    expect(developmentRules("/keys.json")).toMatchObject({
      issuer: "urn:sallyport:development",
      audience: ["sallyport"],
      algorithms: ["ES256"],
      jwksFile: "/keys.json",
      unsafeAllowNoExpiry: false,
    });
  });
});
