import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

import type { Undo } from "./undo.ts";

const run = promisify(execFile);

/** Where the parts of a lab are: the harness with the application, two gateways and the engine. */
export interface Network {
  /** The harness's address, as each gateway sees it. */
  readonly hub: readonly [string, string];
  /** The gateways' own. */
  readonly gates: readonly [string, string];
  /** The engine's, as each gateway reaches it. */
  readonly engine: readonly [string, string];
  /** What stands before a command that is to run there. */
  in(place: 0 | 1 | "engine"): readonly string[];
  /** Cuts a gateway off from the engine: no packet arrives, and nobody says so. */
  cut(gate: 0 | 1): Promise<void>;
  /** Takes the cut back. */
  mend(gate: 0 | 1): Promise<void>;
}

/** Everything on one loopback: nobody can be cut off. */
export const loopback: Network = {
  hub: ["127.0.0.1", "127.0.0.1"],
  gates: ["127.0.0.1", "127.0.0.1"],
  engine: ["127.0.0.1", "127.0.0.1"],
  in: () => [],
  cut: () => Promise.reject(new Error("on loopback nobody can be cut off")),
  mend: () => Promise.resolve(),
};

const IP = "/usr/sbin/ip";
const PREFIX = "sallyport-chaos-";
/** Says to a process that it is in a network namespace of its own. */
const OWN_NETWORK = "SALLYPORT_CHAOS_OWN_NETWORK";

/**
 * What runs a command in a network namespace of its own, with a loopback and nothing else. The harness runs so: whatever cable it lays
 * begins there, and nobody else on the machine sees interfaces come and go (a browser would break off its requests).
 */
export function inOwnNetwork(command: readonly string[]): readonly string[] {
  const enter = ["env", `${OWN_NETWORK}=1`, "unshare", "--net", "--"];
  return [...enter, "sh", "-c", `${IP} link set lo up && exec "$@"`, "sh", ...command];
}

/** Whether this process was started by `inOwnNetwork`. */
export function isInOwnNetwork(): boolean {
  return process.env[OWN_NETWORK] === "1";
}

/**
 * Why network namespaces cannot be had here; `null`: they can. In CI they are always tried, so that their absence is a failure and no gap.
 */
export function whyNoNamespaces(): string | null {
  if (process.env["CI"] === "true") return null;
  if (!existsSync(IP)) return "there is no `ip` of iproute2";
  if (process.getuid?.() !== 0) return "only root makes network namespaces";
  const name = `${PREFIX}${process.pid}-try`;
  const made = spawnSync(IP, ["netns", "add", name]);
  spawnSync(IP, ["netns", "delete", name]);
  return made.status === 0 ? null : `\`ip netns add\` fails: ${String(made.stderr).trim()}`;
}

async function ip(words: string): Promise<string> {
  const { stdout } = await run(IP, words.split(" "));
  return stdout;
}

/** Networks of this process: each has names of its own. */
let made = 0;

/**
 * Three network namespaces: the engine's and one of each gateway. Each gateway has a cable (a veth pair) to the harness, which has to be
 * in a network of its own, and another one to the engine, and no other way. All of it is removed at the end, and what runs of harnesses
 * that died left before it begins.
 */
export async function createNamespaces(undo: Undo): Promise<Network> {
  if (!isInOwnNetwork()) throw new Error("cables are laid in a network of our own alone");
  await removeStale();
  const id = `${process.pid}-${++made}`;
  const names = { engine: `${PREFIX}${id}-e`, 0: `${PREFIX}${id}-a`, 1: `${PREFIX}${id}-b` } as const;
  // A network for tests between machines (RFC 2544).
  const at = (last: number): string => `198.18.${made % 256}.${last}`;
  for (const name of Object.values(names)) {
    await ip(`netns add ${name}`);
    undo.later(() => remove(name));
    await ip(`-n ${name} link set lo up`);
  }
  const cable = `gate${made}x`;
  for (const gate of [0, 1] as const) {
    const own = names[gate];
    // Whose other end is in the namespace: it goes with it.
    await ip(`link add ${cable}${gate} type veth peer name hub netns ${own}`);
    await ip(`addr add ${at(4 * gate + 1)}/30 dev ${cable}${gate}`);
    await ip(`link set ${cable}${gate} up`);
    await ip(`-n ${own} addr add ${at(4 * gate + 2)}/30 dev hub`);
    await ip(`-n ${own} link set hub up`);
    await ip(`link add gate${gate} netns ${names.engine} type veth peer name engine netns ${own}`);
    await ip(`-n ${names.engine} addr add ${at(4 * gate + 9)}/30 dev gate${gate}`);
    await ip(`-n ${names.engine} link set gate${gate} up`);
    await ip(`-n ${own} addr add ${at(4 * gate + 10)}/30 dev engine`);
    await ip(`-n ${own} link set engine up`);
  }
  // The far end goes down: the near one has an address and a route still, and what is sent is lost.
  const turn = (gate: 0 | 1, how: "up" | "down"): Promise<unknown> =>
    ip(`-n ${names.engine} link set gate${gate} ${how}`);
  return {
    hub: [at(1), at(5)],
    gates: [at(2), at(6)],
    engine: [at(9), at(13)],
    in: (place) => [IP, "netns", "exec", names[place]],
    cut: async (gate) => void (await turn(gate, "down")),
    mend: async (gate) => void (await turn(gate, "up")),
  };
}

async function remove(name: string): Promise<void> {
  // What is still in it is ours: nobody else knows the name.
  const pids = await ip(`netns pids ${name}`);
  for (const pid of pids.split("\n").filter((line) => line !== "")) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended.
    }
  }
  await ip(`netns delete ${name}`);
}

async function removeStale(): Promise<void> {
  const listed = await ip("netns list");
  const found = [...listed.matchAll(/^sallyport-chaos-(\d+)-\S+/gm)];
  for (const [name, pid = ""] of found) if (!existsSync(`/proc/${pid}`)) await remove(name);
}
