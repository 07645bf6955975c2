import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../examples/shared/loopback.ts";
import { nameOver, type Transport } from "./cases.ts";
import { type Child, findProgram, firstMatch, startChild } from "./child.ts";
import { attachPolicy, gatewayConfig, type Looks, type Recording } from "./gateway-config.ts";
import { haproxyConfig, LARGE_NGINX_BUFFERS, nginxConfig, type ProxyFacts } from "./proxy-configs.ts";
import type { TlsFiles } from "./tls-files.ts";
import type { Tokens } from "./tokens.ts";

/** What a target stands in front of, and where it keeps its files. */
export interface Stage {
  readonly backend: number;
  readonly directory: string;
  readonly origin: string;
  readonly tokens: Tokens;
  readonly tls: TlsFiles;
}

/** A target that listens. */
export interface RunningTarget {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** Something that can be measured. */
export interface Target {
  readonly name: string;
  readonly over: Transport;
  /** The program that must be installed; `null`: everything is here. */
  readonly needs: string | null;
  /** What its figures are divided by. Empty: it is only there for others. */
  readonly beside: readonly string[];
  start(stage: Stage): Promise<RunningTarget>;
}

/** A checkout's gateway, under the name that it has in the table. */
export interface GatewayBinary {
  readonly name: string;
  readonly path: string;
}

/** The gateway of this checkout. */
export const ownGateway: GatewayBinary = {
  name: "sallyport",
  path: fileURLToPath(new URL("../packages/sallyport/bin/sallyport.js", import.meta.url)),
};

/** Proxies that the gateway stands beside, and the bare `ws` server, cheapest first. */
const peers: readonly Target[] = [
  nginx("nginx", "plain", ""),
  nginx("nginx-64k", "plain", LARGE_NGINX_BUFFERS),
  haproxy("plain"),
  script("raw-pipe", "plain", "raw-pipe.ts"),
  script("http-proxy-3", "plain", "http-proxy.ts"),
  script("ws-relay", "plain", "relay.ts"),
  script("ws-relay-parse", "plain", "relay.ts", "--parse"),
  script("ws-server", "plain", "ws-server.ts"),
  nginx("nginx", "tls", ""),
  haproxy("tls"),
  script("raw-pipe", "tls", "raw-pipe.ts"),
  script("http-proxy-3", "tls", "http-proxy.ts"),
  script("ws-relay", "tls", "relay.ts"),
  script("socket.io", "socket.io", "socket-io-server.ts"),
];

const namesOver = (over: Transport): readonly string[] =>
  peers.filter((peer) => peer.over === over).map(({ name }) => name);

/** Everything of this checkout, then everything that it is measured beside. */
export const targets: readonly Target[] = [
  ...gatewayTargets(ownGateway),
  attached("attach-ws", { over: "plain", beside: "ws-server", file: "ws-server.ts", path: "/bench" }),
  attached("attach-socket.io", {
    over: "socket.io",
    beside: "socket.io",
    file: "socket-io-server.ts",
    path: "/socket.io",
  }),
  ...listenTargets(),
  ...peers,
];

/** `listen` and what it is measured beside: the bare `ws` server, and uWebSockets.js where `SALLYPORT_BENCH_UWS` says where it is. */
function listenTargets(): readonly Target[] {
  const beside = ["ws-server", "uws"];
  // No program is called so: it is not on npm, and whoever wants it beside the others says where it is.
  const uws = process.env["SALLYPORT_BENCH_UWS"] === undefined ? "SALLYPORT_BENCH_UWS=its uws.js" : null;
  return [
    listened("sallyport-listen", { over: "plain", beside }),
    listened("sallyport-listen-iterated", { over: "plain", beside, flags: ["--iterate"] }),
    { ...script("uws", "plain", "uws-server.ts"), needs: uws },
    listened("sallyport-listen-topic", {
      over: "broadcast",
      beside: ["ws-server-all"],
      flags: ["--broadcast"],
    }),
    script("ws-server-all", "broadcast", "ws-server.ts", "--broadcast"),
  ];
}

function listened(
  name: string,
  what: Pick<Target, "over" | "beside"> & { readonly flags?: readonly string[] },
): Target {
  const { over, beside, flags = [] } = what;
  return {
    name,
    over,
    needs: null,
    beside,
    async start(stage) {
      const policy = join(stage.directory, `${name}.json`);
      await writeFile(policy, JSON.stringify(attachPolicy(stage, "/bench")));
      return startScript("listen-server.ts", "--policy", policy, ...flags);
    },
  };
}

/** A gateway as targets: plain, where it has such guards with every message parsed as JSON and fully looked at, and over TLS. */
export function gatewayTargets(binary: GatewayBinary): readonly Target[] {
  const { name, path } = binary;
  const own = name === ownGateway.name ? [] : [ownGateway.name];
  const has = (guard: string): boolean => existsSync(join(path, `../../src/guards/${guard}.ts`));
  const looking = (looks: Looks): Target =>
    gateway(path, { name: `${name}-${looks}`, over: "plain", looks, beside: [name, "ws-relay-parse"] });
  const watching = (what: string, looks: Looks): readonly Target[] => [
    gateway(path, { name: `${name}-${what}`, over: "plain", looks, beside: [`${name}-${what}-off`] }),
    gateway(path, { name: `${name}-${what}-off`, over: "plain", looks, beside: [], unwatched: true }),
  ];
  const recording = (what: string, payloads: Recording["payloads"]): Target =>
    gateway(path, {
      name: `${name}-journal-${what}`,
      over: "plain",
      looks: "frames",
      beside: [name],
      payloads,
    });
  return [
    gateway(path, { name, over: "plain", looks: "frames", beside: [...own, ...namesOver("plain")] }),
    ...(existsSync(join(path, "../../src/hosts/gate-journal.ts"))
      ? [recording("metadata", "none"), recording("full", "full")]
      : []),
    ...(existsSync(join(path, "../../src/hosts/gate-watch.ts"))
      ? [...watching("watch", "frames"), ...watching("watch-names", "names")]
      : []),
    ...(has("permission") ? [looking("json")] : []),
    ...(has("leak") ? [looking("everything")] : []),
    gateway(path, {
      name: nameOver(name, "tls"),
      over: "tls",
      looks: "frames",
      beside: [...own.map((each) => nameOver(each, "tls")), ...namesOver("tls")],
    }),
  ];
}

function gateway(
  path: string,
  what: Pick<Target, "name" | "over" | "beside"> & {
    readonly looks: Looks;
    /** What is kept of contents in a journal; absent: there is none. */
    readonly payloads?: Recording["payloads"];
    /** Whether the watch, which is on by default, is switched off. */
    readonly unwatched?: boolean;
  },
): Target {
  const { name, over, beside, looks, payloads, unwatched = false } = what;
  return {
    name,
    over,
    beside,
    needs: null,
    async start(stage) {
      const file = join(stage.directory, `${name}.yaml`);
      const directory = join(stage.directory, `${name}-records`);
      const journal = payloads === undefined ? null : { directory, payloads };
      await writeFile(file, gatewayConfig({ ...stage, tls: tlsOf(stage, over), looks, journal, unwatched }));
      const child = startChild([process.execPath, path, "run", "--config", file], "target");
      return listening(child, /^listening on https?:\/\/.*:(\d+)$/);
    },
  };
}

/** A server with the gate attached, beside the same one without. */
function attached(
  name: string,
  what: {
    readonly over: Transport;
    readonly beside: string;
    readonly file: string;
    /** The server's endpoint. */
    readonly path: string;
  },
): Target {
  const { over, beside, file, path } = what;
  return {
    name,
    over,
    needs: null,
    beside: [beside],
    async start(stage) {
      const policy = join(stage.directory, `${name}.json`);
      await writeFile(policy, JSON.stringify(attachPolicy(stage, path)));
      return startScript(file, "--policy", policy);
    },
  };
}

/** A file of `targets/`. */
function script(name: string, over: Transport, file: string, ...flags: readonly string[]): Target {
  return {
    name: nameOver(name, over === "tls" ? over : "plain"),
    over,
    needs: null,
    beside: [],
    start(stage) {
      const tls = tlsOf(stage, over);
      const secure = tls === null ? [] : ["--certificate", tls.certificate, "--key", tls.key];
      return startScript(file, "--backend", String(stage.backend), ...secure, ...flags);
    },
  };
}

function startScript(file: string, ...flags: readonly string[]): Promise<RunningTarget> {
  const path = fileURLToPath(new URL(`targets/${file}`, import.meta.url));
  return listening(startChild([process.execPath, path, ...flags], "target"), /^listening (\d+)$/);
}

function nginx(name: string, over: Transport, buffers: string): Target {
  return {
    name: nameOver(name, over),
    over,
    needs: "nginx",
    beside: [],
    async start(stage) {
      const facts = await proxyFacts(stage, over);
      const file = join(stage.directory, `nginx-${facts.listen}.conf`);
      await writeFile(file, nginxConfig(facts, buffers));
      return open(["nginx", "-p", stage.directory, "-c", file], facts.listen);
    },
  };
}

function haproxy(over: Transport): Target {
  return {
    name: nameOver("haproxy", over),
    over,
    needs: "haproxy",
    beside: [],
    async start(stage) {
      const facts = await proxyFacts(stage, over);
      const file = join(stage.directory, `haproxy-${facts.listen}.cfg`);
      await writeFile(file, haproxyConfig(facts));
      return open(["haproxy", "-db", "-f", file], facts.listen);
    },
  };
}

function tlsOf(stage: Stage, over: Transport): TlsFiles | null {
  return over === "tls" ? stage.tls : null;
}

async function listening(child: Child, pattern: RegExp): Promise<RunningTarget> {
  const [, port = ""] = await firstMatch(child, pattern);
  return { pid: child.pid, port: Number(port), stop: () => child.stop() };
}

/** Starts a program that does not say when it listens: waits until it answers. */
async function open([name = "", ...rest]: readonly string[], port: number): Promise<RunningTarget> {
  const child = startChild([findProgram(name) ?? name, ...rest], "target");
  const until = performance.now() + 10_000;
  while (!(await answers(port))) {
    if (performance.now() > until) throw new Error(`${name} does not listen on ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { pid: child.pid, port, stop: () => child.stop() };
}

async function answers(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/`, { method: "HEAD", signal: AbortSignal.timeout(2000) });
    return true;
  } catch (error) {
    // Whatever it says, or does not say, to a plain request: the port is open.
    return !(error instanceof TypeError && String(error.cause).includes("ECONNREFUSED"));
  }
}

async function proxyFacts(stage: Stage, over: Transport): Promise<ProxyFacts> {
  const { backend, directory } = stage;
  return { listen: await freePort(0), backend, directory, tls: tlsOf(stage, over) };
}
