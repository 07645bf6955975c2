import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { onTestFinished } from "vitest";
import { WebSocket, WebSocketServer, type ClientOptions, type ServerOptions } from "ws";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import type { JournalInput } from "../../src/policy/define-config.ts";
import type { Reloaded } from "../../src/hosts/reevaluate.ts";
import { attach } from "../../src/hosts/attach.ts";
import { newRevocation, type RevocationInput } from "../../src/state/new-revocation.ts";
import { listenInstead, noteApplication } from "./listened-application.ts";
import { bytesOf, portOf, recordEvents, startGateway, type Told } from "../gateway/harness.ts";

/** Where the session runs. */
export type HostName = "gateway" | "attach" | "listen";

/** The hosts. */
export const hostNames: readonly HostName[] = ["gateway", "attach", "listen"];

/** The hosts before applications that are written for a library of their own. */
export const hostsOfLibraries: readonly HostName[] = ["gateway", "attach"];

/** What a test writes of the policy: its routes, and how clients are known through proxies. */
export interface GuardSetup {
  readonly routes: readonly AttachRouteInput[];
  readonly trustedProxies?: readonly string[];
  readonly journal?: JournalInput;
  /** What relative paths are relative to. */
  readonly directory?: string;
}

/** An application behind a gate. */
export interface GuardedServer extends Told {
  /** Where clients connect: the gate. */
  readonly port: number;
  readonly url: string;
  readonly wsUrl: string;
  /** The application's own server. */
  readonly server: Server;
  /** How many connections the gate carries. */
  readonly connections: () => number;
  /** Closes every connection as a shut-down does. */
  readonly drain: () => Promise<void>;
  readonly ban: (address: string) => void;
  readonly revoke: (input: RevocationInput) => void;
  /** Puts other routes in force. */
  readonly reload: (routes: GuardSetup["routes"]) => Promise<Reloaded>;
}

/** That of a test's end: nobody has to answer. */
const QUICK_DRAIN = { batch: 1000, pauseMs: 0, withinMs: 2000 };
/** That of a test about it. */
const PATIENT_DRAIN = { ...QUICK_DRAIN, withinMs: 20_000 };

/** One route for everything, for anybody. */
export const openRoute: AttachRouteInput = { path: "/", identity: "anonymous" };

/**
 * Puts the gate before a server: in front of it as a gateway, or inside it. The server listens on a free loopback port;
 * all is closed when the test ends.
 */
export async function guardServer(
  host: HostName,
  server: Server,
  setup: GuardSetup = { routes: [openRoute] },
): Promise<GuardedServer> {
  if (host === "gateway") return guardInFront(server, setup);
  return host === "attach" ? guardInside(server, setup) : guardWithin(server, setup);
}

/** The application is no other than that of `listen`. */
async function guardWithin(server: Server, { directory, ...setup }: GuardSetup): Promise<GuardedServer> {
  const told = recordEvents();
  const options = { onEvent: told.emit, ...(directory === undefined ? {} : { directory }) };
  const listening = listenInstead(server, setup, options);
  const port = await listen(server);
  const gate = await listening;
  onTestFinished(() => gate.drain(QUICK_DRAIN));
  return {
    ...told,
    ...urlsOf(port),
    server,
    connections: () => gate.size,
    drain: () => gate.drain(PATIENT_DRAIN),
    ban: (address) => void gate.bans.add(address, { reason: "test", until: null }),
    revoke: (input) => void gate.revoke(input),
    reload: (routes) => gate.reload({ ...setup, routes }),
  };
}

async function guardInside(server: Server, { directory, ...setup }: GuardSetup): Promise<GuardedServer> {
  const told = recordEvents();
  const gate = attach(server, setup, {
    onEvent: told.emit,
    ...(directory === undefined ? {} : { directory }),
  });
  const port = await listen(server);
  let drained: Promise<void> | null = null;
  const drain = (options: typeof QUICK_DRAIN): Promise<void> => (drained ??= gate.drain(options));
  onTestFinished(() => drain(QUICK_DRAIN));
  await gate.ready;
  return {
    ...told,
    ...urlsOf(port),
    server,
    connections: () => gate.connections,
    drain: () => drain(PATIENT_DRAIN),
    ban: (address) => void gate.bans.add(address, { reason: "test", until: null }),
    revoke: (input) => void gate.revoke(input),
    reload: (routes) => gate.reload({ ...setup, routes }),
  };
}

async function guardInFront(server: Server, setup: GuardSetup): Promise<GuardedServer> {
  const { routes, trustedProxies, directory, journal } = setup;
  const upstream = `ws://127.0.0.1:${await listen(server)}`;
  const withUpstream = (all: GuardSetup["routes"]): Readonly<Record<string, unknown>>[] =>
    all.map((route) => Object.assign({}, route, { upstream }));
  const gateSetup = {
    listen: trustedProxies === undefined ? {} : { trustedProxies },
    ...(directory === undefined ? {} : { base: directory }),
    ...(journal === undefined ? {} : { journal }),
  };
  const gate = await startGateway({ ...gateSetup, routes: withUpstream(routes) });
  return {
    ...gate,
    ...urlsOf(gate.port),
    server,
    connections: () => gate.gateway.gate.sessions.size,
    drain: () => gate.close(PATIENT_DRAIN.withinMs),
    ban: (address) => {
      gate.bans.add(address, { reason: "test", until: null });
      gate.gateway.closeBanned(gate.bans);
    },
    reload: async (next) =>
      gate.gateway.setPolicy(await gate.compile({ ...gateSetup, routes: withUpstream(next) })),
    revoke: (input) => {
      const made = newRevocation(input, Date.now());
      if (!made.ok) throw new TypeError(made.problem);
      gate.revocations.add(made.revocation);
    },
  };
}

function urlsOf(port: number): Pick<GuardedServer, "port" | "url" | "wsUrl"> {
  return { port, url: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}` };
}

/** Listens on a free loopback port, unless the server does already. Closed, with its connections, when the test ends. */
async function listen(server: Server): Promise<number> {
  if (!server.listening) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return portOf(server.address());
}

/** An application made with `ws` on a server of its own. */
export interface WsApplication {
  readonly server: Server;
  readonly sockets: WebSocketServer;
  /** What the server's own listeners were given: upgrades and plain requests. */
  readonly requests: IncomingMessage[];
}

/** Makes a `ws` application that echoes, or does what the test says. Plain requests are answered `plain`. */
export function wsApplication(
  onConnection: (socket: WebSocket, request: IncomingMessage) => void = echo,
  options: ServerOptions = {},
): WsApplication {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.end("plain");
  });
  const sockets = new WebSocketServer({ server, maxPayload: 64 * 1024 * 1024, ...options });
  noteApplication(server, { sockets });
  sockets.on("connection", (socket, request) => {
    requests.push(request);
    socket.on("error", () => undefined);
    onConnection(socket, request);
  });
  return { server, sockets, requests };
}

/** A server that answers upgrades as the test says, byte for byte. */
export function upgradeServer(
  onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): Server {
  return createServer().on("upgrade", (request, socket, head) => {
    socket.on("error", () => undefined);
    onUpgrade(request, socket, head);
  });
}

/** Sends every message back as it came. */
export function echo(socket: WebSocket): void {
  socket.on("message", (data, isBinary) => socket.send(bytesOf(data), { binary: isBinary }));
}

/** A connected `ws` client. Terminated when the test ends. */
export async function openClient(
  url: string,
  { protocols = [], ...options }: ClientOptions & { readonly protocols?: string[] } = {},
): Promise<WebSocket> {
  const client = new WebSocket(url, protocols, options);
  client.on("error", () => undefined);
  onTestFinished(() => client.terminate());
  await new Promise<void>((resolve, reject) => {
    client.once("open", resolve);
    client.once("unexpected-response", (_request, response) =>
      reject(new Error(`status ${response.statusCode}`)),
    );
    client.once("error", reject);
  });
  return client;
}

/** The next message as bytes. */
export function nextMessage(client: WebSocket): Promise<{ data: Buffer; isBinary: boolean }> {
  return new Promise((resolve) => {
    client.once("message", (data, isBinary) => resolve({ data: bytesOf(data), isBinary }));
  });
}

/** How the connection closed, as this end saw it. */
export function closed(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
}
