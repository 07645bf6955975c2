import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../../../examples/shared/loopback.ts";
import type { RedisPlace } from "../../src/state/redis-client.ts";
import { openRedis, type RedisConnection } from "../../src/state/redis-connection.ts";

/** A redis-server of a test's own. */
export interface RedisServer {
  readonly port: number;
  readonly place: RedisPlace;
  /** A connection of a node, that is up. */
  connect(): Promise<RedisConnection>;
  /** Ends it as by `kill -9`. */
  kill(): Promise<void>;
  /** Starts it again, empty, at its port. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Gives it a command of words without spaces. Answers what it said. */
  tell(command: string): Promise<string>;
  /** Lets it stand still, and go on. */
  pause(): void;
  resume(): void;
}

/** A server at a port of this machine, which asks for no password. */
export function placeAt(port: number): RedisPlace {
  return {
    kind: "single",
    hosts: [{ host: "127.0.0.1", port }],
    primaryName: "",
    secure: false,
    ca: null,
    username: null,
    password: null,
    sentinelPassword: null,
    database: 0,
  };
}

const FLAGS = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"];

/** Starts a server on a free port, which nobody else knows. @param binary `redis-server`, or another that takes its flags */
export async function startRedisServer({
  binary = "redis-server",
  flags = [],
}: { readonly binary?: string; readonly flags?: readonly string[] } = {}): Promise<RedisServer> {
  const port = await freePort(0);
  const place = placeAt(port);
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
    const made = spawn(binary, [...FLAGS, "--port", String(port), ...flags], {
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
    place,
    async tell(command) {
      const socket = connect(port, "127.0.0.1");
      socket.write(`${command}\r\n`);
      const [answer] = await once(socket, "data");
      socket.destroy();
      return String(answer);
    },
    pause: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
    async connect() {
      const connection = openRedis({ place, prefix: "sallyport", timeoutMs: 20_000, probeMs: 100 });
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
