import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { REDIS_FORMAT } from "../../src/state/redis-connection.ts";
import type { NodeVault } from "../../src/state/redis-vault.ts";
import { createStateSecret } from "../../src/state/state-secret.ts";
import { startRedisServer, type RedisServer } from "../redis/redis-server.ts";
import { testNode, until, type TestNode } from "./redis-nodes-fixture.ts";

const secret = createStateSecret(Buffer.alloc(32, "0123456789").toString("base64"));
const NODES = `sallyport:${REDIS_FORMAT}:{nodes}`;
const PREFIX = `${NODES}:vault:${secret.id}`;

let server: RedisServer;

function vaultOf({ vault }: TestNode): NodeVault {
  if (vault === null) throw new Error("a node with a secret has a vault");
  return vault;
}

const node = (): TestNode => testNode(server.place, { timeoutMs: 20_000, secret });

describe("openRedisVault", () => {
  beforeAll(async () => void (server = await startRedisServer()));
  afterAll(() => server.stop());
  beforeEach(async () => void (await server.tell("FLUSHALL")));

  it("keeps a text for every node of the gate, and tells the engine nothing of it", async () => {
    const [one, other] = [vaultOf(node()), vaultOf(node())];
    expect(await one.load("certificate-1")).toBeNull();
    const text = "hush ".repeat(8);
    await one.save("certificate-1", text);
    expect(await other.load("certificate-1")).toBe(text);
    const kept = await server.tell(`GET ${PREFIX}:certificate-1`);
    expect(kept).toMatch(/^\$\d+\r\n[\w+/=]+\r\n$/);
    expect(kept).not.toContain(Buffer.from(text).toString("base64").slice(0, 20));
    await one.save("short", "soon gone", 60_000);
    expect(await server.tell(`PTTL ${PREFIX}:short`)).toMatch(/^:[1-6]\d{4}\r/);
    await other.remove("certificate-1");
    expect(await one.load("certificate-1")).toBeNull();
    await expect(one.save("certificate-1", "x".repeat(600_000))).rejects.toThrow("too long");
  });

  it("shares nothing with a node that knows another secret, and has no vault without one", async () => {
    const other = createStateSecret(Buffer.alloc(32, "9876543210").toString("base64"));
    const stranger = testNode(server.place, { secret: other });
    await vaultOf(node()).save("account-1", "hush");
    expect(await vaultOf(stranger).load("account-1")).toBeNull();
    expect(stranger.events.filter(({ level }) => level === "error")).toEqual([]);
    expect(testNode(server.place).vault).toBeNull();
  });

  it("takes nothing that no node sealed for this place, tells it once, counts each, and writes over it", async () => {
    const one = node();
    const vault = vaultOf(one);
    await vault.save("b", "another name's");
    const sealed = (await server.tell(`GET ${PREFIX}:b`)).split("\r\n")[1] ?? "";
    const changed = `${sealed.slice(0, -4)}${sealed.endsWith("AAAA") ? "BBBB" : "AAAA"}`;
    const planted = [
      `SET ${PREFIX}:a hush`,
      `SET ${PREFIX}:a ${sealed}`,
      `SET ${PREFIX}:a ${changed}`,
      `SETRANGE ${PREFIX}:a 600000 x`,
      `SADD ${PREFIX}:a x`,
    ];
    for (const command of planted) {
      await server.tell(`DEL ${PREFIX}:a`);
      await server.tell(command);
      expect(await vault.load("a")).toBeNull();
    }
    const told = one.events.filter(({ level }) => level === "error");
    expect(told.map(({ message }) => message)).toEqual(["shared state holds what is none of ours"]);
    expect(told[0]?.detail).toContain("certificates and keys");
    expect(one.figures().misfits).toBe(planted.length);
    await vault.save("a", "ours");
    expect(await vault.load("a")).toBe("ours");
  });

  it("gives a lock to one node at a time, who may keep it, and to the next when it is given back or its node is gone", async () => {
    const [first, second] = [node(), node()];
    const [one, two] = [vaultOf(first), vaultOf(second)];
    const lock = await one.lock("a", 60_000);
    expect(await two.lock("a", 60_000)).toBeNull();
    expect(await two.lock("b", 60_000)).not.toBeNull();
    await lock?.keep(3_600_000);
    expect(await server.tell(`PTTL ${NODES}:vault-lock:${secret.id}:a`)).toMatch(/^:3[56]\d{5}\r/);
    // Whoever has it may ask again.
    expect(await one.lock("a", 60_000)).not.toBeNull();
    await lock?.release();
    expect(await two.lock("a", 60_000)).not.toBeNull();
    // What was given back is another's now.
    await lock?.keep(1);
    await lock?.release();
    expect(await one.lock("a", 60_000)).toBeNull();
    await second.close();
    expect(await one.lock("a", 60_000)).not.toBeNull();
    await server.tell(`DEL ${NODES}:vault-lock:${secret.id}:a`);
    await server.tell(`SADD ${NODES}:vault-lock:${secret.id}:a x`);
    expect(await one.lock("a", 60_000)).not.toBeNull();
  });

  it("rejects while the engine is away, and waits a moment for the first connection alone", async () => {
    const one = node();
    const vault = vaultOf(one);
    // Not connected yet, and waited for.
    expect(one.connection.status().up).toBe(false);
    await vault.save("a", "x");
    await server.kill();
    await until(() => !one.connection.status().up);
    await expect(vault.load("a")).rejects.toThrow();
    await expect(vault.save("a", "y")).rejects.toThrow();
    await expect(vault.lock("a", 1000)).rejects.toThrow();
    await server.start();
    await until(() => one.connection.status().up);
    expect(await vault.load("a")).toBeNull();
  });
});
