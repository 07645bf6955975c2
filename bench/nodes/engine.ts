import { createClient } from "@redis/client";
import { startRedisServer } from "../../packages/sallyport/test/redis/redis-server.ts";

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
  const server = await startRedisServer({ flags: ["--maxclients", "20000"] });
  const client = createClient({ url: `redis://127.0.0.1:${server.port}` });
  client.on("error", () => {});
  await client.connect();
  return {
    port: server.port,
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
      await server.stop();
    },
  };
}
