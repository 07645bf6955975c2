import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RedisPlace } from "./redis-client.ts";
import { openRedis, type RedisConnection } from "./redis-connection.ts";
import { redisScript } from "./redis-script.ts";

const script = redisScript("any", "return 1");

interface Cluster {
  readonly connection: RedisConnection;
  /** Whether the engine was up, whenever that was told. */
  readonly told: readonly boolean[];
  /** The server that has the keys of a tag is gone; or it is back. */
  lose(tag: string | null): void;
}

const placeOf = (kind: RedisPlace["kind"]): RedisPlace => ({
  kind,
  hosts: [{ host: "127.0.0.1", port: 1 }],
  primaryName: "",
  secure: false,
  ca: null,
  username: null,
  password: null,
  sentinelPassword: null,
  database: 0,
});

const itsTime = (): readonly string[] => [String(Math.floor(Date.now() / 1000)), "0"];

/** A connection to servers of which each has the keys of some tags. */
function openCluster(kind: RedisPlace["kind"]): Cluster {
  let gone: string | null = null;
  const place = placeOf(kind);
  const connection = openRedis({
    place,
    prefix: "test",
    timeoutMs: 1000,
    createClient: () => ({
      connect: async () => {},
      destroy() {},
      send: async (key) => {
        if (gone !== null && key.includes(`{${gone}}`)) throw new Error("ECONNREFUSED");
        return itsTime();
      },
    }),
  });
  const told: boolean[] = [];
  connection.watch(({ up }) => void told.push(up));
  return { connection, told, lose: (tag) => (gone = tag) };
}

describe("openRedis", () => {
  beforeEach(() => void vi.useFakeTimers());
  let open: Cluster | null = null;
  afterEach(() => open?.connection.close());

  it("takes a cluster of which one server is gone for gone, once, however well others answer", async () => {
    open = openCluster("cluster");
    const { connection, told, lose } = open;
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toEqual([true]);
    lose("log");
    await expect(connection.run(script, [connection.key("log", "log")], [])).rejects.toThrow("ECONNREFUSED");
    await vi.advanceTimersByTimeAsync(30_000);
    expect(told).toEqual([true, false]);
    await expect(connection.run(script, [connection.key("rates", "x")], [])).rejects.toThrow("ECONNREFUSED");
    lose(null);
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toEqual([true, false, true]);
  });

  it("takes one server for back with its first answer", async () => {
    open = openCluster("single");
    const { told, lose } = open;
    await vi.advanceTimersByTimeAsync(1000);
    lose("probe");
    await vi.advanceTimersByTimeAsync(1000);
    lose(null);
    await vi.advanceTimersByTimeAsync(1000);
    expect(told).toEqual([true, false, true]);
  });

  it("fails each command that has no answer in its time, and no other", async () => {
    const connection = openRedis({
      place: placeOf("single"),
      prefix: "test",
      timeoutMs: 1000,
      probeMs: 60_000,
      createClient: () => ({
        connect: async () => {},
        destroy() {},
        send: (key) => (key === "lost" ? new Promise(() => {}) : Promise.resolve(itsTime())),
      }),
    });
    await vi.advanceTimersByTimeAsync(1);
    const begun = performance.now();
    const ends: (readonly [what: string, afterMs: number])[] = [];
    const tell = (what: string): void => void ends.push([what, Math.round(performance.now() - begun)]);
    const ask = (key: string): void => {
      connection.command(key, []).then(
        () => tell("answered"),
        () => tell("failed"),
      );
    };
    ask("lost");
    await vi.advanceTimersByTimeAsync(300);
    ask("there");
    ask("lost");
    await vi.advanceTimersByTimeAsync(2000);
    expect(ends).toEqual([
      ["answered", 300],
      ["failed", 1000],
      ["failed", 1300],
    ]);
    connection.close();
  });

  it.for([
    ["never finds the engine again, though it is back", { isStuck: true, connects: true }],
    ["does not say whether it connects", { isStuck: false, connects: false }],
  ] as const)("makes another client in the place of one that %s", async ([, first]) => {
    let [clients, isGone] = [0, false];
    const connection = openRedis({
      place: placeOf("sentinel"),
      prefix: "test",
      timeoutMs: 1000,
      createClient: () => {
        clients += 1;
        const isFirst = clients === 1;
        let wasGone = false;
        return {
          connect: () => (isFirst && !first.connects ? new Promise<void>(() => {}) : Promise.resolve()),
          destroy() {},
          send: () => {
            wasGone ||= isGone;
            const fails = isGone || (isFirst && first.isStuck && wasGone);
            return fails ? Promise.reject(new Error("ECONNREFUSED")) : Promise.resolve(itsTime());
          },
        };
      },
    });
    await vi.advanceTimersByTimeAsync(1000);
    isGone = first.isStuck;
    await vi.advanceTimersByTimeAsync(2000);
    isGone = false;
    await vi.advanceTimersByTimeAsync(15_000);
    expect([clients, connection.status().up]).toEqual([2, true]);
    connection.close();
  });
});
