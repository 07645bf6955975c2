import { describe, expect, it, vi } from "vitest";
import type { WebSocket } from "ws";
import { bytesOf } from "../gateway/harness.ts";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import type { RouteOptions } from "../../src/policy/define-config.ts";
import { closed, guardServer, nextMessage, openClient, wsApplication } from "./guarded-server.ts";
import type { GuardedServer } from "./guarded-server.ts";
import type { HostOptions } from "./host-suite.ts";
import { createTokens } from "./test-tokens.ts";

type Permission = Extract<RouteOptions["permission"], object>;

const permission: Permission = {
  otherwise: "allow",
  rules: [
    { name: "no bob", allow: 'identity.user != "bob"' },
    {
      name: "own room",
      when: 'has(message.type) && message.type == "join"',
      allow: "message.room == identity.claims.room",
    },
    { name: "no secrets", allow: "!has(message.secret)", direction: "outbound" },
  ],
};

/** An application that echoes what it is sent, and keeps it. */
async function guardEcho(
  host: HostOptions["host"],
  options: Permission = permission,
): Promise<{
  guarded: GuardedServer;
  route: AttachRouteInput;
  heard: string[];
  /** The codes that the application saw its connections close with. */
  ends: number[];
  connect: (user: string) => Promise<WebSocket>;
}> {
  const heard: string[] = [];
  const ends: number[] = [];
  const { server } = wsApplication((socket) => {
    socket.on("close", (code) => ends.push(code));
    socket.on("message", (data, isBinary) => {
      heard.push(bytesOf(data).toString());
      socket.send(data, { binary: isBinary });
    });
  });
  const tokens = await createTokens();
  const route = { path: "/", identity: tokens.identity, permission: options };
  const guarded = await guardServer(host, server, { routes: [route] });
  const connect = async (user: string): Promise<WebSocket> =>
    openClient(guarded.wsUrl, { headers: { authorization: `Bearer ${await tokens.sign(user)}` } });
  return { guarded, route, heard, ends, connect };
}

function denials({ events }: GuardedServer): readonly (readonly [string, string, string])[] {
  return events.flatMap((event) =>
    event.type === "handshake" || event.type === "decision"
      ? [[event.verdict, event.code, event.detail] as const]
      : [],
  );
}

/** What rules let each user do, at the handshake and afterwards, in both directions. */
export function describePermissions({ host }: HostOptions): void {
  describe("permissions", () => {
    it("let in whom the rules let in, and answer others 403", async () => {
      const { guarded, connect } = await guardEcho(host);
      await connect("ann");
      await expect(connect("bob")).rejects.toThrow("status 403");
      expect(denials(guarded)).toEqual([
        ["refuse", "permission.connect", 'rule 1 "no bob": `allow` is false'],
      ]);
    });

    it("carry what is allowed, and close with 4503 on what is not: the application never sees it", async () => {
      const { guarded, heard, connect } = await guardEcho(host);
      const client = await connect("ann");
      client.send('{"type":"join","room":"attic"}');
      expect((await nextMessage(client)).data.toString()).toBe('{"type":"join","room":"attic"}');
      client.send('{"type":"join","room":"vault"}');
      const end = await closed(client);
      expect(end).toEqual({ code: 4503, reason: expect.stringMatching(/^sallyport:/) });
      expect(heard).toEqual(['{"type":"join","room":"attic"}']);
      expect(denials(guarded)).toEqual([
        ["close", "permission.message", 'rule 2 "own room": `allow` is false'],
      ]);
    });

    it("hold for what the application says, too: it is told 4503, and the client never sees it", async () => {
      const { guarded, heard, ends, connect } = await guardEcho(host);
      const client = await connect("ann");
      const seen: string[] = [];
      client.on("message", (data) => seen.push(bytesOf(data).toString()));
      client.send('{"secret":"hunter2"}');
      expect((await closed(client)).code).toBe(1001);
      await vi.waitUntil(() => ends.length > 0, { timeout: 10_000 });
      expect(ends).toEqual([4503]);
      expect([heard, seen]).toEqual([['{"secret":"hunter2"}'], []]);
      expect(denials(guarded)).toEqual([
        ["close", "permission.message", 'rule 3 "no secrets": `allow` is false'],
      ]);
      expect(JSON.stringify(guarded.events)).not.toContain("hunter2");
    });

    it.each([
      ["text that is not JSON", Buffer.from("join vault"), false, "permission.unreadable"],
      [
        "JSON in a binary message",
        Buffer.from('{"type":"join","room":"vault"}'),
        true,
        "permission.unreadable",
      ],
      ["a field of another type", Buffer.from('{"type":"join"}'), false, "permission.undecided"],
      [
        "lists inside lists",
        Buffer.from(`{"type":${"[".repeat(9000)}${"]".repeat(9000)}}`),
        false,
        "permission.undecided",
      ],
    ])("close on %s (fail closed)", async (_what, data, binary, code) => {
      const { guarded, heard, connect } = await guardEcho(host);
      const client = await connect("ann");
      client.send(data, { binary });
      expect((await closed(client)).code).toBe(4503);
      expect(heard).toEqual([]);
      expect(denials(guarded).map(([, found]) => found)).toEqual([code]);
    });

    it("reach open connections by a reload: it closes exactly whom the new rules refuse, and others send by them", async () => {
      const { guarded, route, connect } = await guardEcho(host);
      const [ann, carol] = [await connect("ann"), await connect("carol")];
      const rules = [
        { name: "no carol", allow: 'identity.user != "carol"' },
        { name: "only pings", allow: 'message.type == "ping"' },
      ];
      const end = closed(carol);
      expect(await guarded.reload([{ ...route, permission: { otherwise: "deny", rules } }])).toMatchObject({
        kept: 1,
        closed: 1,
      });
      expect((await end).code).toBe(4503);
      ann.send('{"type":"ping"}');
      expect((await nextMessage(ann)).data.toString()).toBe('{"type":"ping"}');
      ann.send('{"type":"join","room":"attic"}');
      expect((await closed(ann)).code).toBe(4503);
      expect(denials(guarded).map(([, , detail]) => detail)).toEqual([
        'after a reload: rule 1 "no carol": `allow` is false',
        'rule 2 "only pings": `allow` is false',
      ]);
    });

    it("only record in observe mode", async () => {
      const { guarded, connect } = await guardEcho(host, { ...permission, mode: "observe" });
      const client = await connect("bob");
      client.send('{"type":"join","room":"vault"}');
      expect((await nextMessage(client)).data.toString()).toBe('{"type":"join","room":"vault"}');
      expect(denials(guarded).map(([verdict, code]) => [verdict, code])).toEqual([
        ["observe", "permission.connect"],
        ["observe", "permission.message"],
      ]);
    });
  });
}
