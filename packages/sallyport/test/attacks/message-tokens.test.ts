import type { ServerResponse } from "node:http";
import { expect, it, vi } from "vitest";
import { openRaw, op, type RawPeer } from "../gateway/raw-client.ts";
import { guardServer, type GuardedServer, type HostName } from "../hosts/guarded-server.ts";
import { describeAttacks, sessionsLeft } from "./attack-suite.ts";
import { forgedTokens } from "./forged-tokens.ts";
import { startTarget, type Target } from "./target.ts";
import { AUDIENCE, claims, ecToken, ISSUER, keySet, startProvider, type Provider } from "./token-issuer.ts";

const bearer = (user: string): string => `Authorization: Bearer ${ecToken(claims({ sub: user }))}`;
const good = (user = "ada"): string => ecToken(claims({ sub: user, jti: String(serial++) }));
const said = (token: unknown): string => JSON.stringify({ token });
let serial = 0;

interface Scene {
  readonly guarded: GuardedServer;
  readonly target: Target;
  readonly provider: Provider;
  readonly open: (user?: string) => Promise<RawPeer>;
}

async function guard(host: HostName): Promise<Scene> {
  const [provider, target] = [await startProvider(), startTarget()];
  const identity = { jwt: { issuer: ISSUER, audience: AUDIENCE, jwks: `${provider.url}/jwks.json` } };
  const messageToken = { pointer: "/token" };
  const guarded = await guardServer(host, target.server, {
    routes: [{ path: "/", identity, messageToken }],
  });
  const open = (user = "ada"): Promise<RawPeer> => openRaw(guarded.port, { lines: [bearer(user)] });
  return { provider, target, guarded, open };
}

/** The code that a message is answered with by a Close, where it ends the connection. */
async function closeOf(
  here: Scene,
  ...frames: readonly (readonly [number, string | Uint8Array])[]
): Promise<number> {
  const peer = await here.open();
  for (const [opcode, payload] of frames) peer.frame(opcode, payload);
  const { code } = await peer.readClose();
  peer.socket.destroy();
  return code;
}

describeAttacks("attacks on tokens in messages", ({ host }) => {
  it("no forged or stale token passes in a message either: 4401, and the application hears nothing", async () => {
    const here = await guard(host);
    const codes = new Map<string, number>();
    for (const [name, forge] of forgedTokens) {
      const code = await closeOf(here, [op.text, said(forge(here.provider))]);
      if (code !== 4401) codes.set(name, code);
    }
    expect(forgedTokens.length).toBeGreaterThan(50);
    expect([...codes]).toEqual([]);
    expect(here.target.messages).toEqual([]);
    expect(here.provider.asked.filter((path) => path !== "/jwks.json")).toEqual([]);
  });

  it("another user's good token is 4503, whoever sends it (confused deputy, CWE-441)", async () => {
    const here = await guard(host);
    expect(await closeOf(here, [op.text, said(good("mallory"))])).toBe(4503);
    expect(here.target.messages).toEqual([]);
  });

  it.each<[string, () => readonly [number, string | Uint8Array]]>([
    ["a second token beside the good one (RFC 8259 4)", () => [op.text, `{"token":"${good()}","token":"x"}`]],
    ["a second token with an escaped name", () => [op.text, `{"token":"${good()}","tok\\u0065n":"x"}`]],
    ["a good token below another name", () => [op.text, `{"data":{"token":"${good()}"}}`]],
    ["a good token in a list", () => [op.text, `[{"token":"${good()}"}]`]],
    ["a list of tokens", () => [op.text, said([good()])]],
    ["a good token in the prototype", () => [op.text, `{"__proto__":{"token":"${good()}"}}`]],
    ["a good token in a binary message", () => [op.binary, said(good())]],
    ["a good token behind a byte order mark", () => [op.text, `\uFEFF${said(good())}`]],
    ["a good token in JSON with a comment", () => [op.text, `/**/${said(good())}`]],
    ["a good token twice in the message", () => [op.text, `${said(good())}${said(good())}`]],
    ["a good token with a space behind it", () => [op.text, said(`${good()} `)]],
    ["a scheme before the good token", () => [op.text, said(`Bearer ${good()}`)]],
    ["a token of 512 KB", () => [op.text, said("A".repeat(512 * 1024))]],
    ["100,000 brackets", () => [op.text, `{"token":${"[".repeat(100_000)}${"]".repeat(100_000)}}`]],
    ["no message at all", () => [op.text, ""]],
  ])("%s is 4401", async (_what, frame) => {
    const here = await guard(host);
    expect(await closeOf(here, frame())).toBe(4401);
    expect(here.target.messages).toEqual([]);
  });

  it("good messages behind a bad one in the same write are lost with it", async () => {
    const here = await guard(host);
    const frames = [good(), "forged", good(), good()].map((token) => [op.text, said(token)] as const);
    expect(await closeOf(here, ...frames)).toBe(4401);
    expect(here.target.messages).toHaveLength(1);
  });

  it("a key that is looked for holds up nobody but who named it, and a peer that goes meanwhile leaves nothing", async () => {
    const here = await guard(host);
    const waiting: ServerResponse[] = [];
    here.provider.answer((response) => void waiting.push(response));
    const [slow, gone, other] = [await here.open(), await here.open(), await here.open("bob")];
    const unknown = said(ecToken(claims(), undefined, "unknown"));
    slow.frame(op.text, unknown).frame(op.text, said(good()));
    gone.frame(op.text, unknown);
    await vi.waitUntil(() => waiting.length > 0, { timeout: 10_000 });
    other.frame(op.text, said(good("bob")));
    expect((await other.readFrame()).payload.toString()).toContain("token");
    gone.socket.destroy();
    expect(here.target.messages).toHaveLength(1);
    for (const response of waiting) response.end(keySet());
    expect((await slow.readClose()).code).toBe(4401);
    expect(here.target.messages).toHaveLength(1);
    for (const { socket } of [slow, other]) socket.destroy();
    expect(await sessionsLeft(here.guarded)).toBe(0);
    const next = await here.open();
    expect((await next.frame(op.text, said(good())).readFrame()).opcode).toBe(op.text);
    next.socket.destroy();
  });

  it("keys that cannot be had within five seconds are 1013, which tells a client to come back later", async () => {
    const here = await guard(host);
    here.provider.answer(() => undefined);
    expect(await closeOf(here, [op.text, said(ecToken(claims(), undefined, "unknown"))])).toBe(1013);
    expect(here.target.messages).toEqual([]);
  });
});
