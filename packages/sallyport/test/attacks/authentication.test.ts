import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import type { AttachRouteInput, AttachInput } from "../../src/policy/attach-config.ts";
import { attach } from "../../src/hosts/attach.ts";
import { temporaryDirectory } from "../cli/sallyport-process.ts";
import { connectRaw, openRaw, op, upgradeRequest, type AnswerHead } from "../gateway/raw-client.ts";
import { guardServer, type GuardedServer, type HostName } from "../hosts/guarded-server.ts";
import { skipAhead } from "../skip-ahead.ts";
import { aftermath, describeAttacks, unharmed } from "./attack-suite.ts";
import { forgedTokens } from "./forged-tokens.ts";
import { startTarget, type Target } from "./target.ts";
import {
  AUDIENCE,
  claims,
  ecToken,
  hmacToken,
  inSeconds,
  ISSUER,
  jwk,
  keySet,
  rsaToken,
  segment,
  someSecret,
  startProvider,
  unpublished,
  type Provider,
} from "./token-issuer.ts";

const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });

/** Handshakes of each kind, in turns: the fastest of so many is none that waited for a busy machine. */
const ROUNDS = 40;
const MIB = 1024 * 1024;

interface Guarded {
  readonly provider: Provider;
  readonly target: Target;
  readonly guarded: GuardedServer;
}

async function guard(host: HostName, jwt: object = {}): Promise<Guarded> {
  const [provider, target] = [await startProvider(), startTarget()];
  const routes: readonly AttachRouteInput[] = [
    {
      path: "/",
      identity: { jwt: { issuer: ISSUER, audience: AUDIENCE, jwks: `${provider.url}/jwks.json`, ...jwt } },
      connectionLimit: { handshakesPerAddress: "1000/s" },
    },
  ];
  return { provider, target, guarded: await guardServer(host, target.server, { routes }) };
}

async function knock({ port }: GuardedServer, lines: readonly string[], target = "/"): Promise<AnswerHead> {
  const peer = await connectRaw(port);
  const head = await peer.send(upgradeRequest({ lines, target })).head();
  peer.socket.destroy();
  return head;
}

const bearer = (token: string): string[] => [`Authorization: Bearer ${token}`];
const refusedAs = (head: AnswerHead) => [head.status, head.fields.get("www-authenticate")?.split(" ", 1)[0]];

/** Another character of base64url. */
function flipped(character: string): string {
  return character === "A" ? "B" : "A";
}

describeAttacks("attacks on authentication", ({ host }) => {
  it("A01: no credentials are 401, with what would be one (RFC 9110 15.5.2)", async () => {
    const { guarded, target } = await guard(host);
    expect(refusedAs(await knock(guarded, []))).toEqual([401, "Bearer"]);
    expect(refusedAs(await knock(guarded, ["Authorization: Basic YWRhOmFkYQ=="]))).toEqual([401, "Bearer"]);
    expect(target.arrived).toEqual([]);
    expect(await aftermath(guarded, bearer(rsaToken()))).toEqual(unharmed);
  });

  it.each(forgedTokens)("refuse with 401 %s", async (_name, forge) => {
    const { guarded, target, provider } = await guard(host);
    const token = forge(provider);
    expect(refusedAs(await knock(guarded, bearer(token)))).toEqual([401, "Bearer"]);
    expect(target.arrived).toEqual([]);
    expect(guarded.events.map(({ type }) => type)).toEqual(["handshake"]);
    expect(provider.asked.filter((path) => path !== "/jwks.json")).toEqual([]);
    const secret = token.split(".").filter((part) => part.length > 20);
    expect(secret.filter((part) => JSON.stringify(guarded.events).includes(part))).toEqual([]);
    expect(await aftermath(guarded, bearer(ecToken()))).toEqual(unharmed);
  });

  it("A12: a list of audiences with the right one is accepted", async () => {
    const { guarded } = await guard(host);
    expect(await aftermath(guarded, bearer(rsaToken(claims({ aud: ["billing", AUDIENCE] }))))).toEqual(
      unharmed,
    );
  });

  it("A13: an ID token is no access token where `typ: at+jwt` is written (RFC 9068 4)", async () => {
    const { guarded } = await guard(host, { typ: "at+jwt" });
    expect((await knock(guarded, bearer(rsaToken()))).status).toBe(401);
    expect((await knock(guarded, bearer(rsaToken(claims(), { typ: undefined })))).status).toBe(401);
    expect(await aftermath(guarded, bearer(rsaToken(claims(), { typ: "at+jwt" })))).toEqual(unharmed);
  });

  it("A15: a payload of 64 KB is 431 before it is a token", async () => {
    const { guarded, target } = await guard(host);
    const head = await knock(guarded, bearer(rsaToken(claims({ more: "m".repeat(65_536) }))));
    expect([head.status, target.arrived]).toEqual([431, []]);
    expect(await aftermath(guarded, bearer(rsaToken()))).toEqual(unharmed);
  });

  it("A16: more than one token is 400, however good each is (RFC 6750 2)", async () => {
    const { guarded, target } = await guard(host, { cookie: "sid", unsafeQueryParameter: "token" });
    const [one, two] = [rsaToken(), ecToken()];
    const entry = `Sec-WebSocket-Protocol: sallyport.v1, sallyport.token.${two}`;
    const statuses = [
      await knock(guarded, [...bearer(one), entry]),
      await knock(guarded, bearer(one), `/?token=${two}`),
      await knock(guarded, [...bearer(one), `Cookie: sid=${two}`, `Origin: ${guarded.url}`]),
      await knock(guarded, [...bearer(one), ...bearer(two)]),
      await knock(guarded, [], `/?token=${one}&token=${two}`),
    ].map(({ status }) => status);
    expect([statuses, target.arrived]).toEqual([[400, 400, 400, 400, 400], []]);
    expect(await aftermath(guarded, bearer(one))).toEqual(unharmed);
  });

  it("A20, A21: what is no key set changes nothing: a 500, HTML, 10 MB, a redirection, a secret, a weak key", async () => {
    const answers: readonly ((response: ServerResponse) => void)[] = [
      (response) => response.writeHead(500).end(keySet()),
      (response) => response.end("<html></html>"),
      (response) => response.end(`{"keys":[],"x":"${"x".repeat(10 * 1024 * 1024)}"}`),
      (response) => response.writeHead(302, { Location: "http://127.0.0.1:1/" }).end(),
      (response) =>
        response.end(JSON.stringify({ keys: [{ kty: "oct", k: segment(someSecret), kid: "oct" }] })),
      (response) => response.end(JSON.stringify({ keys: [jwk(weak, { kid: "weak" })] })),
    ];
    for (const respond of answers) {
      const { guarded, provider, target } = await guard(host);
      expect(await aftermath(guarded, bearer(ecToken()))).toEqual(unharmed);
      provider.answer(respond);
      // An unknown key id is what makes the gate look again.
      expect((await knock(guarded, bearer(ecToken(claims(), unpublished, "new")))).status).toBe(503);
      expect((await knock(guarded, bearer(hmacToken(someSecret, { kid: "oct" })))).status).toBe(401);
      expect(provider.asked).toEqual(["/jwks.json", "/jwks.json"]);
      expect(await aftermath(guarded, bearer(rsaToken()))).toEqual(unharmed);
      expect(target.arrived).toHaveLength(2);
    }
  });

  it("A22: a new key is found when a token names it, and the old one stays good", async () => {
    const { guarded, provider } = await guard(host);
    expect(await aftermath(guarded, bearer(ecToken()))).toEqual(unharmed);
    provider.answer((response) => response.end(keySet([jwk(unpublished, { kid: "new", alg: "ES256" })])));
    expect(await aftermath(guarded, bearer(ecToken(claims(), unpublished, "new")))).toEqual(unharmed);
    expect(await aftermath(guarded, bearer(ecToken()))).toEqual(unharmed);
    expect(provider.asked).toHaveLength(2);
  });

  it("A23: a hundred unknown key ids are one look at the provider", async () => {
    const { guarded, provider, target } = await guard(host);
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const token = ecToken(claims(), unpublished, `random-${index}`);
        return (await knock(guarded, bearer(token))).status;
      }),
    );
    expect([new Set(statuses), target.arrived]).toEqual([new Set([401]), []]);
    expect(provider.asked).toEqual(["/jwks.json", "/jwks.json"]);
    expect(await aftermath(guarded, bearer(ecToken()))).toEqual(unharmed);
  });

  it("A25: a connection ends with its token: 4401", async () => {
    const { guarded } = await guard(host);
    const peer = await openRaw(guarded.port, { lines: bearer(ecToken(claims({ exp: inSeconds(20) }))) });
    skipAhead(20_000);
    expect(await peer.readClose()).toMatchObject({ code: 4401 });
    peer.socket.end();
    expect(await aftermath(guarded, bearer(ecToken()))).toEqual(unharmed);
  });

  it("A27: a message is no credential: what follows a handshake without one is never read", async () => {
    const { guarded, target } = await guard(host);
    const peer = await connectRaw(guarded.port);
    peer.send(upgradeRequest()).frame(op.text, JSON.stringify({ token: ecToken(), more: "m".repeat(MIB) }));
    expect((await peer.head()).status).toBe(401);
    await peer.ended();
    expect([target.arrived, target.messages]).toEqual([[], []]);
    expect(await aftermath(guarded, bearer(ecToken()))).toEqual(unharmed);
  });

  it("A28: a token in the query counts where it is asked for, and is in no event", async () => {
    const closedToIt = await guard(host);
    expect((await knock(closedToIt.guarded, [], `/?token=${ecToken()}`)).status).toBe(401);
    const { guarded } = await guard(host, { unsafeQueryParameter: "token" });
    const [good, bad] = [ecToken(), ecToken(claims(), unpublished)];
    expect((await knock(guarded, [], `/?token=${bad}`)).status).toBe(401);
    expect((await knock(guarded, [], `/?token=${good}`)).status).toBe(101);
    await guarded.seen("open");
    const told = JSON.stringify([guarded.events, closedToIt.guarded.events]);
    expect([good, bad].filter((token) => told.includes(token))).toEqual([]);
    expect(await aftermath(guarded, bearer(good))).toEqual(unharmed);
  });

  // Real time, which a busy machine may take from one try.
  it(
    "A29: how much of a signature is right does not show in the time of its refusal (CWE-208)",
    { retry: 2 },
    async () => {
      const secret = Buffer.from(someSecret);
      const file = join(await temporaryDirectory(), "secret");
      await writeFile(file, secret);
      const target = startTarget();
      const jwt = { issuer: ISSUER, audience: AUDIENCE, secretFile: file, algorithms: ["HS256"] };
      const routes = [
        { path: "/", identity: { jwt }, connectionLimit: { handshakesPerAddress: "10000/s" as const } },
      ];
      const guarded = await guardServer(host, target.server, { routes });
      const good = hmacToken(secret);
      const at = good.lastIndexOf(".") + 1;
      const first = good.slice(0, at) + flipped(good.charAt(at)) + good.slice(at + 1);
      // The last character holds two bits that mean nothing.
      const last = good.slice(0, -2) + flipped(good.charAt(good.length - 2)) + good.slice(-1);
      const took: Record<"first" | "last", number[]> = { first: [], last: [] };
      for (let round = 0; round < ROUNDS; round++)
        for (const [which, token] of Object.entries({ first, last }) as ["first" | "last", string][]) {
          const peer = await connectRaw(guarded.port);
          const began = performance.now();
          const { status } = await peer.send(upgradeRequest({ lines: bearer(token) })).head();
          took[which].push(performance.now() - began);
          peer.socket.destroy();
          expect(status).toBe(401);
        }
      const [early, late] = [Math.min(...took.first), Math.min(...took.last)];
      expect(Math.abs(early - late)).toBeLessThan(1 + 0.25 * Math.min(early, late));
      expect(await aftermath(guarded, bearer(good))).toEqual(unharmed);
    },
  );

  it("A30: a cookie is no proof for a foreign page, nor for a caller without an Origin: 403 (CWE-1385)", async () => {
    const { guarded, target } = await guard(host, { cookie: "sid" });
    const cookie = `Cookie: sid=${ecToken()}`;
    for (const origin of [
      "https://evil.example",
      "null",
      `${guarded.url}.evil.example`,
      "http://localhost:1",
    ])
      expect((await knock(guarded, [cookie, `Origin: ${origin}`])).status).toBe(403);
    expect((await knock(guarded, [cookie])).status).toBe(403);
    expect(target.arrived).toEqual([]);
    expect(await aftermath(guarded, [cookie, `Origin: ${guarded.url}`])).toEqual(unharmed);
  });
});

function attachWith(jwt: unknown): Promise<void> {
  const policy = { routes: [{ path: "/", identity: { jwt } }] } as AttachInput;
  return attach(startTarget().server, policy).ready;
}

describe("weak keys", () => {
  it("A06: `none` and HS256 beside public keys stop the start", async () => {
    const jwt = { issuer: ISSUER, audience: AUDIENCE, jwks: "https://id.example.com/jwks.json" };
    await expect(attachWith({ ...jwt, algorithms: ["none"] })).rejects.toThrow("algorithms");
    await expect(attachWith({ ...jwt, algorithms: ["RS256", "HS256"] })).rejects.toThrow("HS*");
  });
});
