import { describe, expect, it } from "vitest";
import type { ConnectionFacts, Identity } from "./guard.ts";
import { createMutualTls, mutualTlsOptions } from "./identity-mutual-tls.ts";
import { makeHandshake } from "../../test/handshake-fixture.ts";

const certificate = {
  subject: "CN=sensor-7,O=Example",
  issuer: "CN=Devices,O=Example",
  commonName: "sensor-7",
  alternativeNames: ["DNS:sensor-7.example", "URI:spiffe://example/sensor-7", "email:ops@example"],
  fingerprint: "AB:CD",
  notAfter: 10_000,
} as const;

const identify = async (
  options: unknown,
  request: Parameters<typeof makeHandshake>[0] = { certificate },
): Promise<unknown> =>
  await createMutualTls(mutualTlsOptions.parse(options)).identify(makeHandshake(request));

const facts = (issuer: string | null): ConnectionFacts => {
  const identity = { issuer } as Identity;
  return { identity } as ConnectionFacts;
};

describe("createMutualTls", () => {
  it("names the user by the subject, until the certificate ends", async () => {
    expect(await identify({})).toEqual({
      provider: "mutualTls",
      user: "CN=sensor-7,O=Example",
      issuer: "CN=Devices,O=Example",
      claims: {
        subject: certificate.subject,
        commonName: "sensor-7",
        alternativeNames: certificate.alternativeNames,
        fingerprint: "AB:CD",
      },
      tenant: null,
      expiresAt: 10_000,
      credential: "certificate",
    });
  });

  it.each([
    ["commonName", "sensor-7"],
    ["uri", "spiffe://example/sensor-7"],
    ["dns", "sensor-7.example"],
    ["email", "ops@example"],
    ["fingerprint", "AB:CD"],
  ])("names the user by %s (RFC 5280 4.2.1.6)", async (user, expected) => {
    expect(await identify({ user })).toMatchObject({ user: expected });
  });

  it("is known again by the fingerprint of the certificate", () => {
    const { credentialOf } = createMutualTls(mutualTlsOptions.parse({}));
    expect(credentialOf(makeHandshake({ certificate }))).toBe("AB:CD");
    expect(credentialOf(makeHandshake({ certificate: null }))).toBe("");
  });

  it("leaves a caller without a certificate to the next provider", async () => {
    expect(await identify({}, {})).toBeNull();
  });

  it.each([
    ["that the CA does not vouch for", {}, { certificateFault: "SELF_SIGNED" }, "SELF_SIGNED"],
    ["that has ended", {}, { certificate: { ...certificate, notAfter: 0 } }, "it has ended"],
    ["of another issuer", { issuers: ["CN=People"] }, { certificate }, "none of `issuers`"],
    ["without a subject", {}, { certificate: { ...certificate, subject: "" } }, "empty"],
    [
      "without one common name",
      { user: "commonName" },
      { certificate: { ...certificate, commonName: null } },
      "common name",
    ],
    [
      "without the alternative name",
      { user: "uri" },
      { certificate: { ...certificate, alternativeNames: [] } },
      "kind uri",
    ],
    [
      "with two of them",
      { user: "dns" },
      { certificate: { ...certificate, alternativeNames: ["DNS:a.example", "DNS:b.example"] } },
      "kind dns",
    ],
    [
      "with one that had to be quoted (CVE-2021-44532)",
      { user: "dns" },
      { certificate: { ...certificate, alternativeNames: ['DNS:"a, DNS:b"'] } },
      "kind dns",
    ],
  ])("refuses a certificate %s, and asks nobody else", async (_, options, request, detail) => {
    expect(await identify(options, request)).toMatchObject({
      verdict: "refuse",
      code: "identity.invalid",
      detail: expect.stringContaining(detail) as unknown,
    });
  });

  it("keeps an open connection while its issuer is accepted", () => {
    const provider = createMutualTls({ user: "subject", issuers: ["CN=Devices"] });
    expect(provider.readmit?.(facts("CN=Devices"))).toBeNull();
    expect(provider.readmit?.(facts("CN=People"))).toContain("issuers");
    expect(provider.readmit?.(facts(null))).toContain("issuers");
  });
});

describe("mutualTlsOptions", () => {
  it("refuses an empty list of issuers, which would let nobody in", () => {
    expect(mutualTlsOptions.safeParse({ issuers: [] }).success).toBe(false);
    expect(mutualTlsOptions.safeParse({ issuers: "CN=a" }).success).toBe(false);
  });
});
