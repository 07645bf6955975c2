import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import type { ConnectionOptions, Server, TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDevelopmentCertificate } from "./development-ca.ts";
import type { DevelopmentCertificate } from "./development-ca.ts";
import { tlsOptions } from "./tls-options.ts";
import type { TlsProfile } from "./tls-options.ts";

let directory = "";
let pair: DevelopmentCertificate;
const servers: Server[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-tls-"));
  pair = await loadDevelopmentCertificate({ directory, names: [] });
});
afterAll(async () => {
  for (const server of servers) server.close();
  await rm(directory, { recursive: true });
});

async function listen(profile: TlsProfile): Promise<number> {
  const server = createServer({ ...tlsOptions(profile), cert: pair.certificatePem, key: pair.keyPem });
  server.on("secureConnection", (socket) => socket.on("error", () => undefined));
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A connection that verified the certificate, or the error that prevented it. */
function dial(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { port, host: "127.0.0.1", servername: "localhost", ca: pair.caPem, ...options },
      () => resolve(socket),
    );
    socket.on("error", reject);
  });
}

describe("tlsOptions", () => {
  it("speaks TLS 1.3 and 1.2 in the intermediate profile", async () => {
    const port = await listen("intermediate");
    const newest = await dial(port);
    const older = await dial(port, { maxVersion: "TLSv1.2" });
    expect([newest.getProtocol(), older.getProtocol()]).toEqual(["TLSv1.3", "TLSv1.2"]);
    newest.destroy();
    older.destroy();
  });

  it.each(["TLSv1", "TLSv1.1"] as const)("refuses %s (RFC 8996)", async (version) => {
    const port = await listen("intermediate");
    const options = { minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" };
    await expect(dial(port, options)).rejects.toThrow(/version|protocol/i);
  });

  it("refuses suites without forward secrecy or authenticated encryption", async () => {
    const port = await listen("intermediate");
    for (const ciphers of ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384"])
      await expect(dial(port, { maxVersion: "TLSv1.2", ciphers })).rejects.toThrow(/handshake failure/);
  });

  it("takes the first suite of the client", async () => {
    const port = await listen("intermediate");
    const names = ["ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256"];
    for (const ciphers of [names.join(":"), names.toReversed().join(":")]) {
      const socket = await dial(port, { maxVersion: "TLSv1.2", ciphers });
      expect(socket.getCipher().name).toBe(ciphers.split(":")[0]);
      socket.destroy();
    }
  });

  it("speaks TLS 1.3 alone in the modern profile", async () => {
    const port = await listen("modern");
    await expect(dial(port, { maxVersion: "TLSv1.2" })).rejects.toThrow(/version|protocol/i);
    const socket = await dial(port);
    expect(socket.getProtocol()).toBe("TLSv1.3");
    socket.destroy();
  });

  it("refuses renegotiation (CVE-2011-1473)", async () => {
    const socket = await dial(await listen("intermediate"), { maxVersion: "TLSv1.2" });
    const error = await new Promise((resolve) => {
      socket.on("error", resolve);
      socket.renegotiate({}, resolve);
    });
    expect(error).toBeInstanceOf(Error);
    socket.destroy();
  });

  it("agrees on http/1.1 and nothing else (RFC 7301)", async () => {
    const port = await listen("intermediate");
    const socket = await dial(port, { ALPNProtocols: ["h2", "http/1.1"] });
    expect(socket.alpnProtocol).toBe("http/1.1");
    socket.destroy();
    await expect(dial(port, { ALPNProtocols: ["h2"] })).rejects.toThrow(/application protocol/);
  });

  it("offers HTTP/2 before HTTP/1.1 where the listener serves it (RFC 7301)", () => {
    expect(tlsOptions("modern", { http2: true }).ALPNProtocols).toEqual(["h2", "http/1.1"]);
  });
});
