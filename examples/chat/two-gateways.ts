import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { type Gate, startGate, untilReady } from "../shared/gate.ts";
import type { Running } from "../shared/run-example.ts";
import { startTool } from "../shared/tool.ts";
import { writeConfig } from "../shared/write-config.ts";
import { startChat } from "./server.ts";

/** The ports of a gate. */
export interface GatePorts {
  readonly gate: number;
  readonly admin: number;
}

/** Where everything is: ports on loopback. */
export interface TwoPorts {
  /** The load balancer's, which is what browsers see. */
  readonly balancer: number;
  readonly redis: number;
  readonly chat: number;
  readonly one: GatePorts;
  readonly two: GatePorts;
}

/** The ports that the configuration is written with. */
export const writtenPorts: TwoPorts = {
  balancer: 8443,
  redis: 6390,
  chat: 8081,
  one: { gate: 8444, admin: 9090 },
  two: { gate: 8445, admin: 9091 },
};

/** Two gateways that run, with all that they need. */
export interface TwoGateways extends Running {
  readonly gates: readonly [Gate, Gate];
  /** The configurations of the two. */
  readonly configFiles: readonly [string, string];
}

const original = new URL("two-gateways.yaml", import.meta.url);

/**
 * Starts an engine (redis-server), the chat, two gateways before it and a load balancer (HAProxy) before them, all on loopback. Rejects,
 * with nothing left running, where one cannot start.
 */
export async function startTwoGateways(directory: string, ports: TwoPorts): Promise<TwoGateways> {
  const running: Running[] = [];
  const close = async (): Promise<void> => {
    // The gates first, which tell the engine that they leave.
    for (const part of running.toReversed()) await part.close();
  };
  try {
    await mkdir(directory, { recursive: true });
    running.push(await startRedis(ports.redis));
    const admin = {
      url: `http://127.0.0.1:${ports.one.admin}`,
      tokenFile: join(directory, "one", "chat.token"),
    };
    running.push(await startChat(ports.chat, { admin }));
    const configFiles = [
      await write(join(directory, "one"), ports, ports.one),
      await write(join(directory, "two"), ports, ports.two),
    ] as const;
    const gates = await Promise.all([startGate(configFiles[0]), startGate(configFiles[1])]);
    running.push(...gates.map((gate) => ({ close: () => gate.stop() })));
    await Promise.all([
      untilReady(`http://127.0.0.1:${ports.one.admin}`),
      untilReady(`http://127.0.0.1:${ports.two.admin}`),
    ]);
    running.push(await startBalancer(directory, ports));
    return { gates, configFiles, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function write(directory: string, ports: TwoPorts, own: GatePorts): Promise<string> {
  const { balancer, redis, chat, one } = writtenPorts;
  const written = new Map([
    [balancer, ports.balancer],
    [redis, ports.redis],
    [chat, ports.chat],
    [one.gate, own.gate],
    [one.admin, own.admin],
  ]);
  return writeConfig({ original, directory, ports: written, beside: ["chat.schema.json"] });
}

function startRedis(port: number): Promise<Running> {
  return startTool({
    command: "redis-server",
    args: ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--appendonly", "no"],
    port,
    install: "on Debian, apt-get install redis-server",
  });
}

/** It passes TCP on, to a gate that says that it is ready; TLS ends at the gates. */
async function startBalancer(directory: string, { balancer, one, two }: TwoPorts): Promise<Running> {
  const file = join(directory, "haproxy.cfg");
  const server = "send-proxy-v2 check check-send-proxy check-ssl verify none inter 500 fall 2 rise 1";
  await writeFile(
    file,
    `defaults
    mode tcp
    timeout connect 5s
    timeout check 2s
    timeout client 1h
    timeout server 1h
frontend public
    bind 127.0.0.1:${balancer}
    default_backend gates
backend gates
    balance roundrobin
    option redispatch
    option httpchk
    http-check send meth GET uri /.sallyport/ready ver HTTP/1.1 hdr Host localhost
    server one 127.0.0.1:${one.gate} ${server}
    server two 127.0.0.1:${two.gate} ${server}
`,
  );
  return await startTool({
    command: "haproxy",
    args: ["-db", "-q", "-f", file],
    port: balancer,
    install: "on Debian, apt-get install haproxy",
  });
}
