import { once } from "node:events";
import { describe, expect, it, vi } from "vitest";
import type { WebSocket } from "ws";
import { CLOSE_WITHIN_MS } from "../../src/session/session-options.ts";
import { connectRaw, upgradeRequest } from "../gateway/raw-client.ts";
import { skipAhead } from "../skip-ahead.ts";
import { closed, guardServer, openClient, openRoute, wsApplication } from "./guarded-server.ts";
import type { HostOptions } from "./host-suite.ts";
import { createTokens } from "./test-tokens.ts";

const MIB = 1024 * 1024;
/** What two loopback connections keep in the kernel at most, and the gate's own bound. */
const MAX_ELSEWHERE_BYTES = 32 * MIB;

/** Resolves with the only connection that the application has. */
function only(sockets: ReadonlySet<WebSocket>): WebSocket {
  const [socket] = sockets;
  if (socket === undefined) throw new Error("not connected");
  return socket;
}

/** Resolves with a number once it has not changed for some looks. */
async function settled(read: () => number): Promise<number> {
  let [last, same] = [Number.NaN, 0];
  await vi.waitUntil(
    () => {
      const now = read();
      same = now === last ? same + 1 : 0;
      last = now;
      return same >= 6;
    },
    { timeout: 10_000, interval: 50 },
  );
  return last;
}

/** How connections last and end by themselves: slow peers, time, shut-down. */
export function describeLives({ host, answersWhileDraining, keepsItsOwnQueue }: HostOptions): void {
  describe("lives", () => {
    it.runIf(keepsItsOwnQueue)(
      "lets the application see that its client does not read, holds little itself, and loses nothing (only on hosts in front of a queue)",
      async () => {
        const { server, sockets } = wsApplication();
        const guarded = await guardServer(host, server);
        const client = await openClient(guarded.wsUrl);
        client.pause();
        const socket = only(sockets.clients);
        const message = Buffer.alloc(64 * 1024);
        for (let sent = 0; sent < 64 * MIB; sent += message.length) {
          message.writeUInt32BE(sent);
          socket.send(Buffer.from(message));
        }
        const waiting = await settled(() => socket.bufferedAmount);
        expect(waiting).toBeGreaterThan(64 * MIB - MAX_ELSEWHERE_BYTES);
        let received = 0;
        client.on("message", (data: Buffer) => {
          if (data.readUInt32BE() === received) received += data.length;
        });
        client.resume();
        await vi.waitUntil(() => received === 64 * MIB, { timeout: 45_000 });
        expect(socket.bufferedAmount).toBe(0);
      },
    );

    it("lets the client see that the application does not read", async () => {
      const { server, sockets } = wsApplication(() => undefined);
      const routes = [{ ...openRoute, messageRate: "off" as const }];
      const guarded = await guardServer(host, server, { routes });
      const client = await openClient(guarded.wsUrl);
      const socket = only(sockets.clients);
      socket.pause();
      const message = Buffer.alloc(64 * 1024);
      for (let sent = 0; sent < 64 * MIB; sent += message.length) client.send(message);
      const waiting = await settled(() => client.bufferedAmount);
      expect(waiting).toBeGreaterThan(64 * MIB - MAX_ELSEWHERE_BYTES);
      let received = 0;
      socket.on("message", (data: Buffer) => (received += data.length));
      socket.resume();
      await vi.waitUntil(() => received === 64 * MIB, { timeout: 45_000 });
    });

    it.runIf(keepsItsOwnQueue)(
      "ends a client that never reads: 1013 after `slowConsumer.after` (only on hosts in front of a queue)",
      async () => {
        const { server, sockets } = wsApplication();
        const routes = [{ ...openRoute, slowConsumer: { after: "300ms" } }];
        const guarded = await guardServer(host, server, { routes });
        const client = await openClient(guarded.wsUrl);
        client.pause();
        const socket = only(sockets.clients);
        const atApplication = closed(socket);
        for (let sent = 0; sent < 32 * MIB; sent += MIB) socket.send(Buffer.alloc(MIB));
        expect(await guarded.seen("decision")).toMatchObject({
          code: "slowConsumer.after",
          verdict: "close",
        });
        // It has no longer for that than for any answer to a Close.
        skipAhead(CLOSE_WITHIN_MS);
        await atApplication;
        await vi.waitUntil(() => guarded.connections() === 0, { timeout: 10_000 });
        expect(await guarded.seen("closed")).toMatchObject({ closedBy: "gate", closeCode: 1013 });
      },
    );

    it("ends a connection with its token: 4401", async () => {
      const tokens = await createTokens();
      const { server } = wsApplication();
      const guarded = await guardServer(host, server, { routes: [{ path: "/", identity: tokens.identity }] });
      const open = async (user: string, lifeS: number): ReturnType<typeof openClient> => {
        const token = await tokens.sign(user, Math.floor(Date.now() / 1000) + lifeS);
        return await openClient(guarded.wsUrl, { headers: { authorization: `Bearer ${token}` } });
      };
      const [client, other] = [await open("ada", 20), await open("eve", 600)];
      const end = closed(client);
      skipAhead(20_000);
      const { code, reason } = await end;
      const decision = await guarded.seen("decision");
      expect([code, reason, decision.code]).toEqual([4401, `sallyport:${decision.incident}`, "expiry.token"]);
      expect(other.readyState).toBe(other.OPEN);
    });

    it("ends a client that answers no ping", async () => {
      const { server } = wsApplication();
      const routes = [{ ...openRoute, heartbeat: { interval: "100ms", missed: 1 } }];
      const guarded = await guardServer(host, server, { routes });
      const peer = await connectRaw(guarded.port);
      await peer.send(upgradeRequest()).head();
      await peer.readClose();
      expect(await guarded.seen("decision")).toMatchObject({ code: "heartbeat.missed" });
    });

    it(`drains: every connection is told 1012, and new ones are ${answersWhileDraining ? "refused with 503" : "not accepted"}`, async () => {
      const { server, sockets } = wsApplication();
      const guarded = await guardServer(host, server);
      const clients = await Promise.all(Array.from({ length: 5 }, () => openClient(guarded.wsUrl)));
      const atApplication = [...sockets.clients].map((socket) => once(socket, "close"));
      const ends = clients.map((client) => closed(client));
      const drained = guarded.drain();
      for (const { code, reason } of await Promise.all(ends)) {
        expect(code).toBe(1012);
        expect(reason).toMatch(/^sallyport:/);
      }
      await Promise.all(atApplication);
      await drained;
      expect(guarded.connections()).toBe(0);
      const again = openClient(guarded.wsUrl);
      await expect(again).rejects.toThrow(answersWhileDraining ? "status 503" : "ECONNREFUSED");
    });
  });
}
