import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { acceptKey } from "../../protocol/handshake-response.ts";
import { openReplay, type ReplayClient, type ReplayMessage } from "./replay-client.ts";

const ACCEPTED = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";

/** What a server answers to the handshake; its socket, then, or why there is no connection. */
async function connect(
  answer: (key: string, request: IncomingMessage) => string | Buffer,
  at: { readonly host?: string; readonly addresses?: readonly string[] } = {},
): Promise<{ client: ReplayClient; socket: Duplex; messages: ReplayMessage[] } | { problem: string }> {
  const server = createServer();
  const sockets: Duplex[] = [];
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.write(answer(request.headers["sec-websocket-key"] ?? "", request));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const messages: ReplayMessage[] = [];
  const { host = "127.0.0.1", ...more } = at;
  const request = { url: new URL(`ws://${host}:${port}/a?b=c`), headers: [], subprotocols: [], ...more };
  const opened = await openReplay(request, (message) => messages.push(message));
  if (!opened.ok) return { problem: opened.problem };
  const [socket] = sockets;
  if (socket === undefined) throw new Error("no socket");
  return { client: opened.client, socket, messages };
}

const accept = (key: string): string => `${ACCEPTED}Sec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`;

/** A connection whose server sends these bytes, in hex, with its answer. */
async function served(
  ...hex: readonly string[]
): Promise<Extract<Awaited<ReturnType<typeof connect>>, { client: object }>> {
  const opened = await connect((key) =>
    Buffer.concat([Buffer.from(accept(key)), ...hex.map((one) => Buffer.from(one, "hex"))]),
  );
  if ("problem" in opened) throw new Error(opened.problem);
  return opened;
}

describe("openReplay", () => {
  it("refuses an answer to another handshake (RFC 6455 4.1)", async () => {
    const opened = await connect(() => accept("another"));
    expect(opened).toEqual({ problem: expect.stringContaining("its answer is none to this handshake") });
  });

  it("refuses an extension that it did not offer (RFC 6455 9.1)", async () => {
    const opened = await connect((key) =>
      accept(key).replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
    );
    expect(opened).toEqual({ problem: expect.stringContaining("an extension that nobody offered") });
  });

  it("connects to the addresses that were checked, whatever its name leads to by then", async () => {
    const host = "rebinding.invalid";
    for (const addresses of [["127.0.0.1"], ["127.0.0.1", "::1"]])
      expect(await connect(accept, { host, addresses })).toHaveProperty("client");
    const [none, elsewhere] = [
      await connect(accept, { host, addresses: [] }),
      await connect(accept, { host }),
    ];
    expect(none).toEqual({ problem: expect.stringContaining("no address is known of rebinding.invalid") });
    expect(elsewhere).toHaveProperty("problem");
  });

  it("asks for the whole path, with its query", async () => {
    let target = "";
    await connect((key, { url = "" }) => {
      target = url;
      return accept(key);
    });
    expect(target).toBe("/a?b=c");
  });
});

describe("ReplayClient", () => {
  it("puts the fragments of a message together, with a ping between them, which it answers (RFC 6455 5.4)", async () => {
    const { client, socket, messages } = await served("010161", "8900", "800162", "820103", "880203e8");
    const [pong] = await once(socket, "data");
    socket.end();
    expect(await client.ended).toEqual({ code: 1000, problem: null });
    expect(messages).toEqual([
      { binary: false, bytes: Buffer.from("ab") },
      { binary: true, bytes: Buffer.of(3) },
    ]);
    expect(pong[0]).toBe(0x8a);
  });

  it.each([
    ["a masked frame (RFC 6455 5.1)", "818100000000", "protocol.masked"],
    ["text that is no UTF-8 (RFC 6455 8.1)", "8101ff", "protocol.invalid-utf8"],
    ["text that ends inside a character", "8101c3", "protocol.invalid-utf8"],
    ["a continuation of nothing (RFC 6455 5.4)", "800100", "protocol.unexpected-continuation"],
    ["a message larger than it takes", `827f${"0".repeat(8)}10000000`, "messageSize.bytes"],
    ["a Close with half a code (RFC 6455 5.5.1)", "880103", "protocol.close-body"],
  ])("ends at %s", async (_what, hex, code) => {
    const { client } = await served(hex);
    expect((await client.ended).problem).toContain(code);
  });

  it("says 1006 where no Close was seen (RFC 6455 7.1.5), and sends nothing then", async () => {
    const { client, socket } = await served();
    socket.destroy();
    expect((await client.ended).code).toBe(1006);
    await client.send({ binary: false, bytes: Buffer.from("late") });
    expect(client.isOver).toBe(true);
  });

  it("waits with the next message until the server has taken the one before", async () => {
    const { client, socket } = await served();
    socket.pause();
    const bytes = Buffer.alloc(8 * 1024 * 1024);
    let isSent = false;
    const sending = client.send({ binary: true, bytes }).then(() => (isSent = true));
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(isSent).toBe(false);
    socket.resume();
    await sending;
  });

  it("does not wait for ever for a server that does not answer its Close", async () => {
    const { client } = await served();
    expect(await client.close()).toEqual({ code: 1006, problem: null });
  });
});
