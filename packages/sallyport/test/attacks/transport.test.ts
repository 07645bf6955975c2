import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { launcher, startProgram } from "../cli/sallyport-process.ts";
import { portOf, startApplication, startGateway, type TestGateway } from "../gateway/harness.ts";
import { connectRaw, openRaw, op, RawPeer, upgradeRequest } from "../gateway/raw-client.ts";
import { guardServer, openRoute } from "../hosts/guarded-server.ts";
import { aftermath, describeAttacks, unharmed } from "./attack-suite.ts";
import { HEAD_WITHIN_MS, startTarget } from "./target.ts";

const DRIP_MS = 50;

/** Sends a request byte by byte until the other side has enough; answers how many it was sent by then. */
async function drip(socket: Socket, bytes: Buffer): Promise<number> {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.writable && at < bytes.length) socket.write(bytes.subarray(at, ++at));
  }, DRIP_MS);
  await new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
    socket.once("end", () => resolve());
  });
  clearInterval(timer);
  socket.destroy();
  return at;
}

describeAttacks("attacks on the transport", ({ host }) => {
  it("G19: a head that comes byte by byte is 408 when its time is over (CWE-400)", async () => {
    const target = startTarget(undefined, HEAD_WITHIN_MS);
    const routes = [{ ...openRoute, connectionLimit: { authenticateWithin: `${HEAD_WITHIN_MS}ms` } }];
    const guarded = await guardServer(host, target.server, { routes });
    const peer = await connectRaw(guarded.port);
    const head = peer.head();
    // All of it would take half a minute.
    const bytes = Buffer.from(upgradeRequest({ lines: [`X-Long: ${"x".repeat(500)}`] }));
    const sent = drip(peer.socket, bytes);
    expect((await head).status).toBe(408);
    expect(await sent).toBeLessThan(bytes.length);
    expect(target.arrived).toEqual([]);
    expect(await aftermath(guarded)).toEqual(unharmed);
  });
});

async function startSecure(route: Readonly<Record<string, unknown>> = {}): Promise<TestGateway> {
  const application = await startApplication();
  return await startGateway({
    upstream: application.url,
    listen: { tls: "development", http2: false },
    route,
  });
}

/** Connects to a gate by TLS, whatever its certificate. */
async function connectSecurely(port: number, options: object = {}): Promise<TLSSocket> {
  const socket = connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

// `attach` leaves TLS and the sockets to the server that it is attached to.
describe("attacks on the listener of the gateway", () => {
  it("G19: a TLS handshake that does not go on ends when its time is over", async () => {
    const gate = await startSecure({ connectionLimit: { authenticateWithin: "1s" } });
    const hello = await clientHello();
    const half = connect({ host: "127.0.0.1", port: gate.port });
    onTestFinished(() => void half.destroy());
    half.on("error", () => undefined).write(hello.subarray(0, hello.length - 10));
    const slow = connect({ host: "127.0.0.1", port: gate.port });
    slow.on("error", () => undefined);
    // However it ends: `once` would fail at a reset.
    const closed = new Promise((resolve) => half.once("close", resolve));
    const [, sent] = await Promise.all([closed, drip(slow, hello)]);
    expect(sent).toBeLessThan(hello.length);
    const peer = await openRaw(gate.port, {}, { rejectUnauthorized: false });
    expect((await peer.frame(op.text, "next").readFrame()).payload.toString()).toBe("next");
  });

  it("G20: when files run out new connections fail, the open ones live, and the gate goes on when there are some again", async () => {
    const application = await startApplication();
    const flags = `run --listen 127.0.0.1:0 --to ${application.url} --tls off --origin http://app.example.com --identity anonymous`;
    const gate = startProgram(
      ["-c", `ulimit -n 120; exec "$0" "$@"`, process.execPath, launcher, ...flags.split(" ")],
      {
        node: "/bin/sh",
      },
    );
    const port = Number((await gate.says(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
    const old = await openRaw(port);
    const idle = Array.from({ length: 200 }, () => connect({ host: "127.0.0.1", port }));
    for (const socket of idle) socket.on("error", () => undefined);
    onTestFinished(() => idle.forEach((socket) => socket.destroy()));
    await vi.waitUntil(() => idle.some((socket) => socket.closed), { timeout: 10_000 });
    expect((await old.frame(op.text, "still here").readFrame()).payload.toString()).toBe("still here");
    for (const socket of idle) socket.destroy();
    await vi.waitUntil(() => serves(port), { timeout: 10_000, interval: 200 });
    expect(gate.child.exitCode).toBeNull();
    expect((await old.frame(op.text, "and on").readFrame()).payload.toString()).toBe("and on");
  });

  it("G21: the name in SNI decides nothing: a Host that the gate does not serve is 421 (RFC 9110 7.4)", async () => {
    const gate = await startSecure({ host: "app.example.com" });
    const ask = async (servername: string, host: string): Promise<number> => {
      const socket = await connectSecurely(gate.port, { servername });
      return (await new RawPeer(socket).send(upgradeRequest({ fields: { Host: host } })).head()).status;
    };
    expect(await ask("app.example.com", "evil.example")).toBe(421);
    expect(await ask("evil.example", "evil.example")).toBe(421);
    expect(await ask("evil.example", "app.example.com")).toBe(101);
  });

  it("G21: a client cannot renegotiate, nor send early data that could be replayed (RFC 5746, RFC 8446 8)", async () => {
    const gate = await startSecure();
    const old = await connectSecurely(gate.port, { maxVersion: "TLSv1.2" });
    const renegotiated = await new Promise<string>((resolve) => {
      old.once("error", (error) => resolve(error.message));
      old.once("close", () => resolve("closed"));
      old.renegotiate({ rejectUnauthorized: false }, (error) =>
        resolve(error === null ? "done" : error.message),
      );
    });
    expect(renegotiated).not.toBe("done");
    const fresh = await connectSecurely(gate.port, { minVersion: "TLSv1.3" });
    const [session] = (await once(fresh, "session")) as [Buffer];
    // Node puts a name before what OpenSSL makes of a session: a sequence of more than 255 bytes.
    const tags = tagsOf(session.subarray(session.indexOf(Buffer.from("3082", "hex"))));
    expect(tags.length).toBeGreaterThan(6);
    expect(tags).not.toContain(MAX_EARLY_DATA);
  });
});

/** The field of OpenSSL's session with the size of early data that a server takes: absent where it takes none. */
const MAX_EARLY_DATA = 0xaf;

/** The tags in the outermost sequence of some DER. */
function tagsOf(der: Buffer): number[] {
  const tags: number[] = [];
  let at = 2 + lengthBytes(der, 1);
  while (at < der.length) {
    tags.push(der.readUInt8(at));
    const extra = lengthBytes(der, at + 1);
    const length = extra === 0 ? der.readUInt8(at + 1) : der.readUIntBE(at + 2, extra);
    at += 2 + extra + length;
  }
  return tags;
}

function lengthBytes(der: Buffer, at: number): number {
  const first = der.readUInt8(at);
  return first < 0x80 ? 0 : first & 0x7f;
}

/** The first bytes of a TLS client. */
async function clientHello(): Promise<Buffer> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connectTls({ host: "127.0.0.1", port: portOf(server.address()) });
  client.on("error", () => undefined);
  const [socket] = (await once(server, "connection")) as [Socket];
  const [hello] = (await once(socket, "data")) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

async function serves(port: number): Promise<boolean> {
  try {
    const peer = await openRaw(port);
    peer.socket.destroy();
    return true;
  } catch {
    return false;
  }
}
