import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { WebSocket } from "ws";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import type { RouteOptions } from "../../src/policy/define-config.ts";
import { bytesOf } from "../gateway/harness.ts";
import { closed, guardServer, nextMessage, openClient, wsApplication } from "./guarded-server.ts";
import type { GuardedServer } from "./guarded-server.ts";
import type { HostOptions } from "./host-suite.ts";

type MessageSchema = Extract<RouteOptions["messageSchema"], object>;

const contract = join(import.meta.dirname, "../contract");
const asyncapi = join(contract, "asyncapi.yaml");

interface Scene {
  readonly guarded: GuardedServer;
  readonly route: AttachRouteInput;
  /** What the application was sent. */
  readonly heard: string[];
  /** The codes that the application saw its connections close with. */
  readonly ends: number[];
  readonly connect: () => Promise<WebSocket>;
}

/** An application that answers what it is told to say, behind a contract. */
async function guardChat(
  host: HostOptions["host"],
  messageSchema: MessageSchema = { asyncapi },
): Promise<Scene> {
  const [heard, ends]: [string[], number[]] = [[], []];
  const { server } = wsApplication((socket) => {
    socket.on("close", (code) => ends.push(code));
    socket.on("message", (data) => {
      const text = bytesOf(data).toString();
      heard.push(text);
      const { type, text: said }: { type?: string; text?: string } = JSON.parse(text);
      if (type === "say") socket.send(said === "fail" ? '{"type":"stack","at":"db.ts"}' : answer);
    });
  });
  const route = { path: "/chat", identity: "anonymous", messageSchema } as const;
  const guarded = await guardServer(host, server, { routes: [route] });
  return { guarded, route, heard, ends, connect: () => openClient(`${guarded.wsUrl}/chat`) };
}

const answer = '{"type":"said", "room":"attic","from":"ann","text":"hello"}';

function denials({ events }: GuardedServer): readonly (readonly [string, string, string])[] {
  return events.flatMap((event) =>
    event.type === "decision" ? [[event.verdict, event.code, event.detail] as const] : [],
  );
}

/** What contracts let pass, in both directions. */
export function describeSchemas({ host }: HostOptions): void {
  describe("contracts", () => {
    it("let pass what is in them, byte for byte, both ways", async () => {
      const { guarded, heard, connect } = await guardChat(host);
      const client = await connect();
      client.send('{ "type":"join","room":"attic" }');
      client.send('{"type":"say","text":"\\u0068ello"}');
      expect((await nextMessage(client)).data.toString()).toBe(answer);
      expect(heard).toEqual(['{ "type":"join","room":"attic" }', '{"type":"say","text":"\\u0068ello"}']);
      expect(denials(guarded)).toEqual([]);
    });

    it.each([
      [
        "a member too many",
        '{"type":"say","text":"hunter2","admin":true}',
        "mismatch",
        'say: "": #/components/messages/say/payload/additionalProperties, found object',
      ],
      [
        "a wrong type",
        '{"type":"join","room":["attic"]}',
        "mismatch",
        'join: "/room": #/components/schemas/room/type, found array',
      ],
      [
        "a pattern",
        '{"type":"join","room":"hunter2"}',
        "mismatch",
        'join: "/room": #/components/schemas/room/pattern, found string',
      ],
      ["another message", '{"type":"kick","user":"hunter2"}', "unlisted", 'by "/type" it is none of 2'],
      ["what is no JSON", "hunter2", "unreadable", "a text message that is not JSON, of 7 bytes"],
    ])(
      "close with 4522 on %s: the application never sees it, and no record tells it",
      async (_what, text, code, detail) => {
        const { guarded, heard, connect } = await guardChat(host);
        const client = await connect();
        client.send(text);
        expect(await closed(client)).toEqual({ code: 4522, reason: expect.stringMatching(/^sallyport:/) });
        expect(heard).toEqual([]);
        expect(denials(guarded)).toEqual([["close", `messageSchema.${code}`, detail]]);
        expect(JSON.stringify(guarded.events)).not.toContain("hunter2");
      },
    );

    it("refuse a binary message, whatever stands in it", async () => {
      const { heard, connect } = await guardChat(host);
      const client = await connect();
      client.send(Buffer.from('{"type":"join","room":"attic"}'), { binary: true });
      expect((await closed(client)).code).toBe(4522);
      expect(heard).toEqual([]);
    });

    it("hold for the application too: it is told 4522, and the client never sees what it said", async () => {
      const { guarded, ends, connect } = await guardChat(host);
      const client = await connect();
      const seen: string[] = [];
      client.on("message", (data) => seen.push(bytesOf(data).toString()));
      client.send('{"type":"say","text":"fail"}');
      expect((await closed(client)).code).toBe(1001);
      await vi.waitUntil(() => ends.length > 0, { timeout: 10_000 });
      expect([ends, seen]).toEqual([[4522], []]);
      expect(denials(guarded)).toEqual([
        [
          "close",
          "messageSchema.mismatch",
          'said: "": #/components/messages/said/payload/required, found object',
        ],
      ]);
    });

    it("end a message that would take too long to check, and no other connection waits for it", async () => {
      const { heard, connect } = await guardChat(host, {
        inbound: join(import.meta.dirname, "two-ways.schema.json"),
      });
      const [hostile, other] = [await connect(), await connect()];
      hostile.send(`${'{"a":'.repeat(40)}{}${',"kind":"z"}'.repeat(40)}`);
      other.send('{"kind":"x"}');
      expect((await closed(hostile)).code).toBe(4522);
      await vi.waitUntil(() => heard.length > 0, { timeout: 10_000 });
      expect(heard).toEqual(['{"kind":"x"}']);
    });

    it("only record in observe mode", async () => {
      const { guarded, heard, connect } = await guardChat(host, { mode: "observe", asyncapi });
      const client = await connect();
      client.send('{"type":"kick"}');
      await vi.waitUntil(() => heard.length > 0, { timeout: 10_000 });
      expect(denials(guarded).map(([verdict, code]) => [verdict, code])).toEqual([
        ["observe", "messageSchema.unlisted"],
      ]);
    });

    it("reach open connections by a reload", async () => {
      const { guarded, route, heard, connect } = await guardChat(host, { mode: "observe", asyncapi });
      const client = await connect();
      client.send('{"type":"kick"}');
      await vi.waitUntil(() => heard.length > 0, { timeout: 10_000 });
      expect(await guarded.reload([{ ...route, messageSchema: { asyncapi } }])).toMatchObject({
        kept: 1,
        closed: 0,
      });
      client.send('{"type":"join","room":"attic"}');
      await vi.waitUntil(() => heard.length > 1, { timeout: 10_000 });
      client.send('{"type":"kick"}');
      expect((await closed(client)).code).toBe(4522);
    });
  });
}
