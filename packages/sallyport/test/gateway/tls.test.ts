import { once } from "node:events";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionOptions } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { loadDevelopmentCertificate, type DevelopmentCertificate } from "../../src/hosts/development-ca.ts";
import { startApplication, startGateway, type TestGateway } from "./harness.ts";
import { connectRaw, openRaw, op } from "./raw-client.ts";

async function startSecure(tls: unknown = "development"): Promise<TestGateway> {
  const application = await startApplication();
  return await startGateway({ upstream: application.url, listen: { tls } });
}

async function makeCertificate(): Promise<DevelopmentCertificate> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-tls-"));
  onTestFinished(async () => await rm(directory, { recursive: true }));
  return await loadDevelopmentCertificate({ directory, names: [] });
}

const refusalOf = async (port: number, options: ConnectionOptions): Promise<string> =>
  await connectRaw(port, { ...options, rejectUnauthorized: false }).then(
    () => "connected",
    (error: Error & { code?: string }) => error.code ?? error.message,
  );

describe("a TLS listener", () => {
  it("speaks wss with a certificate that the development CA vouches for, at its own origin", async () => {
    const gate = await startSecure();
    expect(gate.wsUrl).toMatch(/^wss:/);
    const ca = await readFile(gate.gateway.developmentCaFile ?? "", "utf8");
    for (const host of ["localhost", "127.0.0.1"]) {
      const socket = new WebSocket(`wss://${host}:${gate.port}/`, {
        ca,
        origin: `https://${host}:${gate.port}`,
      });
      await once(socket, "open");
      socket.send("secret");
      expect(String((await once(socket, "message"))[0])).toBe("secret");
      socket.close();
    }
    await expect(connectRaw(gate.port, {})).rejects.toThrow("certificate");
  });

  it("refuses TLS 1.1, weak suites and plaintext (Mozilla's intermediate profile), and goes on serving", async () => {
    const gate = await startSecure();
    expect(
      await refusalOf(gate.port, { maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "ALL@SECLEVEL=0" }),
    ).toMatch(/ERR_SSL|EPROTO|ECONNRESET/);
    expect(
      await refusalOf(gate.port, { maxVersion: "TLSv1.2", ciphers: "AES128-SHA:AES256-SHA256" }),
    ).toMatch(/ERR_SSL|EPROTO|ECONNRESET/);
    expect(await refusalOf(gate.port, { maxVersion: "TLSv1.2" })).toBe("connected");
    const plain = await connectRaw(gate.port);
    plain.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    await plain.ended();
    expect(plain.waiting.toString("latin1")).not.toContain("101");
    const peer = await openRaw(gate.port, {}, { rejectUnauthorized: false });
    expect((await peer.frame(op.text, "x").readFrame()).payload.toString()).toBe("x");
  });

  it("speaks HTTP/1.1 to who asks for it, and no protocol that it does not know (RFC 7301 3.2)", async () => {
    const gate = await startSecure();
    const peer = await connectRaw(gate.port, { rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
    expect((peer.socket as { alpnProtocol?: unknown }).alpnProtocol).toBe("http/1.1");
    expect(await refusalOf(gate.port, { ALPNProtocols: ["spdy/3"] })).not.toBe("connected");
  });

  it(
    "shows new connections a certificate whose files have changed; open ones live on",
    { timeout: 120_000 },
    async () => {
      const [first, second] = [await makeCertificate(), await makeCertificate()];
      const directory = await mkdtemp(join(tmpdir(), "sallyport-tls-files-"));
      onTestFinished(async () => await rm(directory, { recursive: true }));
      const files = { certificate: join(directory, "cert.pem"), key: join(directory, "key.pem") };
      await writeFile(files.certificate, first.certificatePem);
      await writeFile(files.key, first.keyPem);
      const gate = await startSecure(files);
      const old = await openRaw(gate.port, {}, { ca: first.caPem });
      await expect(connectRaw(gate.port, { ca: second.caPem })).rejects.toThrow("certificate");
      await writeFile(`${files.certificate}.new`, second.certificatePem);
      await writeFile(`${files.key}.new`, second.keyPem);
      await rename(`${files.certificate}.new`, files.certificate);
      await rename(`${files.key}.new`, files.key);
      await gate.seen("gate", ({ message }) => message === "certificate: reloaded");
      expect(await openRaw(gate.port, {}, { ca: second.caPem })).toBeDefined();
      expect((await old.frame(op.text, "still").readFrame()).payload.toString()).toBe("still");
    },
  );
});
