import { once } from "node:events";
import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { portOf, startApplication, startGateway } from "./harness.ts";
import { connectRaw, openRaw, op, upgradeRequest } from "./raw-client.ts";

describe("a storm of connections", () => {
  it("that are reset before, during and after the handshake leaves nothing behind (CVE-2022-41940)", async () => {
    const application = await startApplication();
    const gate = await startGateway({
      upstream: application.url,
      route: { connectionLimit: { perAddress: 40, handshakesPerAddress: "10000/s" } },
    });
    const request = upgradeRequest();
    const attack = async (index: number): Promise<void> => {
      const peer = await connectRaw(gate.port);
      const kind = index % 6;
      if (kind === 0) peer.send(request.slice(0, 60));
      if (kind === 1) peer.send(request);
      if (kind === 2) await peer.send(request).head();
      if (kind === 3) await peer.send(upgradeRequest({ target: "/../x" })).head();
      if (kind === 4) {
        await peer.send(request).head();
        peer.frame(op.text, "half", false).send("\x80");
      }
      if (kind === 5) peer.send(request).socket.end();
      await new Promise(setImmediate);
      peer.socket.resetAndDestroy();
    };
    for (let round = 0; round < 20; round++)
      await Promise.all(Array.from({ length: 15 }, (_, index) => attack(round * 15 + index)));
    const { sessions } = gate.gateway.gate;
    await expect.poll(() => sessions.size).toBe(0);
    const opened = gate.events.filter(({ type }) => type === "open").length;
    const closed = gate.events.filter(({ type }) => type === "closed").length;
    expect(opened).toBeGreaterThan(100);
    expect(closed).toBe(opened);
    const all = await Promise.all(Array.from({ length: 40 }, () => openRaw(gate.port)));
    expect(all).toHaveLength(40);
    const refused = await (await connectRaw(gate.port)).send(request).head();
    expect(refused.status).toBe(429);
  });

  it("does not reach a plain answer that is still to come: an upgrade pipelined behind it is refused", async () => {
    const server = createServer((incoming, response) =>
      setTimeout(() => response.end(`page ${incoming.url}`), 200),
    );
    const sockets = new WebSocketServer({ server });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const gate = await startGateway({
      upstream: `ws://127.0.0.1:${portOf(server.address())}`,
      route: { http: "forward" },
    });
    const peer = await connectRaw(gate.port);
    peer.send(`GET /page HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n${upgradeRequest()}`);
    await peer.ended();
    for (const client of sockets.clients) client.terminate();
    server.closeAllConnections();
    server.close();
    expect(peer.waiting.toString("latin1")).not.toContain("101 Switching");
    expect(gate.events.map(({ type }) => type)).toEqual(["handshake"]);
  });
});
