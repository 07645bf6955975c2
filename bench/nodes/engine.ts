import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createClient } from "@redis/client";

/** A redis-server of the simulation's own. */
export interface Engine {
  readonly port: number;
  /** What it did so far. */
  spent(): Promise<EngineSpent>;
  stop(): Promise<void>;
}

/** What an engine did since it was started. */
export interface EngineSpent {
  /** Seconds of CPU time, user and system. */
  readonly cpuSeconds: number;
  /** Scripts that were run: what is within one counts as one. */
  readonly scripts: number;
  /** Bytes of keys and values and what they take. */
  readonly memoryBytes: number;
  readonly outputBytes: number;
}

/** Starts `redis-server` on a free loopback port, which keeps nothing. */
export async function startEngine(): Promise<Engine> {
  const port = await freePort();
  const flags = ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--appendonly", "no"];
  const child = spawn("redis-server", [...flags, "--maxclients", "20000"], {
    stdio: ["ignore", "pipe", "inherit"],
    cwd: "/tmp",
  });
  for await (const chunk of child.stdout) if (String(chunk).includes("Ready to accept connections")) break;
  if (child.exitCode !== null) throw new Error("redis-server does not start");
  child.stdout.resume();
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  client.on("error", () => {});
  await client.connect();
  return {
    port,
    async spent() {
      const text = await client.sendCommand<string>(["INFO", "everything"]);
      const field = (name: string): number =>
        Number(new RegExp(`^${name}[:=]([\\d.]+)`, "m").exec(text)?.[1] ?? 0);
      return {
        scripts: field("cmdstat_evalsha:calls") + field("cmdstat_eval:calls"),
        cpuSeconds: field("used_cpu_user") + field("used_cpu_sys"),
        memoryBytes: field("used_memory"),
        outputBytes: field("total_net_output_bytes"),
      };
    },
    async stop() {
      client.destroy();
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
