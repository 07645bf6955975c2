import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import { CLOSE_WITHIN_MS } from "../../src/session/session-options.ts";
import { openRaw, op } from "../gateway/raw-client.ts";
import { guardServer, openRoute, type GuardedServer, type HostName } from "../hosts/guarded-server.ts";
import { skipAhead } from "../skip-ahead.ts";
import { startTarget } from "./target.ts";

/** What differs between hosts under attack: everything else has the same outcome in each. */
export interface AttackedHost {
  readonly host: HostName;
  /** CONNECT is answered; else the server, which has no listener for it, closes the connection. */
  readonly answersConnect: boolean;
  /** The application is asked by an upgrade of HTTP and answers in bytes. */
  readonly asksByHttp: boolean;
  /** What an application sends without waiting for its client waits in its own memory. */
  readonly keepsItsOwnQueue: boolean;
}

const attackedHosts: readonly AttackedHost[] = [
  { host: "gateway", answersConnect: true, asksByHttp: true, keepsItsOwnQueue: true },
  { host: "attach", answersConnect: false, asksByHttp: true, keepsItsOwnQueue: true },
  { host: "listen", answersConnect: false, asksByHttp: false, keepsItsOwnQueue: false },
];

/** What a group of attacks may leave on the heap: compiled code, the results of its tests. Each attack held more than that. */
const MAX_LEFT_BYTES = 24 * 1024 * 1024;

/** Two readings that differ by less are of a heap at rest. */
const SETTLED_BYTES = 128 * 1024;

/**
 * Runs one group of attacks through every host, each attack on a gate of its own. The heap is measured when a client was
 * served for the first time, and again behind the last attack.
 */
export function describeAttacks(group: string, define: (attacked: AttackedHost) => void): void {
  describe.each(attackedHosts)(`${group} through the host $host`, (attacked) => {
    let before = Number.NaN;
    it("serves a client before them", async () => {
      expect(await serveOne(attacked.host)).toEqual(unharmed);
      before = await settledHeapBytes();
    });

    define(attacked);

    it("leave the heap as it was", async () => {
      expect(await serveOne(attacked.host)).toEqual(unharmed);
      await vi.waitFor(() => expect(heapBytes() - before).toBeLessThan(MAX_LEFT_BYTES), { interval: 250 });
    });
  });
}

async function serveOne(host: HostName): Promise<Aftermath> {
  const target = startTarget();
  const guarded = await guardServer(host, target.server, { routes: [openRoute] });
  return aftermath(guarded);
}

/** How a gate is behind an attack. */
export interface Aftermath {
  /** Sessions that are left of the attack, and then of the client that came after it. */
  readonly left: readonly [number, number];
  readonly echo: string;
  readonly closeCode: number;
}

/** Nothing is left, and another client is served. */
export const unharmed: Aftermath = { left: [0, 0], echo: "still here", closeCode: 1000 };

/** Looks how a gate is behind an attack; `lines` are what a client needs to be let in. */
export async function aftermath(guarded: GuardedServer, lines: readonly string[] = []): Promise<Aftermath> {
  const leftByAttack = await sessionsLeft(guarded);
  const next = await openRaw(guarded.port, { lines });
  next.frame(op.text, unharmed.echo);
  const echo = (await next.readFrame()).payload.toString();
  next.close();
  const { code } = await next.readClose();
  next.socket.end();
  return { left: [leftByAttack, await sessionsLeft(guarded)], echo, closeCode: code };
}

/** How long what ends at once may take, milliseconds. */
const AT_ONCE_MS = 1000;

/**
 * How many sessions there are still, once there are none or after half a minute. Who does not answer a Close has his time for it (RFC 6455
 * 7.1.1), which is not waited for.
 */
export async function sessionsLeft(guarded: GuardedServer): Promise<number> {
  await noneLeft(guarded, AT_ONCE_MS);
  if (guarded.connections() > 0) skipAhead(CLOSE_WITHIN_MS);
  await noneLeft(guarded, 30_000);
  return guarded.connections();
}

async function noneLeft({ connections }: GuardedServer, withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  while (connections() > 0 && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Bytes that are still in use after a collection. */
export function heapBytes(): number {
  if (typeof collect !== "function") throw new Error("the collector is not exposed");
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/**
 * Bytes in use once what earlier work left behind is given back: memory outside the heap (buffers, the windows of zlib) goes
 * turns later than the collection that found it free.
 */
export async function settledHeapBytes(): Promise<number> {
  let bytes = heapBytes();
  for (let turn = 0; turn < 50; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const now = heapBytes();
    if (Math.abs(now - bytes) < SETTLED_BYTES) return now;
    bytes = now;
  }
  return bytes;
}

setFlagsFromString("--expose-gc");
const collect: unknown = runInNewContext("gc");
