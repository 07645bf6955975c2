import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { LocalGate } from "../../src/cli/local-gate.ts";
import { loadConfig } from "../../src/policy/load-config.ts";
import { prepareState } from "../../src/state/open-state.ts";
import { startSallyport, temporaryDirectory, type SallyportProcess } from "../cli/sallyport-process.ts";
import { recordEvents } from "../gateway/harness.ts";
import { startRedisServer, type RedisServer } from "../redis/redis-server.ts";
import type { Pebble } from "./pebble.ts";

/** Where processes start slowly. */
const SLOW_MS = 300_000;
const WORKERS = [1, 2];
const ISSUED = "certificate: issued";

/** What two nodes do whose certificate is in the engine, one of them in several processes. */
export function itServesFromEveryWorker(authority: () => Pebble): void {
  let engine: RedisServer;
  beforeAll(async () => void (engine = await startRedisServer()));
  afterAll(() => engine.stop());

  it(
    "is ordered once by nodes that share an engine, answered for by the one that did not order it, and served by it and by each worker of the other",
    { timeout: SLOW_MS },
    async () => {
      const file = await writeConfig(authority(), engine);
      const workers = startSallyport(["run", "--config", file, "--workers", String(WORKERS.length)], {
        withinMs: SLOW_MS,
      });
      const workersPort = Number((await workers.says(/listening on https:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
      // It has the lock, and waits for the authority, which comes to the other.
      await expect.poll(() => engine.tell("KEYS *:vault:*-open"), { timeout: SLOW_MS }).toMatch(/-open/);
      const { gate, port, events } = await startHere(file);
      authority().leadTo(port);
      await workers.says(/certificate: issued/);
      await expect.poll(() => gate.problems(), { timeout: SLOW_MS }).toEqual([]);
      const certificate = (await knock(port)).fingerprint;
      expect(certificate).toMatch(/^[0-9A-F:]{95}$/);
      const served = new Map<number, string>();
      await expect
        .poll(() => knockAtWorkers(workersPort, workers, served), { timeout: SLOW_MS })
        .toEqual(new Map(WORKERS.map((worker) => [worker, certificate])));
      const { out, err } = workers.written();
      expect(err.split(ISSUED).length - 1).toBe(1);
      expect(events.filter((event) => event.type === "gate" && event.message === ISSUED)).toEqual([]);
      expect(out + err).not.toMatch(/BEGIN|PRIVATE/);
    },
  );
}

async function writeConfig({ directory, directoryCa }: Pebble, { port }: RedisServer): Promise<string> {
  const file = join(await temporaryDirectory(), "sallyport.yaml");
  const acme = { domains: ["workers.example"], directory, directoryCa };
  const config = {
    version: 1,
    listen: [{ address: "127.0.0.1:0", tls: { acme } }],
    state: {
      redis: {
        url: `redis://127.0.0.1:${port}`,
        key: randomBytes(32).toString("base64"),
        timeout: "20s",
        lease: "40s",
      },
    },
    log: { format: "json" },
    routes: [{ path: "/", upstream: "ws://127.0.0.1:1", identity: "anonymous" }],
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

async function startHere(file: string) {
  const loaded = await loadConfig(file);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { emit, ...told } = recordEvents();
  const share = await prepareState(loaded.config.state);
  const gate = new LocalGate({ version: "0", share, log: emit });
  const opened = await gate.open(loaded.config);
  if (!opened.ok) throw new Error(JSON.stringify(opened));
  onTestFinished(() => gate.drain());
  return { ...told, gate, port: Number(new URL(opened.urls[0] ?? "").port) };
}

let lastPath = 0;

/** Asks for a WebSocket. Answers the certificate that was shown, and by which path the log tells of it. */
async function knock(port: number): Promise<{ readonly fingerprint: string; readonly path: string }> {
  const path = `/knock-${++lastPath}`;
  const socket = connect({
    port,
    host: "127.0.0.1",
    servername: "workers.example",
    rejectUnauthorized: false,
  });
  try {
    return await new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("closed")));
      socket.once("secureConnect", () => {
        const fingerprint = socket.getPeerCertificate().fingerprint256;
        socket.once("data", () => resolve({ fingerprint, path }));
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: workers.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
        );
      });
    });
  } finally {
    socket.destroy();
  }
}

/** Knocks once more, and notes which worker it was by the log. The system spreads connections as it likes. */
async function knockAtWorkers(
  port: number,
  gate: SallyportProcess,
  served: Map<number, string>,
): Promise<ReadonlyMap<number, string>> {
  // A worker that has no certificate yet ends the handshake.
  const knocked = await knock(port).catch(() => null);
  if (knocked === null) return served;
  const line = await gate.says(new RegExp(`^\\{.*"${knocked.path}".*$`, "m"));
  const worker = Number(/"worker":(\d+)/.exec(line[0])?.[1]);
  served.set(worker, knocked.fingerprint);
  return new Map(served);
}
