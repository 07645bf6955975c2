import { describe, expect, it } from "vitest";
import { startApplication, startGateway, startRawServer } from "./harness.ts";
import { acceptRaw, connectRaw, openRaw, op, upgradeRequest } from "./raw-client.ts";

const many = { connectionLimit: { perAddress: 1000, handshakesPerAddress: "10000/s" } };

describe("a drain", () => {
  it("tells 200 connections 1012 in batches, takes no new ones, and ends", async () => {
    const application = await startApplication();
    const gate = await startGateway({ upstream: application.url, route: many });
    const peers = await Promise.all(Array.from({ length: 200 }, () => openRaw(gate.port)));
    const began = performance.now();
    const drained = gate.gateway.drain({ batch: 50, pauseMs: 100, withinMs: 5000 });
    await expect(connectRaw(gate.port)).rejects.toThrow("ECONNREFUSED");
    const closes = await Promise.all(
      peers.map(async (peer) => {
        const { code, reason } = await peer.readClose();
        peer.close(code).socket.end();
        return { code, ours: reason.startsWith("sallyport:"), at: performance.now() - began };
      }),
    );
    await drained;
    expect(new Set(closes.map(({ code, ours }) => `${code} ${ours}`))).toEqual(new Set(["1012 true"]));
    expect(Math.max(...closes.map(({ at }) => at))).toBeGreaterThan(140);
    expect(gate.gateway.gate.sessions.size).toBe(0);
  });

  it("refuses a handshake that is on its way with 503, and lets its upstream go", async () => {
    const arrived = Promise.withResolvers<() => void>();
    const upstream = await startRawServer((socket) => {
      void new Promise<void>((resolve) => arrived.resolve(resolve)).then(() => acceptRaw(socket));
    });
    const gate = await startGateway({ upstream: upstream.url });
    const peer = (await connectRaw(gate.port)).send(upgradeRequest());
    const answer = await arrived.promise;
    const drained = gate.close();
    answer();
    expect((await peer.head()).status).toBe(503);
    await drained;
    expect(gate.gateway.gate.sessions.size).toBe(0);
  });

  it("ends connections whose peers do not answer, when its time is over", async () => {
    const upstream = await startRawServer((socket) => void acceptRaw(socket));
    const gate = await startGateway({ upstream: upstream.url });
    const peer = await openRaw(gate.port);
    await gate.gateway.drain({ batch: 10, pauseMs: 0, withinMs: 300 });
    expect(await peer.readClose()).toMatchObject({ code: 1012 });
    await peer.ended();
  });
});

describe("another policy", () => {
  it("holds for new connections; the open ones go on", async () => {
    const [first, second] = [
      await startApplication(),
      await startApplication((socket) => socket.send("second")),
    ];
    const gate = await startGateway({ upstream: first.url });
    const old = await openRaw(gate.port);
    await gate.gateway.setPolicy(
      await gate.compile({ upstream: second.url, route: { origin: { allow: ["https://app.example.com"] } } }),
    );
    old.frame(op.text, "still first");
    expect((await old.readFrame()).payload.toString()).toBe("still first");
    const fresh = await openRaw(gate.port, { lines: ["Origin: https://app.example.com"] });
    expect((await fresh.readFrame()).payload.toString()).toBe("second");
    const refused = await (
      await connectRaw(gate.port)
    )
      .send(upgradeRequest({ lines: [`Origin: ${gate.url}`] }))
      .head();
    expect(refused.status).toBe(403);
  });

  it("counts what an earlier one admitted against its limits", async () => {
    const application = await startApplication();
    const gate = await startGateway({
      upstream: application.url,
      route: { connectionLimit: { perAddress: 1 } },
    });
    await openRaw(gate.port);
    await gate.gateway.setPolicy(
      await gate.compile({ upstream: application.url, route: { connectionLimit: { perAddress: 1 } } }),
    );
    expect((await (await connectRaw(gate.port)).send(upgradeRequest()).head()).status).toBe(429);
  });
});

describe("a ban", () => {
  it("closes the open connections of its address with 4529, and refuses new ones with 403", async () => {
    const application = await startApplication();
    const gate = await startGateway({ upstream: application.url });
    const peer = await openRaw(gate.port);
    gate.bans.add("127.0.0.0/8", { reason: "test", until: null });
    expect(gate.gateway.closeBanned(gate.bans)).toBe(1);
    expect(await peer.readClose()).toMatchObject({ code: 4529 });
    expect((await (await connectRaw(gate.port)).send(upgradeRequest()).head()).status).toBe(403);
    gate.bans.remove("127.0.0.0/8");
    expect(await openRaw(gate.port)).toBeDefined();
  });
});
