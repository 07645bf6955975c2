import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { GateEvent, SallyportEvent } from "../events.ts";
import { createCertificateSource } from "./certificate.ts";
import type { CertificatePair, CertificateSource } from "./certificate.ts";
import { loadDevelopmentCertificate } from "./development-ca.ts";
import type { DevelopmentCertificate } from "./development-ca.ts";
import { tlsOptions } from "./tls-options.ts";

const DAY = 86_400_000;
let parent = "";
let first: DevelopmentCertificate;
let second: DevelopmentCertificate;
let certificateFile = "";
let keyFile = "";
let source: CertificateSource | null = null;
const events: GateEvent[] = [];
let waiting: (() => void)[] = [];

const emit = (event: SallyportEvent): void => {
  if (event.type === "gate") events.push(event);
  for (const wake of waiting.splice(0)) wake();
};

/** Until this many events were emitted. */
async function told(count: number): Promise<string[]> {
  while (events.length < count)
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
    });
  return events.map(({ level, message }) => `${level} ${message}`);
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

const create = async (wallNow = Date.now()): Promise<CertificateSource> => {
  source = await createCertificateSource({
    certificateFile,
    keyFile,
    emit,
    intervalMs: 5,
    wallNow: () => wallNow,
  });
  return source;
};

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "sallyport-certificate-"));
  first = await loadDevelopmentCertificate({ directory: join(parent, "a"), names: ["a.localhost"] });
  second = await loadDevelopmentCertificate({ directory: join(parent, "b"), names: ["b.localhost"] });
});
afterAll(() => rm(parent, { recursive: true }));

beforeEach(async () => {
  events.length = 0;
  waiting = [];
  certificateFile = join(parent, "cert.pem");
  keyFile = join(parent, "key.pem");
  await writeFile(certificateFile, `${first.certificatePem}${first.caPem}`);
  await writeFile(keyFile, first.keyPem);
});
afterEach(() => source?.close());

describe("createCertificateSource", () => {
  it("reads the pair, its names and its end", async () => {
    const made = await create();
    expect(made.current()).toEqual({ cert: `${first.certificatePem}${first.caPem}`, key: first.keyPem });
    expect(made.names()).toEqual(["localhost", "127.0.0.1", "[::1]", "a.localhost"]);
    expect(made.notAfter()).toBeGreaterThan(Date.now() + 364 * DAY);
    expect(events).toEqual([]);
  });

  it("swaps to new files once both are there, and new connections get the new certificate", async () => {
    const made = await create();
    const server = createServer({ ...tlsOptions("intermediate"), ...made.current() });
    const changed = new Promise<CertificatePair>((resolve) => {
      made.onChange((pair) => {
        server.setSecureContext({ ...tlsOptions("intermediate"), ...pair });
        resolve(pair);
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    await write(certificateFile, second.certificatePem);
    expect(await told(1)).toEqual([
      "error certificate: the new files cannot be used, the old certificate stays",
    ]);
    expect(events[0]?.detail).toContain("is not the key of the certificate");
    expect(made.current().key).toBe(first.keyPem);
    await write(keyFile, second.keyPem);
    expect(await changed).toEqual({ cert: second.certificatePem, key: second.keyPem });
    expect(made.names()).toContain("b.localhost");
    expect(await told(2)).toContain("info certificate: reloaded");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const socket = await new Promise<TLSSocket>((resolve, reject) => {
      const dialled = connect({ port, host: "127.0.0.1", ca: second.caPem, servername: "b.localhost" }, () =>
        resolve(dialled),
      );
      dialled.on("error", reject);
    });
    expect(socket.authorized).toBe(true);
    socket.destroy();
    server.close();
  });

  it("follows the CAs of clients too, and keeps the old ones where the new file holds none", async () => {
    const clientCaFile = join(parent, "clients.pem");
    await write(clientCaFile, first.caPem);
    source = await createCertificateSource({ certificateFile, keyFile, clientCaFile, emit, intervalMs: 5 });
    expect(source.current().ca).toBe(first.caPem);
    await write(clientCaFile, "none");
    expect(await told(1)).toEqual([
      "error certificate: the new files cannot be used, the old certificate stays",
    ]);
    expect(events[0]?.detail).toContain("clients.pem does not begin with a certificate");
    expect(source.current().ca).toBe(first.caPem);
    await write(clientCaFile, second.caPem);
    expect(await told(2)).toContain("info certificate: reloaded");
    expect(source.current().ca).toBe(second.caPem);
  });

  it("tells a problem once, however often it looks, and a new one again", async () => {
    await create();
    await write(keyFile, "x");
    await told(1);
    await write(keyFile, "y");
    await rm(keyFile);
    const all = await told(2);
    expect(new Set(all)).toEqual(
      new Set(["error certificate: the new files cannot be used, the old certificate stays"]),
    );
    expect(events[0]?.detail).toContain("does not hold a private key in PEM");
    expect(events[1]?.detail).toContain("cannot be read");
    expect(JSON.stringify(events)).not.toContain("BEGIN");
  });

  it("keeps the old certificate when the new one has ended", async () => {
    const past = Date.now() - 1000 * DAY;
    const old = await loadDevelopmentCertificate({
      directory: join(parent, "past"),
      names: [],
      wallNow: past,
    });
    const made = await create();
    await write(keyFile, old.keyPem);
    await write(certificateFile, old.certificatePem);
    while (!events.some(({ detail }) => detail?.includes("ended at"))) await told(events.length + 1);
    expect(made.current().key).toBe(first.keyPem);
  });

  it("warns of a certificate that has ended, is about to, or is not valid yet", async () => {
    const end = (await create()).notAfter();
    source?.close();
    const times = [end, end - DAY, end - 400 * DAY];
    for (const time of times) (await create(time)).close();
    expect(events.map(({ level }) => level)).toEqual(["warn", "warn", "warn"]);
    expect(events.map(({ detail }) => /ended|ends soon|not valid before/.exec(detail ?? "")?.[0])).toEqual([
      "ended",
      "ends soon",
      "not valid before",
    ]);
  });

  it("refuses to start with files that cannot be used, and names them", async () => {
    await writeFile(keyFile, second.keyPem);
    await expect(create()).rejects.toThrow(
      `${keyFile} is not the key of the certificate in ${certificateFile}`,
    );
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    await writeFile(
      keyFile,
      privateKey.export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "p" }),
    );
    await expect(create()).rejects.toThrow("without a passphrase");
    await writeFile(keyFile, first.keyPem);
    await writeFile(certificateFile, first.keyPem);
    await expect(create()).rejects.toThrow("does not begin with a certificate in PEM");
    await writeFile(
      certificateFile,
      `${first.certificatePem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    );
    await expect(create()).rejects.toThrow("cannot be served");
    await rm(certificateFile);
    await expect(create()).rejects.toThrow(`${certificateFile} cannot be read`);
  });

  it("calls a listener no more once it is taken back, and none after close", async () => {
    const made = await create();
    const calls: string[] = [];
    const takeBack = made.onChange(() => calls.push("taken back"));
    takeBack();
    made.onChange(() => calls.push("kept"));
    await write(certificateFile, second.certificatePem);
    await write(keyFile, second.keyPem);
    while (made.current().key !== second.keyPem) await told(events.length + 1);
    expect(calls).toEqual(["kept"]);
  });
});
