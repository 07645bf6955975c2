import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { startApplication, startGateway, type TestGateway } from "./harness.ts";
import { connectHttp2, openHttp2 } from "./http2-client.ts";
import { connectRaw, op, RawPeer, upgradeRequest } from "./raw-client.ts";

const LINE = "PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\r\n";
const BINARY = Buffer.from(
  "0d0a0d0a000d0a515549540a2111000cc0000207c633640190400 1bb".replace(" ", ""),
  "hex",
);
const LOCAL = Buffer.from("0d0a0d0a000d0a515549540a20000000", "hex");

async function start(listen: Record<string, unknown> = {}, route = {}): Promise<TestGateway> {
  const application = await startApplication((socket) => {
    socket.on("message", (data) => socket.send(data, { binary: false }));
  });
  return await startGateway({
    upstream: application.url,
    route: { origin: { unsafeAllowMissing: true }, ...route },
    listen: { proxyProtocol: true, trustedProxies: ["127.0.0.1"], ...listen },
  });
}

async function echoed(peer: RawPeer): Promise<string> {
  return (await peer.frame(op.text, "hello").readFrame()).payload.toString();
}

describe("proxyProtocol", () => {
  it.each([
    ["version 1", Buffer.from(LINE)],
    ["version 2", BINARY],
  ])("takes the client's address from a header of %s", async (_, header) => {
    const gate = await start();
    const peer = await connectRaw(gate.port);
    const head = await peer.send(Buffer.concat([header, Buffer.from(upgradeRequest())])).head();
    expect(head.status).toBe(101);
    expect(await echoed(peer)).toBe("hello");
    expect(await gate.seen("open")).toMatchObject({ address: "192.0.2.7" });
  });

  it("reads a header that comes byte by byte, and a request that comes later", async () => {
    const gate = await start();
    const peer = await connectRaw(gate.port);
    peer.socket.setNoDelay(true);
    for (const byte of BINARY) {
      peer.send(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    peer.send(upgradeRequest());
    expect((await peer.head()).status).toBe(101);
    expect(await echoed(peer)).toBe("hello");
    expect(await gate.seen("open")).toMatchObject({ address: "192.0.2.7" });
  });

  it("stands before TLS, whose handshake may come in the same segment", async () => {
    const gate = await start({ tls: "development" });
    const socket = connect({ host: "127.0.0.1", port: gate.port });
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    socket.cork();
    socket.write(LINE);
    const secure = connectTls({ socket, servername: "localhost", rejectUnauthorized: false });
    secure.on("error", () => undefined);
    process.nextTick(() => socket.uncork());
    await once(secure, "secureConnect");
    const peer = new RawPeer(secure);
    expect((await peer.send(upgradeRequest()).head()).status).toBe(101);
    expect(await echoed(peer)).toBe("hello");
    expect(await gate.seen("open")).toMatchObject({ address: "192.0.2.7" });
  });

  it("stands before HTTP/2, too", async () => {
    const gate = await start({ tls: "development" });
    const socket = connect({ host: "127.0.0.1", port: gate.port });
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    socket.write(LINE);
    const secure = connectTls({ socket, ALPNProtocols: ["h2"], rejectUnauthorized: false });
    const session = await connectHttp2(gate.url, { createConnection: () => secure });
    const { peer } = await openHttp2(session, { origin: null });
    expect(await echoed(peer)).toBe("hello");
    expect(await gate.seen("open")).toMatchObject({ address: "192.0.2.7" });
  });

  it("lets the guards see whom the header names", async () => {
    const gate = await start({}, { firewall: { deny: ["192.0.2.0/24"] } });
    const peer = await connectRaw(gate.port);
    expect((await peer.send(LINE + upgradeRequest()).head()).status).toBe(403);
    expect(await gate.seen("handshake")).toMatchObject({ code: "firewall.denied", address: "192.0.2.7" });
  });

  it("does not believe a forwarding header of the client behind the proxy", async () => {
    const gate = await start();
    const request = upgradeRequest({ lines: ["X-Forwarded-For: 203.0.113.9"] });
    const peer = await connectRaw(gate.port);
    expect((await peer.send(LINE + request).head()).status).toBe(101);
    expect(await gate.seen("open")).toMatchObject({ address: "192.0.2.7" });
  });

  it("takes the proxy itself for the client, and believes no forwarding header, where the header names nobody", async () => {
    const gate = await start();
    const request = upgradeRequest({ lines: ["X-Forwarded-For: 203.0.113.9"] });
    for (const header of [LOCAL, Buffer.from("PROXY UNKNOWN\r\n")]) {
      const peer = await connectRaw(gate.port);
      expect((await peer.send(Buffer.concat([header, Buffer.from(request)])).head()).status).toBe(101);
    }
    const opened = gate.events.filter(({ type }) => type === "open");
    expect(opened).toMatchObject([{ address: "127.0.0.1" }, { address: "127.0.0.1" }]);
  });

  it("ends the connection of a trusted proxy that sends no header, and says why in the log", async () => {
    const gate = await start();
    const peer = await connectRaw(gate.port);
    await peer.send(upgradeRequest()).ended();
    expect(peer.waiting).toHaveLength(0);
    expect(await gate.seen("handshake")).toMatchObject({
      code: "proxyProtocol.malformed",
      address: "127.0.0.1",
    });
  });

  it("ends a connection whose header breaks off", async () => {
    const gate = await start();
    const peer = await connectRaw(gate.port);
    peer.socket.end("PROXY TCP4 192.0");
    await peer.ended();
    expect(await gate.seen("handshake")).toMatchObject({
      code: "proxyProtocol.malformed",
      detail: "it ended after 16 bytes",
    });
  });

  it("says nothing of a health check that only connects, and serves the next one", async () => {
    const gate = await start();
    const check = await connectRaw(gate.port);
    check.socket.end();
    await check.ended();
    const peer = await connectRaw(gate.port);
    expect((await peer.send(LINE + upgradeRequest()).head()).status).toBe(101);
    expect(gate.events.filter(({ type }) => type === "handshake")).toEqual([]);
  });

  it("ends a connection that keeps its header back for five seconds", async () => {
    const gate = await start();
    const peer = await connectRaw(gate.port);
    await peer.send("PROXY TCP4").ended();
    expect(await gate.seen("handshake")).toMatchObject({ code: "proxyProtocol.too-slow" });
  });

  it("does not hold a drain for a connection that has said nothing", async () => {
    const gate = await start();
    const peer = await connectRaw(gate.port);
    peer.send("PROXY");
    const first = await connectRaw(gate.port);
    await first.send(LINE + upgradeRequest()).head();
    await gate.close();
    expect(await peer.ended()).toBeDefined();
  });

  it("serves whoever is no trusted proxy without a header, and refuses one of them", async () => {
    const gate = await start({ trustedProxies: ["10.0.0.0/8"] });
    const direct = await connectRaw(gate.port);
    expect((await direct.send(upgradeRequest()).head()).status).toBe(101);
    const liar = await connectRaw(gate.port);
    expect((await liar.send(LINE + upgradeRequest()).head()).status).toBe(400);
    const binary = await connectRaw(gate.port);
    expect((await binary.send(BINARY).head()).status).toBe(400);
    expect(gate.events.filter(({ type }) => type === "open")).toMatchObject([{ address: "127.0.0.1" }]);
  });

  it("refuses a header on a listener without it, also from a trusted proxy", async () => {
    const gate = await start({ proxyProtocol: false });
    const peer = await connectRaw(gate.port);
    expect((await peer.send(LINE + upgradeRequest()).head()).status).toBe(400);
  });
});
