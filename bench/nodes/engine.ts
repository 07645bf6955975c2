import { createClient } from "@redis/client";
import { atExit } from "../at-exit.ts";
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
  /** Everything that was asked of it: scripts, and commands outside of them. */
  readonly asked: number;
  /** What it executed, commands within scripts included. */
  readonly commands: number;
  /** Bytes of keys and values and what they take. */
  readonly memoryBytes: number;
  readonly outputBytes: number;
}

/** Commands that no script of the gate holds. */
const OUTSIDE_SCRIPTS = ["evalsha", "eval", "hscan", "info", "ping", "hello", "client|setinfo"];

/** Starts `redis-server` on a free loopback port, which keeps nothing, and ends with this process at the latest. */
export async function startEngine(): Promise<Engine> {
  const server = await startRedisServer({ flags: ["--maxclients", "20000"] });
  // It is told at once; only that it has ended comes later.
  const forget = atExit(() => void server.kill());
  const client = createClient({ url: `redis://127.0.0.1:${server.port}` });
  client.on("error", () => {});
  await client.connect();
  let looks = 0;
  return {
    port: server.port,
    async spent() {
      const text = await client.sendCommand<string>(["INFO", "everything"]);
      const field = (name: string): number =>
        Number(new RegExp(`^${name}[:=]([\\d.]+)`, "m").exec(text)?.[1] ?? 0);
      looks += 1;
      const calls = OUTSIDE_SCRIPTS.map((name) => field(`cmdstat_${name.replace("|", "\\|")}:calls`));
      return {
        asked: calls.reduce((sum, one) => sum + one, 0) - looks,
        commands: field("total_commands_processed") - looks,
        scripts: field("cmdstat_evalsha:calls") + field("cmdstat_eval:calls"),
        cpuSeconds: field("used_cpu_user") + field("used_cpu_sys"),
        memoryBytes: field("used_memory"),
        outputBytes: field("total_net_output_bytes"),
      };
    },
    async stop() {
      client.destroy();
      await server.stop();
      forget();
    },
  };
}
