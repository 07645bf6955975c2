import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { attach } from "../../src/hosts/attach.ts";
import { loadDevelopmentCertificate, type DevelopmentCertificate } from "../../src/hosts/development-ca.ts";
import type { RouteOptions } from "../../src/policy/define-config.ts";
import {
  createClientAuthority,
  type ClientAuthority,
  type KeyedCertificate,
} from "../client-certificates.ts";
import { portOf, recordEvents, startApplication, startGateway, type Told } from "./harness.ts";
import { connectHttp2, openHttp2, requestWebSocket, refusalOf } from "./http2-client.ts";

let devices: ClientAuthority;
let strangers: ClientAuthority;
let sensor: KeyedCertificate;
let server: DevelopmentCertificate;
let directory = "";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-mutual-tls-"));
  devices = await createClientAuthority();
  strangers = await createClientAuthority("Strangers");
  sensor = await devices.issue("sensor-7", {
    alternativeNames: [{ type: "url", value: "spiffe://example/7" }],
  });
  server = await loadDevelopmentCertificate({ directory, names: [] });
  await writeFile(join(directory, "cert.pem"), server.certificatePem);
  await writeFile(join(directory, "key.pem"), server.keyPem);
  await writeFile(join(directory, "clients.pem"), devices.ca);
  return async () => await rm(directory, { recursive: true });
});

type Identity = NonNullable<RouteOptions["identity"]>;

interface Host extends Told {
  readonly port: number;
}

async function startInFront(identity: Identity): Promise<Host> {
  const application = await startApplication();
  const tls = {
    certificate: join(directory, "cert.pem"),
    key: join(directory, "key.pem"),
    clientCa: join(directory, "clients.pem"),
  };
  return await startGateway({ upstream: application.url, listen: { tls }, route: { identity } });
}

async function startInside(identity: Identity): Promise<Host> {
  const options = { cert: server.certificatePem, key: server.keyPem, ca: devices.ca };
  const https = createServer({ ...options, requestCert: true, rejectUnauthorized: false });
  const sockets = new WebSocketServer({ server: https });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  const told = recordEvents();
  const gate = attach(https, { routes: [{ path: "/", identity }] }, { onEvent: told.emit });
  https.listen(0, "127.0.0.1");
  await once(https, "listening");
  onTestFinished(async () => {
    await gate.drain({ batch: 100, pauseMs: 0, withinMs: 200 });
    https.closeAllConnections();
    https.close();
  });
  await gate.ready;
  return { ...told, port: portOf(https.address()) };
}

/** The status that a handshake ends with: 101, or that of the refusal. */
async function shake({ port }: Host, client: ConnectionOptions = {}): Promise<number> {
  const socket = new WebSocket(`wss://localhost:${port}/`, { ca: server.caPem, ...client });
  const status = await new Promise<number>((resolve, reject) => {
    socket.on("error", reject);
    socket.once("open", () => resolve(101));
    socket.once("unexpected-response", (_request, response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
  });
  socket.terminate();
  return status;
}

const detailOf = async (host: Host): Promise<string> => {
  const { code, detail } = await host.seen("handshake", ({ verdict }) => verdict === "refuse");
  return `${code}: ${detail}`;
};

const byCommonName: Identity = { mutualTls: { user: "commonName" } };

describe.each([
  ["gateway", startInFront],
  ["attach", startInside],
])("mutual TLS through %s", (_name, start) => {
  it("knows a client by its certificate (RFC 8446 4.4.2)", async () => {
    const host = await start({ mutualTls: { user: "uri" } });
    expect(await shake(host, sensor)).toBe(101);
    expect(await host.seen("open")).toMatchObject({ user: "spiffe://example/7" });
  });

  it("refuses a client without a certificate as unknown", async () => {
    const host = await start(byCommonName);
    expect(await shake(host)).toBe(401);
    expect(await detailOf(host)).toContain("identity.missing");
  });

  it.each([
    ["of another CA", () => strangers.issue("sensor-7")],
    ["that has ended", () => devices.issue("sensor-7", { endsInMs: -1000 })],
    ["for servers", () => devices.issue("sensor-7", { usage: "server" })],
  ])("refuses a certificate %s, and tells why", async (_what, issue) => {
    const host = await start(byCommonName);
    expect(await shake(host, await issue())).toBe(401);
    expect(await detailOf(host)).toMatch(/identity\.invalid: .*does not vouch/);
  });

  it("refuses a certificate with two common names, of which either could be meant", async () => {
    const host = await start(byCommonName);
    const twice = await devices.issue("", { subject: "CN=admin,CN=sensor-7" });
    expect(await shake(host, twice)).toBe(401);
    expect(await detailOf(host)).toContain("common name");
  });

  it("writes the subject by RFC 4514, whatever stands in its values", async () => {
    const host = await start({ mutualTls: {} });
    const odd = await devices.issue("", { subject: "O=Example,CN=a\\,b \\+ c" });
    expect(await shake(host, odd)).toBe(101);
    expect(await host.seen("open")).toMatchObject({ user: "CN=a\\,b \\+ c,O=Example" });
  });

  it("lets nobody in by a TLS session that was begun without a certificate", async () => {
    const host = await start(byCommonName);
    const { session } = await greet(host);
    expect(await shake(host, { session })).toBe(401);
    expect(await detailOf(host)).toContain("identity.missing");
  });
});

interface Greeted {
  /** What the server gave to resume the TLS session with. */
  readonly session: Buffer | undefined;
  readonly resumed: boolean;
}

/** Connects, and asks for something, so that the server has said all that it says of sessions. */
async function greet({ port }: { readonly port: number }, client: ConnectionOptions = {}): Promise<Greeted> {
  const socket: TLSSocket = connect({ port, servername: "localhost", ca: server.caPem, ...client });
  let session: Buffer | undefined;
  socket.on("session", (given: Buffer) => (session = given));
  await once(socket, "secureConnect");
  socket.write("GET /.sallyport/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await once(socket, "data");
  const resumed = socket.isSessionReused();
  socket.destroy();
  return { session, resumed };
}

describe("a listener that asks for client certificates", () => {
  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "resumes no TLS session of %s: what was verified is verified again (RFC 8446 2.2)",
    async (version) => {
      const client = { ...sensor, minVersion: version, maxVersion: version };
      const host = await startInFront(byCommonName);
      const { session } = await greet(host, client);
      expect(await greet(host, { ...client, session })).toMatchObject({ resumed: false });
      // What others do, and this would do without it.
      const other = await startGateway({ listen: { tls: "development" } });
      const anyone = { ...client, rejectUnauthorized: false };
      const kept = await greet(other, anyone);
      expect(await greet(other, { ...anyone, session: kept.session })).toMatchObject({ resumed: true });
    },
  );

  it("knows the client of an HTTP/2 connection too (RFC 8441)", async () => {
    const host = await startInFront(byCommonName);
    const url = `https://localhost:${host.port}`;
    const known = await connectHttp2(url, { ...sensor });
    const opened = await openHttp2(known, { origin: url });
    expect(opened.answer[":status"]).toBe(200);
    expect(await host.seen("open")).toMatchObject({ user: "sensor-7" });
    const unknown = await connectHttp2(url, { ...(await strangers.issue("sensor-7")) });
    expect(await refusalOf(requestWebSocket(unknown, { origin: url }))).toMatchObject({ status: 401 });
  });
});
