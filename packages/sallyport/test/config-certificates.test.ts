import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDevelopmentCertificate } from "../src/hosts/development-ca.ts";
import { loadConfig } from "../src/policy/load-config.ts";
import { renderProblem } from "../src/policy/problem.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-certificates-"));
  const made = await loadDevelopmentCertificate({
    directory: join(directory, "ca"),
    names: ["app.example.com"],
  });
  await writeFile(join(directory, "cert.pem"), made.certificatePem);
  await writeFile(join(directory, "key.pem"), made.keyPem);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await writeFile(join(directory, "other.pem"), privateKey.export({ format: "pem", type: "pkcs8" }));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

async function problems(
  address: string,
  key: string,
  { clientCa, identity = "anonymous" }: { readonly clientCa?: string; readonly identity?: unknown } = {},
): Promise<readonly string[]> {
  const file = join(directory, "sallyport.yaml");
  const asks = clientCa === undefined ? {} : { clientCa };
  const listen = [{ address, tls: { certificate: "cert.pem", key, ...asks } }];
  const routes = [{ path: "/", upstream: "ws://127.0.0.1:3000", identity }];
  await writeFile(file, JSON.stringify({ version: 1, listen, routes }));
  const result = await loadConfig(file);
  return result.ok ? [] : result.problems.map(renderProblem);
}

describe("loadConfig", () => {
  it("takes a certificate with its key, and its names as those that are served", async () => {
    expect(await problems("0.0.0.0:8443", "key.pem")).toEqual([]);
  });

  it("finds that a key belongs to another certificate", async () => {
    const found = await problems("127.0.0.1:8443", "other.pem");
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("listen[0].tls.key: expected the private key of the certificate");
  });

  it("takes `mutualTls` where a listener asks clients for a certificate, and nowhere else", async () => {
    const identity = { mutualTls: {} };
    expect(await problems("127.0.0.1:8443", "key.pem", { identity, clientCa: "cert.pem" })).toEqual([]);
    const [found] = await problems("127.0.0.1:8443", "key.pem", { identity });
    expect(found).toContain("identity.mutualTls: expected a listener with `tls.clientCa`");
  });

  it("finds that the CAs of clients are none", async () => {
    const [found] = await problems("127.0.0.1:8443", "key.pem", { clientCa: "key.pem" });
    expect(found).toContain("listen[0].tls.clientCa: expected the certificates of CAs in PEM");
  });
});
