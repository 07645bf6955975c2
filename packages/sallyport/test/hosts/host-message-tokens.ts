import { describe, expect, it, vi } from "vitest";
import type { WebSocket } from "ws";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import type { RouteOptions } from "../../src/policy/define-config.ts";
import { bytesOf } from "../gateway/harness.ts";
import { closed, guardServer, nextMessage, openClient, wsApplication } from "./guarded-server.ts";
import type { GuardedServer } from "./guarded-server.ts";
import type { HostOptions } from "./host-suite.ts";
import { createTokens, type TestTokens } from "./test-tokens.ts";

type MessageToken = Partial<Extract<RouteOptions["messageToken"], object>>;

interface Scene {
  readonly guarded: GuardedServer;
  readonly route: AttachRouteInput;
  readonly tokens: TestTokens;
  /** What the application was sent. */
  readonly heard: string[];
  readonly connect: (user: string) => Promise<WebSocket>;
}

/** An application that echoes, behind a route whose messages carry tokens at `/token`. */
async function guardEcho(host: HostOptions["host"], options: MessageToken = {}): Promise<Scene> {
  const heard: string[] = [];
  const { server } = wsApplication((socket) => {
    socket.on("message", (data, isBinary) => {
      heard.push(bytesOf(data).toString());
      socket.send(data, { binary: isBinary });
    });
  });
  const tokens = await createTokens();
  const messageToken = { pointer: "/token", ...options };
  const route = { path: "/", identity: tokens.identity, messageToken };
  const guarded = await guardServer(host, server, { routes: [route] });
  const connect = async (user: string): Promise<WebSocket> =>
    openClient(guarded.wsUrl, { headers: { authorization: `Bearer ${await tokens.sign(user)}` } });
  return { guarded, route, tokens, heard, connect };
}

function denials({ events }: GuardedServer): readonly (readonly [string, string, string])[] {
  return events.flatMap((event) =>
    event.type === "decision" ? [[event.verdict, event.code, event.detail] as const] : [],
  );
}

const said = (token: string, say: string | number): string => JSON.stringify({ token, say });

/** Another token of a user: what differs is nobody's business. */
let serial = 0;
const another = ({ tokens }: Scene, user: string): Promise<string> =>
  tokens.sign(user, undefined, { jti: `token-${serial++}` });

/** Messages that carry their own tokens, or the id of their session. */
export function describeMessageTokens({ host }: HostOptions): void {
  describe("tokens in messages", () => {
    it("let messages pass byte for byte that carry one of the connection's own user, in their order", async () => {
      const here = await guardEcho(host);
      const client = await here.connect("ada");
      const sent: string[] = [];
      for (let nth = 0; nth < 20; nth++) sent.push(said(await another(here, "ada"), nth));
      for (const message of sent) client.send(message);
      await vi.waitUntil(() => here.heard.length === sent.length, { timeout: 10_000 });
      expect(here.heard).toEqual(sent);
      expect(denials(here.guarded)).toEqual([]);
    });

    it("let a message in fragments wait for its token as well, and the ping behind it", async () => {
      const here = await guardEcho(host);
      const client = await here.connect("ada");
      const [first, second] = [said(await another(here, "ada"), 1), said(await another(here, "ada"), 2)];
      const pong = new Promise((resolve) => client.once("pong", (data) => resolve(data.toString())));
      client.send(first.slice(0, 20), { fin: false });
      client.send(first.slice(20), { fin: true });
      client.ping("p");
      client.send(second);
      await vi.waitUntil(() => here.heard.length === 2, { timeout: 10_000 });
      expect([await pong, here.heard]).toEqual(["p", [first, second]]);
    });

    it("are taken out of what goes on, and nothing else is", async () => {
      const here = await guardEcho(host, { strip: true });
      const client = await here.connect("ada");
      client.send(`{ "token":"${await another(here, "ada")}", "n":1.0,"e":"\\u00e9" }`);
      expect((await nextMessage(client)).data.toString()).toBe('{ "n":1.0,"e":"\\u00e9" }');
      expect(denials(here.guarded)).toEqual([]);
    });

    it.each<[string, (scene: Scene) => Promise<string | Buffer>, number, string]>([
      ["none", () => Promise.resolve('{"say":"hi"}'), 4401, "messageToken.missing"],
      [
        "one in a binary message",
        async (at) => Buffer.from(said(await another(at, "ada"), 1)),
        4401,
        "messageToken.missing",
      ],
      [
        "a forged one",
        async (at) => said(`${await another(at, "ada")}AAAA`, 1),
        4401,
        "messageToken.invalid",
      ],
      [
        "one that has ended",
        async ({ tokens }) => said(await tokens.sign("ada", 1_000_000_000), 1),
        4401,
        "messageToken.invalid",
      ],
      ["another user's", async (at) => said(await another(at, "bob"), 1), 4503, "messageToken.other-user"],
    ])(
      "close the connection on a message with %s: neither it nor what is behind it is heard",
      async (_what, make, close, code) => {
        const here = await guardEcho(host);
        const client = await here.connect("ada");
        const [good, bad, behind] = [
          said(await another(here, "ada"), 0),
          await make(here),
          said(await another(here, "ada"), 2),
        ];
        client.send(good);
        client.send(bad);
        client.send(behind);
        expect(await closed(client)).toEqual({ code: close, reason: expect.stringMatching(/^sallyport:/) });
        expect(here.heard).toEqual([good]);
        expect(denials(here.guarded).map(([verdict, found]) => [verdict, found])).toEqual([["close", code]]);
        const events = JSON.stringify(here.guarded.events);
        for (const secret of String(bad).match(/[\w-]{20,}/g) ?? []) expect(events).not.toContain(secret);
      },
    );

    it("do not hold once they are revoked, though the connection goes on with another", async () => {
      const here = await guardEcho(host);
      const client = await here.connect("ada");
      const [first, second] = [
        said(await here.tokens.sign("ada", undefined, { jti: "first" }), 1),
        said(await another(here, "ada"), 2),
      ];
      client.send(first);
      await nextMessage(client);
      here.guarded.revoke({ tokenId: "first" });
      client.send(second);
      await nextMessage(client);
      client.send(first);
      expect((await closed(client)).code).toBe(4401);
      expect(here.heard).toEqual([first, second]);
    });

    it("may be the id of the connection's own session", async () => {
      const here = await guardEcho(host, { expect: "session" });
      const client = await here.connect("ada");
      const { session } = await here.guarded.seen("open");
      client.send(said(session, 1));
      expect((await nextMessage(client)).data.toString()).toBe(said(session, 1));
      const other = await here.connect("ada");
      other.send(said(session, 2));
      expect((await closed(other)).code).toBe(4401);
      expect(here.heard).toEqual([said(session, 1)]);
    });

    it("may be what a claim of the connection's own proof says", async () => {
      const here = await guardEcho(host, { expect: { claim: "room" } });
      const client = await here.connect("ada");
      client.send(said("attic", 1));
      await nextMessage(client);
      client.send(said("vault", 2));
      expect((await closed(client)).code).toBe(4401);
      expect(here.heard).toEqual([said("attic", 1)]);
    });

    it("only record in observe mode", async () => {
      const here = await guardEcho(host, { mode: "observe", strip: true });
      const client = await here.connect("ada");
      for (const message of [
        said(await another(here, "bob"), 1),
        "{}",
        said(await another(here, "ada"), 2),
      ]) {
        client.send(message);
        expect((await nextMessage(client)).data.toString()).toBe(message);
      }
      expect(denials(here.guarded).map(([verdict, code]) => [verdict, code])).toEqual([
        ["observe", "messageToken.other-user"],
        ["observe", "messageToken.missing"],
      ]);
    });

    it("are asked for by a reload of connections that are open", async () => {
      const here = await guardEcho(host, { mode: "observe" });
      const client = await here.connect("ada");
      client.send("{}");
      await nextMessage(client);
      const enforced = { ...here.route, messageToken: { pointer: "/token" } };
      expect(await here.guarded.reload([enforced])).toMatchObject({ kept: 1, closed: 0 });
      const message = said(await another(here, "ada"), 1);
      client.send(message);
      await nextMessage(client);
      client.send("{}");
      expect((await closed(client)).code).toBe(4401);
      expect(here.heard).toEqual(["{}", message]);
    });
  });
}
