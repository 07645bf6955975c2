import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { get, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect as dial } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { connect, type ConnectionOptions, type PeerCertificate, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { certificateName } from "../../src/hosts/acme/acme-board.ts";
import { loadDevelopmentCertificate } from "../../src/hosts/development-ca.ts";
import type { AcmeOptions } from "../../src/policy/acme-options.ts";
import { startSallyport } from "../cli/sallyport-process.ts";
import { createClientAuthority } from "../client-certificates.ts";
import {
  portOf,
  startApplication,
  startGateway,
  startRawServer,
  type TestGateway,
} from "../gateway/harness.ts";
import { openRaw, op } from "../gateway/raw-client.ts";
import { runsPebbleTests, startPebble, type Pebble } from "./pebble.ts";
import { itSharesCertificates } from "./shared-certificates.ts";
import { itServesFromEveryWorker } from "./workers-certificates.ts";

let pebble: Pebble;
let storage = "";

/** A gate whose listener has its certificate from the authority. */
async function startAcme(
  acme: Readonly<Record<string, unknown>> = {},
  listen: Readonly<Record<string, unknown>> = {},
): Promise<TestGateway> {
  const { directory, directoryCa } = pebble;
  const application = await startApplication();
  const options = { domains: ["a.example"], directory, directoryCa, storage, ...acme };
  const gate = await startGateway({
    upstream: application.url,
    listen: { tls: { acme: options }, ...listen },
  });
  if (acme["challenge"] !== "http-01" && listen["proxyProtocol"] === undefined) pebble.leadTo(gate.port);
  return gate;
}

const isIssued = ({ message }: { readonly message: string }): boolean => message === "certificate: issued";
const hasFailed = ({ message }: { readonly message: string }): boolean =>
  message === "certificate: none could be had";

/** The certificate that a client is shown; rejects when the handshake fails. */
async function shown(port: number, options: ConnectionOptions = {}): Promise<PeerCertificate> {
  return await new Promise((resolve, reject) => {
    const socket = connect({
      port,
      host: "127.0.0.1",
      servername: "a.example",
      rejectUnauthorized: false,
      ...options,
    });
    socket.once("secureConnect", () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

async function plain(port: number, path: string): Promise<{ status: number | undefined; text: string }> {
  const request = get({ port, host: "127.0.0.1", path });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode, text: (await response.toArray()).map(String).join("") };
}

/** What a client sends, and whether it is served: `served` or `refused`. */
const outcomeOf = async (port: number, options: ConnectionOptions): Promise<string> =>
  await shown(port, options).then(
    () => "served",
    () => "refused",
  );

/** Stores a certificate of another CA as if it had been had before, with so much of its hour left. */
async function store(acme: Pick<AcmeOptions, "domains" | "directory">, endsInMs: number): Promise<string> {
  const authority = await createClientAuthority("Earlier");
  const [name = ""] = acme.domains;
  const issued = await authority.issue(name, {
    usage: "server",
    alternativeNames: [{ type: "dns", value: name }],
    endsInMs,
  });
  await mkdir(storage, { mode: 0o700 });
  await writeFile(join(storage, `${certificateName(acme)}.json`), JSON.stringify(issued));
  return issued.cert;
}

describe.runIf(runsPebbleTests)("a listener with `tls.acme`", () => {
  beforeAll(async () => void (pebble = await startPebble()));
  afterAll(async () => await pebble.close());
  beforeEach(async () => void (storage = join(await mkdtemp(join(tmpdir(), "sallyport-acme-")), "acme")));
  afterEach(async () => {
    pebble.leadTo(null);
    // The gate of a test ends behind this, and may write there still.
    await rm(join(storage, ".."), { recursive: true, force: true, maxRetries: 10 });
  });

  it("comes up without a certificate, has one by tls-alpn-01, and keeps it for its owner alone (RFC 8555, RFC 8737)", async () => {
    const gate = await startAcme();
    expect(gate.gateway.problems()).toEqual([`${gate.url} has no certificate yet`]);
    await expect(shown(gate.port)).rejects.toThrow(/alert|handshake/);
    await gate.seen("gate", isIssued);
    expect(gate.gateway.problems()).toEqual([]);
    const { issuer, subjectaltname } = await shown(gate.port);
    expect([issuer.CN, subjectaltname]).toEqual([
      expect.stringContaining("Pebble Intermediate CA"),
      "DNS:a.example",
    ]);
    const peer = await openRaw(gate.port, {}, { rejectUnauthorized: false });
    expect((await peer.frame(op.text, "x").readFrame()).payload.toString()).toBe("x");
    expect(await outcomeOf(gate.port, { ALPNProtocols: ["acme-tls/1"] })).toBe("refused");
    await gate.close();
    const files = await readdir(storage);
    expect(files.map((file) => file.replace(/-[0-9a-f]{32}/, ""))).toEqual([
      "account.json",
      "certificate.json",
    ]);
    for (const file of files) expect((await stat(join(storage, file))).mode & 0o777).toBe(0o600);
    expect((await stat(storage)).mode & 0o777).toBe(0o700);
    expect(JSON.stringify(gate.events)).not.toMatch(/BEGIN|PRIVATE/);

    // Another start takes what is there, and asks nobody.
    pebble.leadTo(0);
    const next = await startAcme();
    expect(next.gateway.problems()).toEqual([]);
    expect((await shown(next.port)).subjectaltname).toBe("DNS:a.example");
    expect(next.events.filter(({ type }) => type === "gate")).toEqual([]);
  });

  it("has one for several names by http-01, where it answers nothing but challenges (RFC 8555 8.3)", async () => {
    const domains = ["a.example", "b.example"];
    const challenge = { challenge: "http-01", challengeAddress: "127.0.0.1:0" };
    const gate = await startAcme({ domains, ...challenge, email: "ops@example.com" });
    const { detail = "" } = await gate.seen("gate", ({ message }) =>
      message.includes("challenges are answered"),
    );
    const port = Number(/:(\d+)$/.exec(detail)?.[1]);
    pebble.leadTo(port);
    for (const path of ["/", "/chat", "/.well-known/acme-challenge/", "/.well-known/acme-challenge/../../x"])
      expect(await plain(port, path)).toEqual({ status: 404, text: "" });
    expect(await plain(port, `/.well-known/acme-challenge/${"t".repeat(43)}`)).toMatchObject({ status: 404 });
    await gate.seen("gate", isIssued);
    expect((await shown(gate.port, { servername: "b.example" })).subjectaltname).toBe(
      "DNS:a.example, DNS:b.example",
    );
    await gate.close();
    expect((await readdir(storage)).filter((file) => file.startsWith("challenge"))).toEqual([]);
  });

  it("serves what is stored until the next certificate is there; open connections live on", async () => {
    const cert = await store({ domains: ["a.example"], directory: pebble.directory }, 300_000);
    const gate = await startAcme();
    const old = await openRaw(gate.port, {}, { rejectUnauthorized: false });
    expect((old.socket as TLSSocket).getPeerCertificate().issuer.CN).toBe("Earlier");
    await gate.seen("gate", isIssued);
    expect((await shown(gate.port)).issuer.CN).toContain("Pebble Intermediate CA");
    expect((await old.frame(op.text, "still").readFrame()).payload.toString()).toBe("still");
    await gate.close();
    const kept = await readFile(
      join(storage, `${certificateName({ domains: ["a.example"], directory: pebble.directory })}.json`),
      "utf8",
    );
    expect(kept).not.toContain(JSON.stringify(cert).slice(1, -1));
  });

  it("answers challenges behind a proxy that speaks the PROXY protocol, too", async () => {
    const proxied = { proxyProtocol: true, trustedProxies: ["127.0.0.1"] };
    const gate = await startAcme({}, proxied);
    const front = await startProxyFront(gate.port);
    pebble.leadTo(front);
    await gate.seen("gate", isIssued);
    expect((await shown(front)).subjectaltname).toBe("DNS:a.example");
  });

  it("goes on with the old one where the challenge is refused, says why, and when it tries again", async () => {
    await store({ domains: ["a.example"], directory: pebble.directory }, 300_000);
    const gate = await startAcme({ challenge: "http-01", challengeAddress: "127.0.0.1:0" });
    pebble.leadTo(0);
    const { level, detail = "" } = await gate.seen("gate", hasFailed);
    expect([level, detail]).toEqual([
      "error",
      expect.stringMatching(
        /^a\.example from 127\.0\.0\.1:\d+: "a\.example: .*"; the old one serves until .*; the next try is at /,
      ),
    ]);
    expect((await shown(gate.port)).issuer.CN).toBe("Earlier");
    expect(gate.gateway.problems()).toEqual([]);
  });

  it.each([
    ["does not answer", () => "https://127.0.0.1:1/dir", "ECONNREFUSED"],
    [
      "answers something else",
      async () => await startImpostor((_, response) => void response.end("<html>")),
      "directory",
    ],
    ["answers without end", async () => await startImpostor(endless), "1 MiB"],
    ["does not find what it named", async () => await startImpostor(nowhere), "404"],
  ])(
    "is not ready, says so and serves what else there is where the authority %s",
    async (_, start, problem) => {
      const directory = await start();
      const gate = await startAcme({ directory });
      const { detail = "" } = await gate.seen("gate", hasFailed);
      expect(detail).toContain(problem);
      expect(detail).toContain("there is none yet");
      expect(detail.length).toBeLessThan(500);
      expect(gate.gateway.problems()).toEqual([`${gate.url} has no certificate yet`]);
      expect(await outcomeOf(gate.port, {})).toBe("refused");
    },
  );

  it("serves and answers challenges in every worker, of which the first process has the certificate; a reload keeps it", async () => {
    const file = join(storage, "..", "sallyport.yaml");
    const { directory, directoryCa } = pebble;
    const tls = { acme: { domains: ["a.example"], directory, directoryCa, storage } };
    const routes = [{ path: "/", upstream: "ws://127.0.0.1:1", identity: "anonymous" }];
    const listen = [{ address: "127.0.0.1:0", tls }];
    await writeFile(file, JSON.stringify({ version: 1, listen, routes }));
    const gate = startSallyport(["run", "--config", file, "--workers", "2"]);
    const port = Number((await gate.says(/listening on https:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
    pebble.leadTo(port);
    await gate.says(/certificate: issued/);
    const names = await Promise.all(
      Array.from({ length: 12 }, async () => (await shown(port)).subjectaltname),
    );
    expect(new Set(names)).toEqual(new Set(["DNS:a.example"]));
    gate.child.kill("SIGHUP");
    await gate.says(/"reloaded"/);
    expect((await shown(port)).subjectaltname).toBe("DNS:a.example");
    gate.child.kill("SIGTERM");
    expect(await gate.exit()).toBe(0);
    expect(gate.written().out + gate.written().err).not.toMatch(/BEGIN|PRIVATE/);
  });

  itSharesCertificates(
    () => pebble,
    async (port) => (await shown(port)).fingerprint256,
  );

  itServesFromEveryWorker(() => pebble);

  it("trusts no authority that its CA does not vouch for", async () => {
    const gate = await startAcme({ directoryCa: undefined });
    expect((await gate.seen("gate", hasFailed)).detail).toMatch(/certificate/);
  });
});

/** A balancer that begins each connection with a PROXY header. */
async function startProxyFront(to: number): Promise<number> {
  const server = await startRawServer((socket) => {
    const onward = dial(to, "127.0.0.1");
    onward.write("PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n");
    onward.on("error", () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  });
  return server.port;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server with the certificate of the authority's CA that is none. The URL of its directory. */
async function startImpostor(answer: Answer): Promise<string> {
  const directory = dirname(pebble.directoryCa);
  const { certificatePem: cert, keyPem: key } = await loadDevelopmentCertificate({ directory, names: [] });
  const server = createSecureServer({ cert, key }, answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `https://127.0.0.1:${portOf(server.address())}/dir`;
}

const endless: Answer = (_, response) => {
  const more = (): void => {
    while (response.writable && response.write(Buffer.alloc(65_536, " "))) continue;
  };
  response.on("drain", more).on("error", () => {});
  more();
};

const nowhere: Answer = ({ url = "", headers }, response) => {
  const at = `https://${headers.host ?? ""}`;
  const names = { newNonce: `${at}/nonce`, newAccount: `${at}/account`, newOrder: `${at}/order` };
  response.statusCode = url === "/dir" ? 200 : 404;
  response.setHeader("Replay-Nonce", "bm9uY2U").setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(url === "/dir" ? names : { detail: "404: nothing here" }));
};
