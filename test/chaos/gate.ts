import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { request, type IncomingMessage, type RequestOptions } from "node:http";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import type { Child } from "./child.ts";
import { startChild } from "./child.ts";
import { scratchDirectory } from "./engine.ts";
import type { Network } from "./network.ts";
import type { Undo } from "./undo.ts";

const launcher = fileURLToPath(new URL("../../packages/sallyport/bin/sallyport.js", import.meta.url));

/** Where pages of the lab come from. */
export const ORIGIN = "http://app.example.com";

/** Limits of both routes. */
export const limits = { perUser: 3, rate: 20, burst: 40 } as const;

/** An answer of an admin API. */
export interface AdminAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A gateway that runs, with the routes `/closed` and `/open`: what they declare for an outage of revocations. */
export interface Gate {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The process. */
  readonly child: Child;
  /** Calls its admin API. */
  admin(method: string, path: string, body?: object): Promise<AdminAnswer>;
  /** Reads one of its metrics. */
  metric(name: string): Promise<number>;
  /** The status of its `ready`. */
  ready(): Promise<number>;
}

/** How a gateway is started. */
export interface GateOptions {
  readonly index: 0 | 1;
  readonly network: Network;
  readonly undo: Undo;
  /** `state` of its configuration. */
  readonly state: unknown;
  readonly applicationPort: number;
  readonly secretFile: string;
  /** `revocation.outageAfter` of `/closed`. */
  readonly outageAfter: string;
  /** A module that is loaded before anything of the gateway. */
  readonly preload?: URL | undefined;
}

function configOf({ index, network, state, applicationPort, secretFile, outageAfter }: GateOptions): object {
  const [host, hub] = [network.gates[index], network.hub[index]];
  const upstream = `ws://${hub}:${applicationPort}`;
  const route = {
    upstream,
    origin: { allow: [ORIGIN] },
    identity: {
      jwt: { issuer: "https://id.example.com", audience: "chaos", secretFile, algorithms: ["HS256"] },
    },
    // Longer than an outage, so that what was issued before it is tried after it.
    ticket: { use: "accept", life: "5m" },
    connectionLimit: {
      total: 5000,
      perAddress: 5000,
      perUser: limits.perUser,
      handshakesPerAddress: "2000/s",
      // Fifty at once on a machine that is busy with other tests.
      authenticateWithin: "1m",
    },
    messageRate: { perUser: `${limits.rate}/s` },
  };
  return {
    version: 1,
    listen: [{ address: `${host}:0`, tls: "off", unsafeAllowPlaintext: true, trustedProxies: [hub] }],
    admin: { address: `${host}:0`, tokenFile: "admin.token" },
    state,
    journal: "off",
    alerts: [
      {
        webhook: { url: `http://${hub}:${applicationPort}/alerts`, unsafeAllowPlaintext: true },
        minSeverity: "low",
      },
    ],
    routes: [
      { path: "/closed", ...route, revocation: { outageAfter } },
      { path: "/open", ...route, revocation: { onOutage: "allow" } },
    ],
  };
}

/** Starts a gateway, and waits until it listens. */
export async function startGate(options: GateOptions): Promise<Gate> {
  const { index, network, undo, preload } = options;
  const directory = await scratchDirectory(undo);
  const file = join(directory, "sallyport.yaml");
  await writeFile(file, JSON.stringify(configOf(options)));
  const loading = preload === undefined ? [] : ["--import", preload.href];
  const words = [...network.in(index), process.execPath, ...loading, launcher, "run", "--config", file];
  const child = startChild(words, { undo, directory });
  const [, port = ""] = await child.says(/listening on http:\/\/[\d.]+:(\d+)\n/);
  const [, adminUrl = ""] = await child.says(/admin on (http:\/\/\S+)\n/);
  const host = network.gates[index];
  const token = (await readFile(join(directory, "admin.token"), "utf8")).trim();
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return {
    name: index === 0 ? "A" : "B",
    host,
    port: Number(port),
    child,
    async admin(method, path, body) {
      const sent = body === undefined ? "" : JSON.stringify(body);
      const { status, text } = await ask(adminUrl + path, { method, headers }, sent);
      const read: unknown = JSON.parse(text);
      return { status, body: typeof read === "object" ? { ...read } : {} };
    },
    async metric(name) {
      const { text } = await ask(`${adminUrl}/metrics`, { headers });
      const found = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(text);
      return found === null ? Number.NaN : Number(found[1]);
    },
    ready: async () => (await ask(`http://${host}:${port}/.sallyport/ready`, {})).status,
  };
}

/** Asks over a connection of its own: one that is kept may be closed by the other side in this very moment. */
async function ask(
  url: string,
  options: Pick<RequestOptions, "method" | "headers">,
  body = "",
): Promise<{ readonly status: number; readonly text: string }> {
  const asked = request(url, { ...options, agent: false });
  const came: Promise<readonly IncomingMessage[]> = once(asked, "response");
  asked.end(body);
  const [response] = await came;
  if (response === undefined) throw new Error("no response");
  return { status: response.statusCode ?? 0, text: await readAll(response) };
}
