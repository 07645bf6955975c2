import { execFile } from "node:child_process";
import { accessSync } from "node:fs";
import { once } from "node:events";
import { promisify } from "node:util";
import { WebSocket as UndiciWebSocket } from "undici";
import { describe, expect, it } from "vitest";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import {
  closed,
  guardServer,
  hostsOfLibraries,
  nextMessage,
  openClient,
  openRoute,
  wsApplication,
} from "../hosts/guarded-server.ts";

const PYTHON = "/usr/bin/python3";

/** Connects, sends text and 200 kB of bytes, reads them back, closes with 4001, and does it all again. */
const PYTHON_CLIENT = `
import asyncio, os, sys, websockets
async def main():
    for _ in range(2):
        async with websockets.connect(sys.argv[1], subprotocols=["chat.v1"]) as ws:
            assert ws.subprotocol == "chat.v1", ws.subprotocol
            await ws.send("grüße")
            assert await ws.recv() == "grüße"
            data = os.urandom(200_000)
            await ws.send([data[:1000], data[1000:]])
            assert await ws.recv() == data
            await (await ws.ping(b"python"))
            await ws.close(4001, "done")
            assert (ws.close_code, ws.close_reason) == (4001, "done"), ws.close_code
    print("ok")
asyncio.run(main())
`;

async function hasPython(): Promise<boolean> {
  try {
    accessSync(PYTHON);
    await promisify(execFile)(PYTHON, ["-c", "import websockets"]);
    return true;
  } catch {
    return false;
  }
}

const runsPython = process.env["CI"] === "true" || (await hasPython());

type AnyWebSocket = typeof globalThis.WebSocket;

const clients: readonly (readonly [string, AnyWebSocket])[] = [
  ["Node's own WebSocket", globalThis.WebSocket],
  ["undici's WebSocket", UndiciWebSocket as unknown as AnyWebSocket],
];
const inspected: AttachRouteInput = { ...openRoute, compression: "inspect" };

describe.each(hostsOfLibraries)("clients through the host `%s`", (host) => {
  it.each(clients)(
    "%s exchanges text and bytes, closes with its own code, and connects again",
    async (_name, Client) => {
      const { server, sockets } = wsApplication();
      const guarded = await guardServer(host, server);
      for (const code of [4001, 1000]) {
        const client = new Client(guarded.wsUrl, ["chat.v1", "chat.v2"]);
        client.binaryType = "arraybuffer";
        await once(client, "open");
        expect(client.protocol).toBe("chat.v1");
        client.send("grüße");
        expect(((await once(client, "message")) as [MessageEvent])[0].data).toBe("grüße");
        client.send(new Uint8Array(200_000).fill(7));
        const [{ data }] = (await once(client, "message")) as [{ data: ArrayBuffer }];
        expect(Buffer.from(data).equals(Buffer.alloc(200_000, 7))).toBe(true);
        const [socket] = sockets.clients;
        const atApplication = socket === undefined ? null : closed(socket);
        client.close(code, "done");
        const [event] = (await once(client, "close")) as [CloseEvent];
        expect([event.code, event.reason, event.wasClean]).toEqual([code, "done", true]);
        expect(await atApplication).toEqual({ code, reason: "done" });
      }
    },
  );

  it.each(clients)(
    "%s reads what the application compresses, where the route inspects it",
    async (_name, Client) => {
      const { server } = wsApplication(undefined, { perMessageDeflate: { threshold: 0 } });
      const guarded = await guardServer(host, server, { routes: [inspected] });
      const client = new Client(guarded.wsUrl, ["chat.v1"]);
      await once(client, "open");
      expect(client.extensions).toContain("permessage-deflate");
      for (const text of ["", "grüße", "grüße", "hello ".repeat(10_000), "grüße"]) {
        client.send(text);
        expect(((await once(client, "message")) as [MessageEvent])[0].data).toBe(text);
      }
      client.close(1000, "done");
      expect(((await once(client, "close")) as [CloseEvent])[0].wasClean).toBe(true);
    },
  );

  it("ws exchanges text and bytes, whether it offers compression or not, and connects again", async () => {
    const { server } = wsApplication(undefined, { perMessageDeflate: true });
    const guarded = await guardServer(host, server);
    for (const perMessageDeflate of [true, false]) {
      const client = await openClient(guarded.wsUrl, { perMessageDeflate });
      expect(client.extensions).toBe("");
      client.send("grüße".repeat(10_000));
      expect((await nextMessage(client)).data.toString()).toBe("grüße".repeat(10_000));
      client.send(Buffer.alloc(200_000, 7));
      expect((await nextMessage(client)).isBinary).toBe(true);
      client.close(4001, "done");
      expect(await closed(client)).toEqual({ code: 4001, reason: "done" });
    }
  });

  it.runIf(runsPython)(
    "Python's websockets exchanges text and bytes, compressed and not, pings and closes (Debian: python3-websockets)",
    async () => {
      for (const routes of [[openRoute], [inspected]]) {
        const { server } = wsApplication(undefined, { perMessageDeflate: { threshold: 0 } });
        const guarded = await guardServer(host, server, { routes });
        const { stdout } = await promisify(execFile)(PYTHON, ["-c", PYTHON_CLIENT, guarded.wsUrl]);
        expect(stdout.trim()).toBe("ok");
      }
    },
  );
});
