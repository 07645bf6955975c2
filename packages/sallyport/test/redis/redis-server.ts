import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { openRedis, type RedisConnection } from "../../src/state/redis-connection.ts";

/** A redis-server of a test's own. */
export interface RedisServer {
  readonly port: number;
  /** A connection of a node, that is up. */
  connect(): Promise<RedisConnection>;
  /** Ends it as by `kill -9`, or lets it stand still and go on. */
  kill(): Promise<void>;
  /** Starts it again, empty, at its port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const FLAGS = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Starts a server on a free port, which nobody else knows. */
export async function startRedisServer(): Promise<RedisServer> {
  const port = await freePort();
  const connections: RedisConnection[] = [];
  let child: ChildProcess | null = null;
  const kill = async (): Promise<void> => {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null) return;
    const ended = once(ending, "exit");
    ending.kill("SIGKILL");
    await ended;
  };
  const start = async (): Promise<void> => {
    const made = spawn("redis-server", [...FLAGS, "--port", String(port)], {
      stdio: ["ignore", "pipe", "inherit"],
      cwd: "/tmp",
    });
    child = made;
    let said = "";
    for await (const chunk of made.stdout) {
      said += String(chunk);
      if (/Ready to accept connections/.test(said)) break;
    }
    if (made.exitCode !== null) throw new Error(`redis-server did not start: ${said}`);
  };
  await start();
  return {
    port,
    async connect() {
      const place = {
        kind: "single",
        hosts: [{ host: "127.0.0.1", port }],
        primaryName: "",
        secure: false,
        ca: null,
        username: null,
        password: null,
        sentinelPassword: null,
        database: 0,
      } as const;
      const connection = openRedis({ place, prefix: "sallyport", timeoutMs: 1000, probeMs: 100 });
      connections.push(connection);
      while (!connection.status().up) await delay(5);
      return connection;
    },
    kill,
    start,
    async stop() {
      for (const connection of connections) connection.close();
      await kill();
    },
  };
}
