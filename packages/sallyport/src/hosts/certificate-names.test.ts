import { describe, expect, it } from "vitest";
import type { X509Certificate } from "node:crypto";
import { certificateNames } from "./certificate-names.ts";

const named = (subjectAltName: string | undefined) => certificateNames({ subjectAltName } as X509Certificate);

describe("certificateNames", () => {
  it("reads DNS names and addresses as a Host header writes them (RFC 6125 6.4.4)", () => {
    expect(
      named("DNS:Localhost, DNS:*.example.com, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1"),
    ).toEqual(["localhost", "*.example.com", "127.0.0.1", "[::1]"]);
  });

  it("knows no name where the certificate has no subject alternative name", () => {
    expect(named(undefined)).toEqual([]);
  });

  it("leaves out other kinds, and names that Node had to quote (CVE-2021-44532)", () => {
    expect(
      named('email:a@example.com, URI:http://x, DNS:"evil.example\\u002c DNS:good.example", DNS:a.example'),
    ).toEqual(["a.example"]);
  });
});
