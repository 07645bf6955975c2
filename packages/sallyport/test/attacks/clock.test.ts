import { afterEach, expect, it, vi } from "vitest";
import { openRaw, op, connectRaw, upgradeRequest, type RawPeer } from "../gateway/raw-client.ts";
import { guardServer, openRoute, type GuardedServer, type HostName } from "../hosts/guarded-server.ts";
import { aftermath, describeAttacks, unharmed } from "./attack-suite.ts";
import { startTarget } from "./target.ts";
import { AUDIENCE, claims, ecToken, inSeconds, ISSUER, startProvider } from "./token-issuer.ts";

const HOUR_MS = 3_600_000;

async function guardBoth(host: HostName): Promise<GuardedServer> {
  const [provider, target] = [await startProvider(), startTarget()];
  const heartbeat = { interval: "300ms", missed: 2 };
  const jwt = { issuer: ISSUER, audience: AUDIENCE, jwks: `${provider.url}/jwks.json` };
  const routes = [
    { ...openRoute, heartbeat },
    { path: "/known", identity: { jwt }, heartbeat },
  ];
  return await guardServer(host, target.server, { routes });
}

const knock = async ({ port }: GuardedServer, token: string): Promise<number> => {
  const peer = await connectRaw(port);
  const lines = [`Authorization: Bearer ${token}`];
  const { status } = await peer.send(upgradeRequest({ target: "/known", lines })).head();
  peer.socket.destroy();
  return status;
};

/** Answers pings for a while, and then expects its own message back. */
async function staysOpen(peer: RawPeer, forMs: number): Promise<boolean> {
  const until = performance.now() + forMs;
  let asked = false;
  for (;;) {
    if (!asked && performance.now() > until) peer.frame(op.text, "open");
    asked ||= performance.now() > until;
    const { opcode, payload } = await peer.readFrame();
    if (opcode === op.ping) peer.frame(op.pong, payload);
    else return opcode === op.text && payload.toString() === "open";
  }
}

describeAttacks("a clock that jumps", ({ host }) => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([1, -1])(
    "A24: by %i h ends no connection and no limit; tokens are judged by what it says",
    async (hours) => {
      const guarded = await guardBoth(host);
      const token = ecToken(claims({ exp: inSeconds(600) }));
      // One that was found to be good before stays so while it lasts.
      const fresh = ecToken(claims({ sub: "grace", exp: inSeconds(600) }));
      const peers = [
        await openRaw(guarded.port),
        await openRaw(guarded.port, { target: "/known", lines: [`Authorization: Bearer ${token}`] }),
      ];
      const now = Date.now;
      vi.spyOn(Date, "now").mockImplementation(() => now() + hours * HOUR_MS);
      expect(await Promise.all(peers.map((peer) => staysOpen(peer, 900)))).toEqual([true, true]);
      // Ended by then, or not issued yet.
      expect(await knock(guarded, fresh)).toBe(401);
      expect(await knock(guarded, ecToken(claims({ iat: inSeconds(0), exp: inSeconds(600) })))).toBe(101);
      vi.restoreAllMocks();
      expect(await Promise.all(peers.map((peer) => staysOpen(peer, 0)))).toEqual([true, true]);
      expect(await knock(guarded, fresh)).toBe(101);
      for (const peer of peers) peer.close();
      await Promise.all(peers.map((peer) => peer.readClose()));
      for (const { socket } of peers) socket.end();
      expect(await aftermath(guarded)).toEqual(unharmed);
    },
  );
});
