import { expect, it } from "vitest";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import { connectRaw, openRaw, op, upgradeRequest, type RawPeer } from "../gateway/raw-client.ts";
import { guardServer, type GuardedServer, type HostName } from "../hosts/guarded-server.ts";
import { aftermath, describeAttacks, unharmed } from "./attack-suite.ts";
import { startTarget, type Target } from "./target.ts";
import { AUDIENCE, claims, ecToken, ISSUER, startProvider } from "./token-issuer.ts";

const PAGE = "https://app.example.com";
const TICKET_LIVES_MS = 1000;

const bearer = (user: string): string => `Authorization: Bearer ${ecToken(claims({ sub: user }))}`;

async function guard(host: HostName): Promise<{ guarded: GuardedServer; target: Target }> {
  const [provider, target] = [await startProvider(), startTarget()];
  const route = {
    identity: { jwt: { issuer: ISSUER, audience: AUDIENCE, jwks: `${provider.url}/jwks.json` } },
    origin: { allow: [PAGE] },
  };
  const routes: readonly AttachRouteInput[] = [
    { path: "/", ...route },
    { path: "/other", ...route },
    { path: "/brief", ...route, ticket: { life: `${TICKET_LIVES_MS}ms` } },
    {
      path: "/crew",
      ...route,
      permission: {
        otherwise: "deny",
        rules: [{ when: 'identity.user == "ada"', allow: 'request.path == "/crew"' }],
      },
    },
  ];
  return { target, guarded: await guardServer(host, target.server, { routes }) };
}

async function ticketFor({ url }: GuardedServer, route = "/"): Promise<string> {
  const [name = "", value = ""] = bearer("ada").split(": ");
  const response = await fetch(`${url}/.sallyport/ticket`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Sallyport-Request": "1", Origin: PAGE, [name]: value },
    body: JSON.stringify({ route }),
  });
  return ((await response.json()) as { readonly ticket: string }).ticket;
}

async function redeem(
  { port }: GuardedServer,
  ticket: string,
  { target = "/", page = PAGE }: { readonly target?: string; readonly page?: string } = {},
): Promise<{ readonly status: number; readonly peer: RawPeer }> {
  const lines = [`Origin: ${page}`, `Sec-WebSocket-Protocol: sallyport.v1, sallyport.ticket.${ticket}`];
  const peer = await connectRaw(port);
  return { peer, status: (await peer.send(upgradeRequest({ target, lines })).head()).status };
}

describeAttacks("attacks on rights", ({ host }) => {
  it("A02: who is known and may not is 403 (RFC 9110 15.5.4)", async () => {
    const { guarded, target } = await guard(host);
    const knock = async (user: string): Promise<number> => {
      const peer = await connectRaw(guarded.port);
      const head = await peer.send(upgradeRequest({ target: "/crew", lines: [bearer(user)] })).head();
      peer.socket.destroy();
      return head.status;
    };
    expect([await knock("mallory"), target.arrived.length]).toEqual([403, 0]);
    expect(await knock("ada")).toBe(101);
    expect(await aftermath(guarded, [bearer("mallory")])).toEqual(unharmed);
  });

  it("A17: one ticket on fifty sockets at once opens one connection (ASVS 4.4.3)", async () => {
    const { guarded, target } = await guard(host);
    const ticket = await ticketFor(guarded);
    const tries = await Promise.all(Array.from({ length: 50 }, () => redeem(guarded, ticket)));
    const statuses = tries.map(({ status }) => status).toSorted((one, two) => one - two);
    expect(statuses).toEqual([101, ...Array<number>(49).fill(403)]);
    expect(target.sockets.clients.size).toBe(1);
    for (const { peer } of tries) peer.socket.destroy();
    expect(await aftermath(guarded, [bearer("ada")])).toEqual(unharmed);
    expect((await redeem(guarded, ticket)).status).toBe(403);
  });

  it("A18: a ticket that is too old, or comes from another page, is 403 (ASVS 4.4.4)", async () => {
    const { guarded, target } = await guard(host);
    const old = await ticketFor(guarded, "/brief");
    await new Promise((resolve) => setTimeout(resolve, TICKET_LIVES_MS + 100));
    expect((await redeem(guarded, old, { target: "/brief" })).status).toBe(403);
    const stolen = await ticketFor(guarded);
    expect((await redeem(guarded, stolen, { page: "https://evil.example" })).status).toBe(403);
    expect((await redeem(guarded, "A".repeat(stolen.length))).status).toBe(403);
    expect(target.arrived).toEqual([]);
    expect(await aftermath(guarded, [bearer("ada")])).toEqual(unharmed);
  });

  it("A19: a ticket for one route opens no other", async () => {
    const { guarded, target } = await guard(host);
    expect((await redeem(guarded, await ticketFor(guarded, "/"), { target: "/other" })).status).toBe(403);
    expect((await redeem(guarded, await ticketFor(guarded, "/other"), { target: "/" })).status).toBe(403);
    expect(target.arrived).toEqual([]);
    const right = await redeem(guarded, await ticketFor(guarded, "/other"), { target: "/other" });
    expect(right.status).toBe(101);
    right.peer.socket.destroy();
    expect(await aftermath(guarded, [bearer("ada")])).toEqual(unharmed);
  });

  // Real time, which a busy machine may take from one try.
  it(
    "A26: who is revoked loses every open connection within a second, and gets no new one",
    { retry: 2 },
    async () => {
      const { guarded } = await guard(host);
      const [one, two, other] = [
        await openRaw(guarded.port, { lines: [bearer("mallory")] }),
        await openRaw(guarded.port, { lines: [bearer("mallory")] }),
        await openRaw(guarded.port, { lines: [bearer("ada")] }),
      ];
      const began = performance.now();
      guarded.revoke({ user: "mallory" });
      const closes = await Promise.all([one.readClose(), two.readClose()]);
      expect(closes.map(({ code }) => code)).toEqual([4540, 4540]);
      expect(performance.now() - began).toBeLessThan(1000);
      const again = await connectRaw(guarded.port);
      expect((await again.send(upgradeRequest({ lines: [bearer("mallory")] })).head()).status).toBe(401);
      expect((await other.frame(op.text, "not me").readFrame()).payload.toString()).toBe("not me");
      for (const { socket } of [one, two, other]) socket.destroy();
      expect(await aftermath(guarded, [bearer("ada")])).toEqual(unharmed);
    },
  );
});
