import { describe, expect, it, vi } from "vitest";
import type { RouteOptions } from "../../src/policy/define-config.ts";
import { bytesOf } from "../gateway/harness.ts";
import {
  closed,
  guardServer,
  nextMessage,
  openClient,
  wsApplication,
  type GuardedServer,
} from "./guarded-server.ts";
import type { HostOptions } from "./host-suite.ts";

type Leak = Extract<RouteOptions["leak"], object>;

const card = "4111 1111 1111 1111";
const hidden = "**** **** **** 1111";

/** An application that sends what it is sent, in two fragments where that is asked for. */
async function guardEcho(host: HostOptions["host"], leak: Leak): Promise<GuardedServer> {
  const { server } = wsApplication((socket) => {
    socket.on("message", (data, binary) => {
      const text = bytesOf(data).toString();
      if (!text.startsWith("split ")) return socket.send(data, { binary });
      socket.send(text.slice(6, 20), { fin: false });
      socket.send(text.slice(20), { fin: true });
    });
  });
  return await guardServer(host, server, { routes: [{ path: "/", identity: "anonymous", leak }] });
}

function told({ events }: GuardedServer): readonly (readonly [string, string, string])[] {
  return events.flatMap((event) =>
    event.type === "decision" ? [[event.verdict, event.code, event.detail] as const] : [],
  );
}

/** What must not leave, and what is told of it, through a whole host. */
export function describeLeaks({ host }: HostOptions): void {
  describe("leak", () => {
    it("hides values in what the application sends, whole or in fragments, and in a dialect's text", async () => {
      const guarded = await guardEcho(host, { action: "redact" });
      const client = await openClient(guarded.wsUrl);
      for (const [sent, got] of [
        [`{"card":"${card}"}`, `{"card":"${hidden}"}`],
        [`split {"card":"${card}"}`, `{"card":"${hidden}"}`],
        [`42["paid",{"card":"${card}"}]`, `42["paid",{"card":"${hidden}"}]`],
        ["nothing", "nothing"],
      ] as const) {
        const next = nextMessage(client);
        client.send(sent);
        expect((await next).data.toString()).toBe(got);
      }
      expect(told(guarded)).toEqual([
        ["replace", "leak.redacted", 'card: 1, first at "/card"'],
        ["replace", "leak.redacted", 'card: 1, first at "/card"'],
        ["replace", "leak.redacted", 'card: 1, first at "/1/card"'],
      ]);
      expect(JSON.stringify(guarded.events)).not.toContain("1111");
    });

    it("reports and lets pass, and says nothing of what the client sends", async () => {
      const guarded = await guardEcho(host, {});
      const client = await openClient(guarded.wsUrl);
      const next = nextMessage(client);
      client.send(card);
      expect((await next).data.toString()).toBe(card);
      expect(told(guarded)).toEqual([["report", "leak.reported", "card: 1, first at byte 0"]]);
    });

    it("closes from its threshold on: 1001 to the client, for the application offended", async () => {
      const detect = { card: { threshold: { count: 3, within: "1m" } } };
      const guarded = await guardEcho(host, { action: "close", detect });
      const client = await openClient(guarded.wsUrl);
      for (let nth = 0; nth < 2; nth++) {
        const next = nextMessage(client);
        client.send(card);
        expect((await next).data.toString()).toBe(card);
      }
      const end = closed(client);
      client.send(card);
      expect((await end).code).toBe(1001);
      await vi.waitFor(() => {
        expect(told(guarded)).toEqual([["close", "leak.closed", "card: 1, first at byte 0"]]);
      });
    });
  });
}
