import { describe, expect, it } from "vitest";
import { freePort } from "../../../examples/shared/loopback.ts";
import { startRawServer } from "../../sallyport/test/gateway/harness.ts";
import { closeComesBack } from "../src/close-policy.ts";
import { closeFrame, giveTicket, startPlainServer } from "./plain-server.ts";
import { openClient, startRelay } from "./scene.ts";

const INCIDENT = "Zx0_aB12cde9";

// Codes that no Close may carry end the connection as a fault of the protocol: 1006 in Node, which comes back (RFC 6455 7.4).
const carried = (code: number): boolean =>
  code >= 3000 || (code < 1015 && ![1004, 1005, 1006].includes(code));

/** The text of a short frame of a client (RFC 6455 5.2). */
function maskedText(frame: Buffer): string {
  const mask = frame.subarray(2, 6);
  return frame
    .subarray(6, 6 + ((frame[1] ?? 0) & 127))
    .map((byte, index) => byte ^ (mask[index % 4] ?? 0))
    .toString();
}

describe("SallyportSocket, where the server is gone", () => {
  it("comes back until somebody is there, and then sends what waited, once", async () => {
    const { server, port, url } = await startPlainServer(giveTicket, undefined, await freePort(0));
    server.close();
    const { socket, losses, next } = openClient(url);
    socket.send("waits");
    await expect.poll(() => losses.length).toBeGreaterThan(3);
    expect(losses[0]).toMatchObject({ cause: "network", code: 1006, attempt: 1, unconfirmed: [] });
    expect(losses.map(({ attempt }) => attempt)).toEqual(losses.map((_loss, index) => index + 1));
    server.listen(port, "127.0.0.1");
    await next("open");
    await expect.poll(() => socket.bufferedAmount).toBe(0);
  });

  it("says so in the same words where it fetches no ticket", async () => {
    const { server, url } = await startPlainServer(giveTicket, undefined, await freePort(0));
    server.close();
    const { next } = openClient(url, { ticket: false });
    expect((await next("lost")).detail).toMatchObject({ cause: "handshake", code: 1006 });
  });

  it("gives up after as many attempts as it may make, and reports what was never sent", async () => {
    const { server, url } = await startPlainServer(giveTicket, undefined, await freePort(0));
    server.close();
    const { socket, losses, ended } = openClient(url, {
      reconnect: { firstMs: 1, longestMs: 1, attempts: 2 },
    });
    socket.send("a");
    const { code, detail } = await ended();
    expect([code, losses.length, detail.unsent]).toEqual([1006, 2, [{ sequence: 1, data: "a", bytes: 1 }]]);
    const dropped = new Promise<unknown>((resolve) =>
      socket.addEventListener("dropped", (event) => resolve(event.detail)),
    );
    expect(socket.send("b")).toBe(0);
    expect(await dropped).toEqual({ because: "ended", messages: [{ sequence: 0, data: "b" }] });
  });
});

describe("SallyportSocket, whose ticket is refused", () => {
  it.each([400, 401, 403, 404, 426])("stops at once: %i, told with its incident", async (status) => {
    const { url, asked } = await startPlainServer((_request, response) => {
      response.writeHead(status).end(JSON.stringify({ status, incident: INCIDENT }));
    });
    const { ended, losses } = openClient(url);
    expect((await ended()).detail).toMatchObject({
      cause: "refused",
      status,
      incident: INCIDENT,
      code: 1006,
    });
    expect([asked.length, losses.length]).toEqual([1, 0]);
  });

  it("asks once more with a fresh token after a 401, and no more than that", async () => {
    const { url, asked } = await startPlainServer(
      (_request, response) => void response.writeHead(401).end("no"),
    );
    const { ended } = openClient(url, { token: () => "token" });
    expect((await ended()).detail).toMatchObject({ status: 401, incident: null });
    expect(asked).toHaveLength(2);
  });

  it.each([429, 503])("comes back after %i, and not before Retry-After", async (status) => {
    const { url, asked } = await startPlainServer((request, response) => {
      if (asked.length === 1) response.writeHead(status, { "Retry-After": "1" }).end("{}");
      else giveTicket(request, response);
    });
    const { losses, next } = openClient(url);
    await next("open");
    expect(losses).toMatchObject([{ cause: "refused", status, incident: null }]);
    expect(losses[0]?.delayMs).toBeGreaterThanOrEqual(1000);
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThan(980);
  });

  it("takes a ticket, and a token, nowhere else: a redirect is a network that does not answer (CWE-601)", async () => {
    const { url, asked } = await startPlainServer(
      (_request, response) => void response.writeHead(307, { Location: "/elsewhere" }).end(),
    );
    const { next } = openClient(url, { token: () => "token" });
    expect((await next("lost")).detail.cause).toBe("network");
    expect(asked).toHaveLength(1);
  });
});

describe("SallyportSocket, whose token hook", () => {
  it.each<[string, () => Promise<string>]>([
    ["throws", () => Promise.reject(new Error("away"))],
    ["never answers", () => new Promise(() => {})],
  ])("%s: comes back, and tells the application why", async (_name, token) => {
    const { url, asked } = await startPlainServer(giveTicket);
    const { next } = openClient(url, { token, timeoutMs: 50 });
    const { cause, error } = (await next("lost")).detail;
    expect([cause, error instanceof Error || error instanceof DOMException]).toEqual(["token", true]);
    expect(asked).toEqual([]);
  });
});

describe("SallyportSocket, whose server sends garbage", () => {
  it.each([
    "",
    "<!doctype html><title>Welcome to the hotel</title>",
    "null",
    "[]",
    "{}",
    '{"ticket":7}',
    '{"ticket":""}',
    '{"ticket":"a b"}',
    '{"ticket":"a\\r\\nb"}',
    `{"ticket":"${"a".repeat(5000)}"}`,
  ])("instead of a ticket: comes back, and connects with nothing (%#)", async (body) => {
    const { url, upgraded } = await startPlainServer((_request, response) => void response.end(body));
    const { next } = openClient(url);
    expect((await next("lost")).detail).toMatchObject({ cause: "network", code: 1006 });
    expect(upgraded()).toBe(0);
  });

  it.each([
    ["a reserved opcode", Buffer.from([0x8b, 0])],
    ["a masked frame", Buffer.from([0x81, 0x81, 1, 2, 3, 4, 5])],
    ["a length past 2^53", Buffer.from("827fffffffffffffffff", "hex")],
    ["half an answer of HTTP", Buffer.from("HTTP/1.1 200 OK\r\n\r\n")],
    ["text that is not UTF-8", Buffer.from([0x81, 2, 0xc3, 0x28])],
  ])("on the socket, %s: shows none of it to the application", async (_name, bytes) => {
    const { url } = await startPlainServer(giveTicket, (socket) => void socket.write(bytes));
    const { messages, next, losses, socket } = openClient(url, {
      reconnect: { firstMs: 1, longestMs: 1, attempts: 1 },
    });
    await Promise.race([next("lost"), next("close")]);
    expect(messages).toEqual([]);
    expect(losses.every(({ code }) => closeComesBack(code, ""))).toBe(true);
    expect(socket.session).toBe("s");
  });

  it("with the ticket, a heartbeat that makes no sense and times that are none: does not renew, and does not end", async () => {
    const { url } = await startPlainServer((_request, response) => {
      const body = {
        ticket: "t",
        expiresAt: "soon",
        refreshAt: {},
        heartbeat: { intervalMs: "x" },
        session: {},
      };
      response.end(JSON.stringify(body));
    });
    const { socket, next } = openClient(url);
    await next("open");
    expect([socket.expiresAt, socket.readyState]).toEqual([null, 1]);
  });
});

describe("SallyportSocket, whose peer never answers", () => {
  it("to the ticket request, or to the handshake: gives up in time, and comes back", async () => {
    const silent = await startRawServer(() => undefined);
    const url = `${silent.url}/chat`;
    const first = openClient(url, { timeoutMs: 50 });
    expect((await first.next("lost")).detail.cause).toBe("network");
    const second = openClient(url, { timeoutMs: 50, ticket: false });
    expect((await second.next("lost")).detail.cause).toBe("timeout");
  });

  it("to a Close: ends all the same, and reports what was under way", async () => {
    const { url } = await startPlainServer(giveTicket);
    const { socket, next, ended } = openClient(url, { timeoutMs: 50 });
    await next("open");
    const sequence = socket.send("under way");
    socket.close(4000, "enough");
    expect(socket.readyState).toBe(2);
    const { code, wasClean, detail } = await ended();
    expect([code, wasClean, detail.cause, detail.unconfirmed]).toEqual([
      4000,
      false,
      "caller",
      [{ sequence, data: "under way", left: expect.any(Boolean) }],
    ]);
  });

  it("to its heartbeat, because the network is gone: takes the connection for lost, and comes back", async () => {
    const { port } = await startPlainServer((_request, response) => {
      const heartbeat = { intervalMs: 1000, timeoutMs: 100, message: "ping" };
      response.end(JSON.stringify({ ticket: "t", session: "s", refreshSecret: "r", heartbeat }));
    });
    const relay = await startRelay(port);
    const { next } = openClient(`ws://127.0.0.1:${relay.port}/chat`);
    await next("open");
    relay.freeze();
    expect((await next("lost")).detail).toMatchObject({ cause: "heartbeat", code: 1006, unconfirmed: [] });
  });

  it("speaks to a heartbeat's answer and nothing else: the application does not see it", async () => {
    const { url } = await startPlainServer(giveTicket, (socket) => {
      socket.write(
        Buffer.concat([
          Buffer.from([0x81, 4]),
          Buffer.from("pong"),
          Buffer.from([0x81, 2]),
          Buffer.from("hi"),
        ]),
      );
    });
    const { messages, next } = openClient(url, {
      heartbeat: { intervalMs: 1000, message: "ping", answer: "pong" },
    });
    await next("message");
    expect(messages).toEqual(["hi"]);
  });
});

describe("SallyportSocket, closed by its server", () => {
  it("with codes of every range, from the gate and from an application: comes back or stops by the table", async () => {
    const ranges = [
      [999, 1020],
      [2995, 3005],
      [3995, 4005],
      [4395, 4410],
      [4495, 4545],
      [4990, 4999],
    ] as const;
    const codes = ranges.flatMap(([from, to]) =>
      Array.from({ length: to - from }, (_, index) => from + 1 + index),
    );
    const { url } = await startPlainServer(giveTicket, (socket) => {
      socket.once("data", (frame: Buffer) => {
        const [code, reason] = maskedText(frame).split(" ");
        socket.end(closeFrame(Number(code), reason));
      });
    });
    const close = async (code: number, reason: string): Promise<void> => {
      const client = openClient(url, { ticket: false, reconnect: { firstMs: 600_000, longestMs: 600_000 } });
      client.socket.addEventListener("open", () => void client.socket.send(`${code} ${reason}`));
      const { type, detail } = await Promise.race([client.next("lost"), client.next("close")]);
      const seen = carried(code) ? code : 1006;
      const comesBack = closeComesBack(seen, carried(code) ? reason : "");
      expect([code, reason, detail.code, type]).toEqual([code, reason, seen, comesBack ? "lost" : "close"]);
      client.socket.close();
    };
    for (const code of codes) await Promise.all([close(code, ""), close(code, `sallyport:${INCIDENT}`)]);
    expect(codes.length).toBeGreaterThan(100);
  });
});
