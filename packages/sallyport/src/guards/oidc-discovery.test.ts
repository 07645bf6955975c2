import { describe, expect, it } from "vitest";
import { findEndpoint, MAX_METADATA_BYTES, type DiscoverySource } from "./oidc-discovery.ts";

const ISSUER = "https://id.example.com/tenant";
const OIDC = "https://id.example.com/tenant/.well-known/openid-configuration";
const OAUTH = "https://id.example.com/.well-known/oauth-authorization-server/tenant";
const JWKS = "https://id.example.com/jwks";

/** A provider that answers by URL; anything else is 404. */
function provider(pages: Readonly<Record<string, string | number>>) {
  const asked: string[] = [];
  const fetch = (async (input: unknown) => {
    asked.push(String(input));
    const page = pages[String(input)] ?? 404;
    return typeof page === "number" ? new Response("", { status: page }) : new Response(page);
  }) as typeof globalThis.fetch;
  return { asked, fetch };
}

const metadata = (parts: object = {}): string => JSON.stringify({ issuer: ISSUER, jwks_uri: JWKS, ...parts });

function find(pages: Readonly<Record<string, string | number>>, parts: Partial<DiscoverySource> = {}) {
  return findEndpoint({ issuer: ISSUER, fetch: provider(pages).fetch, ...parts }, "jwks_uri");
}

describe("findEndpoint", () => {
  it("reads the metadata of OpenID Connect (Discovery 4.1)", async () => {
    const { asked, fetch } = provider({ [OIDC]: metadata() });
    expect(await findEndpoint({ issuer: ISSUER, fetch }, "jwks_uri")).toBe(JWKS);
    expect(asked).toEqual([OIDC]);
  });

  it("looks where RFC 8414 3 has them where there are none", async () => {
    const { asked, fetch } = provider({ [OAUTH]: metadata({ introspection_endpoint: `${ISSUER}/i` }) });
    expect(await findEndpoint({ issuer: ISSUER, fetch }, "introspection_endpoint")).toBe(`${ISSUER}/i`);
    expect(asked).toEqual([OIDC, OAUTH]);
  });

  it("says what both answered where there are none at all", async () => {
    await expect(find({ [OIDC]: 500 })).rejects.toThrow("answered 500, oauth-authorization-server 404");
    await expect(find({ [OIDC]: 302 })).rejects.toThrow("answered 302");
  });

  it.each([
    ["another issuer", metadata({ issuer: "https://id.example.com" }), "another issuer"],
    ["the issuer with a slash more", metadata({ issuer: `${ISSUER}/` }), "another issuer"],
    ["no address", metadata({ jwks_uri: undefined }), "without jwks_uri"],
    ["an address that is no text", metadata({ jwks_uri: [JWKS] }), "without jwks_uri"],
    ["plaintext", metadata({ jwks_uri: "http://id.example.com/jwks" }), "not https"],
    ["loopback, where the issuer is elsewhere", metadata({ jwks_uri: "http://127.0.0.1/jwks" }), "not https"],
    ["another scheme", metadata({ jwks_uri: "file:///jwks" }), "not https"],
    ["no JSON", "<html>", "not a JSON object"],
    ["a list", "[]", "not a JSON object"],
    ["null", "null", "not a JSON object"],
    ["too much", metadata({ more: "x".repeat(MAX_METADATA_BYTES) }), "more than 65536 bytes"],
  ])("refuses %s", async (_name, page, problem) => {
    await expect(find({ [OIDC]: page })).rejects.toThrow(problem);
  });

  it("accepts loopback where the issuer is on loopback too, and plaintext where it is called unsafe", async () => {
    const local = "http://127.0.0.1:8080";
    const page = JSON.stringify({ issuer: local, jwks_uri: `${local}/jwks` });
    const at = `${local}/.well-known/openid-configuration`;
    expect(await find({ [at]: page }, { issuer: local })).toBe(`${local}/jwks`);
    const plain = metadata({ jwks_uri: "http://id.example.com/jwks" });
    expect(await find({ [OIDC]: plain }, { unsafeAllowPlaintext: true })).toBe("http://id.example.com/jwks");
  });

  it("is given up when it is told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(find({ [OIDC]: metadata() }, { signal })).rejects.toThrow("enough");
  });
});
