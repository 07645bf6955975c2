import { X509Certificate } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import type { TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { certificateNames } from "./certificate-names.ts";
import { loadDevelopmentCertificate } from "./development-ca.ts";
import type { DevelopmentCertificate } from "./development-ca.ts";

const DAY = 86_400_000;
let parent = "";
let directory = "";

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "sallyport-ca-"));
  directory = join(parent, "ca");
});
afterEach(() => rm(parent, { recursive: true }));

const load = (names: string[] = [], wallNow = Date.now()): Promise<DevelopmentCertificate> =>
  loadDevelopmentCertificate({ directory, names, wallNow });

async function modes(): Promise<Record<string, string>> {
  const names = ["", ...(await readdir(directory))];
  const found = await Promise.all(names.map((name) => stat(join(directory, name))));
  return Object.fromEntries(
    names.map((name, index) => [name, ((found[index]?.mode ?? 0) & 0o777).toString(8)]),
  );
}

/** Connects under a name with this CA alone. */
async function dial(
  pair: DevelopmentCertificate,
  options: { servername?: string; host: string },
): Promise<boolean> {
  const server = createServer({ cert: pair.certificatePem, key: pair.keyPem });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  let socket: TLSSocket | undefined;
  try {
    return await new Promise((resolve, reject) => {
      socket = connect({ port, ca: pair.caPem, ...options }, () => resolve(socket?.authorized === true));
      socket.on("error", reject);
    });
  } finally {
    socket?.destroy();
    server.close();
  }
}

describe("loadDevelopmentCertificate", () => {
  it("makes a certificate that node:tls accepts with its CA, by name and by address", async () => {
    const pair = await load(["chat.localhost"]);
    expect(await dial(pair, { host: "127.0.0.1" })).toBe(true);
    expect(await dial(pair, { host: "127.0.0.1", servername: "localhost" })).toBe(true);
    expect(await dial(pair, { host: "127.0.0.1", servername: "chat.localhost" })).toBe(true);
    await expect(dial(pair, { host: "127.0.0.1", servername: "example.com" })).rejects.toThrow(/altnames/);
  });

  it("has the extensions that browsers want (RFC 5280 4.2)", async () => {
    const pair = await load(["*.dev.localhost", "[2001:db8::7]", "Bücher.example"]);
    const leaf = new X509Certificate(pair.certificatePem);
    const ca = new X509Certificate(pair.caPem);
    expect(certificateNames(leaf)).toEqual([
      "localhost",
      "127.0.0.1",
      "[::1]",
      "*.dev.localhost",
      "[2001:db8::7]",
      "xn--bcher-kva.example",
    ]);
    expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect([leaf.ca, ca.ca]).toEqual([false, true]);
    expect(leaf.checkIssued(ca)).toBe(true);
    expect(leaf.verify(ca.publicKey)).toBe(true);
    expect(leaf.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
    expect(leaf.validToDate.getTime() - leaf.validFromDate.getTime()).toBeLessThan(397 * DAY);
    expect(leaf.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  it("keeps keys to their owner, and leaves nothing half written", async () => {
    const pair = await load();
    expect(await modes()).toEqual({
      "": "700",
      "authority-key.pem": "600",
      "authority.pem": "644",
      "server.pem": "600",
    });
    expect(await readFile(pair.caFile, "utf8")).toBe(pair.caPem);
    expect(pair.caPem).not.toContain("PRIVATE");
  });

  it("closes a directory that others could read", async () => {
    await load();
    await chmod(directory, 0o755);
    await load();
    expect((await modes())[""]).toBe("700");
  });

  it("gives the same certificate the next time", async () => {
    const first = await load(["a.localhost"]);
    expect(await load(["A.localhost"])).toEqual(first);
    expect(await load()).toEqual(first);
  });

  it("renews the certificate, not the CA, when names are missing or 30 days are left", async () => {
    const first = await load();
    const wider = await load(["b.localhost"]);
    const later = await load(["b.localhost"], Date.now() + 336 * DAY);
    expect(new Set([first, wider, later].map(({ certificatePem }) => certificatePem)).size).toBe(3);
    expect(new Set([first, wider, later].map(({ caPem }) => caPem)).size).toBe(1);
  });

  it("makes a new CA when the old one would end before its certificates", async () => {
    const first = await load();
    const later = await load([], Date.now() + 3290 * DAY);
    expect(later.caPem).not.toBe(first.caPem);
    expect(await readFile(later.caFile, "utf8")).toBe(later.caPem);
    expect(new X509Certificate(later.certificatePem).verify(new X509Certificate(later.caPem).publicKey)).toBe(
      true,
    );
  });

  it("ends up with one CA when several processes start at once", async () => {
    const pairs = await Promise.all(Array.from({ length: 6 }, () => load()));
    expect(new Set(pairs.map(({ caPem }) => caPem)).size).toBe(1);
    for (const pair of pairs)
      expect(new X509Certificate(pair.certificatePem).verify(new X509Certificate(pair.caPem).publicKey)).toBe(
        true,
      );
    expect((await readdir(directory)).sort()).toEqual(["authority-key.pem", "authority.pem", "server.pem"]);
  });

  it("replaces a damaged certificate, and says so of a damaged CA", async () => {
    const first = await load();
    await writeFile(join(directory, "server.pem"), "x");
    expect((await load()).caPem).toBe(first.caPem);
    await writeFile(join(directory, "authority-key.pem"), "x");
    await expect(load()).rejects.toThrow(/authority-key.pem is damaged/);
  });

  it("refuses a key that belongs to another certificate", async () => {
    await load();
    const file = join(directory, "authority-key.pem");
    const [certificate] = (await readFile(file, "utf8")).split("-----BEGIN PRIVATE");
    const [, key] = (await readFile(join(directory, "server.pem"), "utf8")).split("-----BEGIN PRIVATE");
    await writeFile(file, `${certificate}-----BEGIN PRIVATE${key}`);
    await expect(load()).rejects.toThrow(/damaged/);
  });

  it("refuses a directory that is a link, and one that cannot be made", async () => {
    await symlink(parent, directory);
    await expect(load()).rejects.toThrow("is not a directory of this user");
    await rm(directory);
    await writeFile(directory, "");
    await expect(load()).rejects.toThrow("EEXIST");
  });

  it.each(["", "a b", "a,b", "*", "*.*.x", "https://x", "a\nb", "a\u0000b", "a..b"])(
    "refuses the name %j",
    async (name) => {
      await expect(load([name])).rejects.toThrow("is not a host name or an IP address");
    },
  );
});
