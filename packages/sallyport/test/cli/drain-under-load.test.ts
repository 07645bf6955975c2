import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { WebSocket } from "ws";
import type { ClosedEvent } from "../../src/events.ts";
import { serializeFrame } from "../../src/protocol/frame-serializer.ts";
import { bytesOf, startApplication } from "../gateway/harness.ts";
import { op } from "../gateway/raw-client.ts";
import { closed, openClient } from "../hosts/guarded-server.ts";
import { startSallyport, temporaryDirectory } from "./sallyport-process.ts";

const TALKING = 900;
const HELD = 100;
/** Messages that a talking client has on their way at a time. */
const WINDOW = 4;
/** Messages that a held client sends in one segment; the gate reads all, and may pass one a second. */
const AT_ONCE = 40;
const OPENED_AT_A_TIME = 100;

/** What the application got over one connection, by the session that the gate named. */
interface Received {
  next: number;
  inOrder: boolean;
}

/** A client that numbers its messages and never stops. */
interface Talker {
  sent: number;
  /** Echoes that came, in order from 0. */
  echoed: number;
  inOrder: boolean;
  readonly end: Promise<{ code: number; reason: string }>;
}

const config = (upstream: string): string => `version: 1
listen: [{ address: 127.0.0.1:0, tls: off }]
defaults:
  connectionLimit: { perAddress: 2000, handshakesPerAddress: 10000/s }
  origin: { allow: [http://app.example.com] }
  identity: anonymous
routes:
  - { path: /talking, upstream: ${upstream}, messageRate: off }
  - { path: /held, upstream: ${upstream}, messageRate: { perConnection: 1/s, burst: 1 } }
`;

async function openAll(count: number, url: string): Promise<WebSocket[]> {
  const opened: WebSocket[] = [];
  while (opened.length < count)
    opened.push(...(await Promise.all(Array.from({ length: OPENED_AT_A_TIME }, () => openClient(url)))));
  return opened;
}

function talk(client: WebSocket): Talker {
  const talker: Talker = { sent: 0, echoed: 0, inOrder: true, end: closed(client) };
  const send = (): void => client.send(String(talker.sent++), () => undefined);
  client.on("message", (data) => {
    talker.inOrder &&= Number(bytesOf(data).toString()) === talker.echoed;
    talker.echoed += 1;
    if (client.readyState === client.OPEN) send();
  });
  for (let index = 0; index < WINDOW; index++) send();
  return talker;
}

/** Numbered messages in one segment. */
function manyAtOnce(): Buffer {
  return Buffer.concat(
    Array.from({ length: AT_ONCE }, (_, index) =>
      serializeFrame({
        opcode: op.text,
        payload: Buffer.from(String(index)),
        maskKey: Buffer.alloc(4, index),
      }),
    ),
  );
}

describe("sallyport run under load", () => {
  it("L13: on SIGTERM loses no message that it read, tells a thousand connections 1012 in batches, exits 0", async () => {
    const received = new Map<string, Received>();
    const application = await startApplication((socket) => {
      socket.on("message", (data, isBinary) => socket.send(bytesOf(data), { binary: isBinary }));
    });
    application.server.on("connection", (socket, request) => {
      const session: Received = { next: 0, inOrder: true };
      received.set(String(request.headers["sallyport-session"]), session);
      socket.on("message", (data) => {
        session.inOrder &&= Number(bytesOf(data).toString()) === session.next;
        session.next += 1;
      });
    });
    const file = join(await temporaryDirectory(), "sallyport.yaml");
    await writeFile(file, config(application.url));
    const gate = startSallyport(["run", "--config", file]);
    const [, port] = await gate.says(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/);
    const held = await openAll(HELD, `ws://127.0.0.1:${port}/held`);
    const heldEnds = held.map(closed);
    const talkers = (await openAll(TALKING, `ws://127.0.0.1:${port}/talking`)).map(talk);
    const heldEchoed = Promise.all(
      held.map((client) => new Promise((resolve) => client.once("message", resolve))),
    );
    // The bytes of a client as they are, so that all its messages are one segment.
    for (const client of held) rawSocketOf(client).write(manyAtOnce());
    await heldEchoed;
    const echoes = (): number => sum(talkers.map(({ echoed }) => echoed));
    await vi.waitUntil(() => echoes() > TALKING * WINDOW * 3, { timeout: 20_000 });

    gate.child.kill("SIGTERM");
    expect(await gate.exit(30_000)).toBe(0);

    const ends = await Promise.all([...heldEnds, ...talkers.map(({ end }) => end)]);
    expect(new Set(ends.map(({ code, reason }) => `${code} ${reason.slice(0, 10)}`))).toEqual(
      new Set(["1012 sallyport:"]),
    );
    const logged = gate.written().err.split("\n");
    // A hundred at a time, and at least 50 ms between: by the gate's own clock.
    const times = logged
      .filter((line) => line.includes('"code":"session.draining"'))
      .map((line) => Date.parse(/"time":"([^"]+)"/.exec(line)?.[1] ?? ""));
    expect(times).toHaveLength(TALKING + HELD);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(400);

    // What the gate says that it let through is what the application got, connection by connection, and nothing else.
    const lines = logged.filter((line) => line.includes('"event":"closed"'));
    const told = lines.map((line) => JSON.parse(line) as ClosedEvent);
    expect(told).toHaveLength(TALKING + HELD);
    expect(told.filter(({ session, inbound }) => received.get(session)?.next !== inbound.messages)).toEqual(
      [],
    );
    expect([...received.values()].filter(({ inOrder }) => !inOrder)).toEqual([]);
    // What it had read and held back went on before the Close.
    const heldBack = told.filter(({ route }) => route.endsWith("/held"));
    expect(new Set(heldBack.map(({ inbound }) => inbound.messages))).toEqual(new Set([AT_ONCE]));
    // And every answer that it took from the application is with its client.
    expect(talkers.filter(({ inOrder }) => !inOrder)).toEqual([]);
    const answered = told
      .filter(({ route }) => route.endsWith("/talking"))
      .map(({ outbound }) => outbound.messages);
    expect(echoes()).toBe(sum(answered));
  });
});

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}

function rawSocketOf(client: WebSocket): NodeJS.WritableStream {
  return (client as unknown as { readonly _socket: NodeJS.WritableStream })._socket;
}
