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

/** A client that answers every ping, whatever the test does meanwhile. */
interface LiveClient {
  /** Sends a message of its own. Answers whether that comes back, and not the end. */
  readonly isOpen: (text: string) => Promise<boolean>;
  /** The code of the Close. */
  readonly closed: Promise<number>;
}

function liveClient(peer: RawPeer): LiveClient {
  const echoes = new Map<string, () => void>();
  const closed = (async () => {
    for (;;) {
      const { opcode, payload } = await peer.readFrame();
      if (opcode === op.close) return payload.readUInt16BE(0);
      if (opcode === op.ping) peer.frame(op.pong, payload);
      else echoes.get(payload.toString())?.();
    }
  })();
  const isOpen = async (text: string): Promise<boolean> => {
    const echoed = new Promise<boolean>((resolve) => echoes.set(text, () => resolve(true)));
    peer.frame(op.text, text);
    return await Promise.race([echoed, closed.then(() => false)]);
  };
  return { isOpen, closed };
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
      const clients = peers.map(liveClient);
      const now = Date.now;
      vi.spyOn(Date, "now").mockImplementation(() => now() + hours * HOUR_MS);
      await new Promise((resolve) => setTimeout(resolve, 900));
      expect(await Promise.all(clients.map(({ isOpen }) => isOpen("ahead")))).toEqual([true, true]);
      // Ended by then, or not issued yet.
      expect(await knock(guarded, fresh)).toBe(401);
      expect(await knock(guarded, ecToken(claims({ iat: inSeconds(0), exp: inSeconds(600) })))).toBe(101);
      vi.restoreAllMocks();
      expect(await Promise.all(clients.map(({ isOpen }) => isOpen("back")))).toEqual([true, true]);
      expect(await knock(guarded, fresh)).toBe(101);
      for (const peer of peers) peer.close();
      expect(await Promise.all(clients.map(({ closed }) => closed))).toEqual([1000, 1000]);
      for (const { socket } of peers) socket.end();
      expect(await aftermath(guarded)).toEqual(unharmed);
    },
  );
});
