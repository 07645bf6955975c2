import { once } from "node:events";
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from "jose";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "../../../../examples/shared/loopback.ts";
import { skipAhead } from "../skip-ahead.ts";
import { portOf, startApplication, startGateway, startRawServer, type TestGateway } from "./harness.ts";
import { acceptRaw, connectRaw, openRaw, upgradeRequest, type AnswerHead } from "./raw-client.ts";

const issuer = "https://id.example";

interface Provider {
  readonly url: string;
  token(life?: number): Promise<string>;
}

async function startProvider(
  port = 0,
  key?: { publicKey: CryptoKey; privateKey: CryptoKey },
): Promise<Provider> {
  const { publicKey, privateKey } = key ?? (await generateKeyPair("ES256"));
  const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256", use: "sig" };
  const server = createServer((_incoming, response) => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${portOf(server.address())}/jwks.json`,
    token: async (life = 600) =>
      await new SignJWT({})
        .setProtectedHeader({ alg: "ES256", kid: "k1" })
        .setIssuer(issuer)
        .setAudience("chat")
        .setSubject("ada")
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + life)
        .sign(privateKey),
  };
}

async function startGuarded(jwks: string, extra: object = {}, upstream?: string): Promise<TestGateway> {
  const application = upstream ?? (await startApplication()).url;
  const identity = { jwt: { issuer, audience: "chat", jwks, ...extra } };
  return await startGateway({ routes: [{ path: "/", upstream: application, identity }] });
}

async function knock(gate: TestGateway, lines: readonly string[]): Promise<AnswerHead> {
  return await (await connectRaw(gate.port)).send(upgradeRequest({ lines })).head();
}

describe("identity by jwt", () => {
  it("admits a token in Authorization and tells who it is; without one or with a bad one it is 401", async () => {
    const provider = await startProvider();
    const gate = await startGuarded(provider.url);
    expect((await knock(gate, [`Authorization: Bearer ${await provider.token()}`])).status).toBe(101);
    expect(await gate.seen("open")).toMatchObject({ user: "ada" });
    for (const lines of [
      [],
      ["Authorization: Bearer abc.def.ghi"],
      [`Authorization: Bearer ${await provider.token(-60)}`],
    ]) {
      const head = await knock(gate, lines);
      expect([head.status, head.fields.get("www-authenticate")?.startsWith("Bearer")]).toEqual([401, true]);
    }
    expect(JSON.stringify(gate.events)).not.toContain(await provider.token());
  });

  it("takes a token from a subprotocol entry, which neither goes on nor comes back", async () => {
    const provider = await startProvider();
    const token = await provider.token();
    const got = Promise.withResolvers<string>();
    const raw = await startRawServer(
      (socket) => void acceptRaw(socket).then(({ request }) => got.resolve(request)),
    );
    const gate = await startGuarded(provider.url, {}, raw.url);
    const head = await knock(gate, [
      `Sec-WebSocket-Protocol: chat.v1, sallyport.v1, sallyport.token.${token}`,
    ]);
    expect([head.status, head.fields.get("sec-websocket-protocol")]).toEqual([101, "sallyport.v1"]);
    expect(head.text + (await got.promise)).not.toContain(token);
    expect((await got.promise).toLowerCase()).toContain("sec-websocket-protocol: chat.v1\r\n");
    expect((await knock(gate, [`Sec-WebSocket-Protocol: sallyport.token.${token}`])).status).toBe(400);
  });

  it("takes a token from a cookie with an allowed Origin only (CWE-1385)", async () => {
    const provider = await startProvider();
    const gate = await startGuarded(provider.url, { cookie: "sid" });
    const cookie = `Cookie: sid=${await provider.token()}`;
    expect((await knock(gate, [cookie, `Origin: ${gate.url}`])).status).toBe(101);
    expect((await knock(gate, [cookie])).status).toBe(403);
    expect((await knock(gate, [cookie, "Origin: http://evil.example"])).status).toBe(403);
    expect(
      (await knock(gate, [cookie, `Authorization: Bearer ${await provider.token()}`, `Origin: ${gate.url}`]))
        .status,
    ).toBe(400);
  });

  it("closes with 4401 when the token ends", async () => {
    const provider = await startProvider();
    const gate = await startGuarded(provider.url);
    const peer = await openRaw(gate.port, { lines: [`Authorization: Bearer ${await provider.token(20)}`] });
    skipAhead(20_000);
    expect(await peer.readClose()).toMatchObject({
      code: 4401,
      reason: expect.stringMatching(/^sallyport:/),
    });
  });

  it("is not ready while the keys cannot be loaded, refuses with 503, and recovers by itself", async () => {
    const key = await generateKeyPair("ES256");
    const port = await freePort(0);
    const gate = await startGuarded(`http://127.0.0.1:${port}/jwks.json`);
    const ready = async (): Promise<number> => (await fetch(`${gate.url}/.sallyport/ready`)).status;
    expect(await ready()).toBe(503);
    const refused = await knock(gate, ["Authorization: Bearer eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.e30.AAAA"]);
    expect([refused.status, refused.fields.has("retry-after")]).toEqual([503, true]);
    const provider = await startProvider(port, key);
    await expect.poll(ready).toBe(200);
    expect((await knock(gate, [`Authorization: Bearer ${await provider.token()}`])).status).toBe(101);
  });
});
