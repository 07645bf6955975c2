import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, findProgram, firstMatch, startChild } from "./child.ts";
import { gatewayConfig } from "./gateway-config.ts";
import { haproxyConfig, LARGE_NGINX_BUFFERS, nginxConfig, type ProxyPorts } from "./proxy-configs.ts";
import type { Tokens } from "./tokens.ts";

/** What a target stands in front of, and where it keeps its files. */
export interface Stage {
  readonly backend: number;
  readonly directory: string;
  readonly origin: string;
  readonly tokens: Tokens;
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
  /** `proxy`: stands before the generator's backend. `server`: answers by itself. */
  readonly kind: "proxy" | "server";
  /** The program that must be installed; `null`: everything is here. */
  readonly needs: string | null;
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

/** Everything that is measured beside the gateways, cheapest first. */
export const peers: readonly Target[] = [
  nginx("nginx", ""),
  nginx("nginx-64k", LARGE_NGINX_BUFFERS),
  { name: "haproxy", kind: "proxy", needs: "haproxy", start: startHaproxy },
  script("raw-pipe", "raw-pipe.ts"),
  script("http-proxy-3", "http-proxy.ts"),
  script("ws-relay", "relay.ts"),
  script("ws-relay-parse", "relay.ts", "--parse"),
  { ...script("ws-server", "ws-server.ts"), kind: "server" },
];

/** A gateway as a target. */
export function gatewayTarget({ name, path }: GatewayBinary): Target {
  return {
    name,
    kind: "proxy",
    needs: null,
    async start({ backend, directory, origin, tokens }) {
      const file = join(directory, `${name}.yaml`);
      await writeFile(file, gatewayConfig({ backend, origin, tokens }));
      const child = startChild([process.execPath, path, "run", "--config", file], "target");
      return listening(child, /^listening on http:\/\/.*:(\d+)$/);
    },
  };
}

function script(name: string, file: string, ...flags: readonly string[]): Target {
  const path = fileURLToPath(new URL(`targets/${file}`, import.meta.url));
  return {
    name,
    kind: "proxy",
    needs: null,
    start: ({ backend }) =>
      listening(
        startChild([process.execPath, path, String(backend), ...flags], "target"),
        /^listening (\d+)$/,
      ),
  };
}

function nginx(name: string, buffers: string): Target {
  return {
    name,
    kind: "proxy",
    needs: "nginx",
    async start(stage) {
      const ports = await proxyPorts(stage);
      const file = join(stage.directory, `${name}.conf`);
      await writeFile(file, nginxConfig(ports, buffers));
      return open(["nginx", "-p", stage.directory, "-c", file], ports.listen);
    },
  };
}

async function startHaproxy(stage: Stage): Promise<RunningTarget> {
  const ports = await proxyPorts(stage);
  const file = join(stage.directory, "haproxy.cfg");
  await writeFile(file, haproxyConfig(ports));
  return open(["haproxy", "-db", "-f", file], ports.listen);
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

async function proxyPorts({ backend, directory }: Stage): Promise<ProxyPorts> {
  return { listen: await freePort(), backend, directory };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") return reject(new Error("not on a port"));
      server.close(() => resolve(address.port));
    });
  });
}
