import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { WebSocketServer, type RawData, type ServerOptions, type WebSocket } from "ws";
import type { Emit, SallyportEvent } from "../../src/events.ts";
import { journalOf, type GateJournal } from "../../src/hosts/gate-journal.ts";
import { openGateway, type Gateway } from "../../src/hosts/gateway.ts";
import { nowhere } from "../../src/policy/config-document.ts";
import { resolveConfig } from "../../src/policy/load-config.ts";
import { compilePolicy, type Policy } from "../../src/policy/policy.ts";
import type { MemoryBans } from "../../src/state/memory-bans.ts";
import type { MemoryRevocations } from "../../src/state/memory-revocations.ts";
import { createMemoryState } from "../../src/state/memory-state.ts";

/** What a test writes of a configuration: one listener, and one route for every path unless `routes` says otherwise. */
export interface GatewaySetup {
  readonly upstream?: unknown;
  /** Keys of the listener besides `address` and `tls`. */
  readonly listen?: Readonly<Record<string, unknown>>;
  /** Keys of the route besides `path`, `upstream` and `identity`. */
  readonly route?: Readonly<Record<string, unknown>>;
  readonly routes?: readonly Readonly<Record<string, unknown>>[];
  /** `journal` of the configuration. Default: none. */
  readonly journal?: unknown;
  /** What relative paths are relative to. Default: a directory of the gate's own. */
  readonly base?: string;
}

/** What a gate told. */
export interface Told {
  readonly events: readonly SallyportEvent[];
  /** Resolves with the first event, told already or later, that the test looks for. Rejects after 45 seconds. */
  readonly seen: <Type extends SallyportEvent["type"]>(
    type: Type,
    matches?: (event: Extract<SallyportEvent, { type: Type }>) => boolean,
  ) => Promise<Extract<SallyportEvent, { type: Type }>>;
}

/** A gate that runs in this process, with what it told. */
export interface TestGateway extends Told {
  readonly gateway: Gateway;
  readonly url: string;
  /** The same with the scheme `ws` or `wss`. */
  readonly wsUrl: string;
  readonly port: number;
  readonly bans: MemoryBans;
  readonly revocations: MemoryRevocations;
  readonly directory: string;
  /** Compiles another policy with this gate's services. */
  compile(setup: GatewaySetup): Promise<Policy>;
  close(withinMs?: number): Promise<void>;
}

const SEEN_WITHIN_MS = 45_000;
const QUICK_DRAIN = { batch: 1000, pauseMs: 0, withinMs: 200 };

/** Starts a gate on a free loopback port, by way of the real loader. It is closed when the test ends. */
export async function startGateway(setup: GatewaySetup = {}): Promise<TestGateway> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-gateway-"));
  const { emit: tell, ...told } = recordEvents();
  let journal: GateJournal | null = null;
  const emit: Emit = (event) => {
    journal?.take(event);
    tell(event);
  };
  const state = createMemoryState();
  const compile = async (what: GatewaySetup): Promise<Policy> => {
    const document = {
      file: null,
      base: what.base ?? directory,
      value: configOf(what),
      locate: () => nowhere,
    };
    const loaded = await resolveConfig(document, {});
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 2));
    const services = { emit, ...state, fetch: globalThis.fetch, wallNow: () => Date.now() };
    const compiled = await compilePolicy(loaded.config, services);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems, null, 2));
    return compiled.policy;
  };
  const policy = await compile(setup);
  journal = await journalOf(policy, emit);
  const gateway = await openGateway({ policy, emit, developmentDirectory: directory, journal });
  const [url = ""] = gateway.urls;
  let closing: Promise<void> | null = null;
  const close = (withinMs = QUICK_DRAIN.withinMs): Promise<void> =>
    (closing ??= gateway.drain({ ...QUICK_DRAIN, withinMs }).then(async () => void (await journal?.close())));
  onTestFinished(async () => {
    await close();
    await rm(directory, { recursive: true });
  });
  return {
    gateway,
    ...told,
    url,
    wsUrl: url.replace("http", "ws"),
    port: Number(new URL(url).port),
    bans: state.bans,
    revocations: state.revocations,
    directory,
    compile,
    close,
  };
}

/** Keeps what a gate tells, and lets a test wait for it. */
export function recordEvents(): Told & { readonly emit: Emit } {
  const events: SallyportEvent[] = [];
  const watchers = new Set<() => void>();
  return {
    events,
    emit(event) {
      events.push(event);
      for (const watch of watchers) watch();
    },
    seen: (type, matches = () => true) =>
      seen(
        { events, watchers },
        (event): event is Extract<SallyportEvent, { type: typeof type }> =>
          isOf(event, type) && matches(event),
      ),
  };
}

function configOf(setup: GatewaySetup): unknown {
  const { upstream = "ws://127.0.0.1:1", listen = {}, route = {}, routes, journal = "off" } = setup;
  return {
    version: 1,
    journal,
    listen: [{ address: "127.0.0.1:0", tls: "off", ...listen }],
    routes: routes ?? [{ path: "/", upstream, identity: "anonymous", ...route }],
  };
}

function isOf<Type extends SallyportEvent["type"]>(
  event: SallyportEvent,
  type: Type,
): event is Extract<SallyportEvent, { type: Type }> {
  return event.type === type;
}

function seen<Event extends SallyportEvent>(
  { events, watchers }: { readonly events: readonly SallyportEvent[]; readonly watchers: Set<() => void> },
  matches: (event: SallyportEvent) => event is Event,
): Promise<Event> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      watchers.delete(watch);
      reject(
        new Error(`not seen among ${events.length}, the last of them ${JSON.stringify(events.slice(-10))}`),
      );
    }, SEEN_WITHIN_MS);
    const watch = (): void => {
      const found = events.find(matches);
      if (found === undefined) return;
      clearTimeout(timer);
      watchers.delete(watch);
      resolve(found);
    };
    watchers.add(watch);
    watch();
  });
}

/** A real application that knows nothing of the gate. */
export interface Application {
  readonly url: string;
  readonly port: number;
  readonly server: WebSocketServer;
  /** Handshakes that reached it. */
  readonly connections: () => number;
}

/** Starts a `ws` server on a free loopback port that echoes, or does what the test says. Closed when the test ends. */
export async function startApplication(
  onConnection: (socket: WebSocket) => void = echo,
  options: ServerOptions = {},
): Promise<Application> {
  const server = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    maxPayload: 64 * 1024 * 1024,
    ...options,
  });
  let connections = 0;
  server.on("connection", (socket) => {
    connections += 1;
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  await once(server, "listening");
  onTestFinished(async () => {
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => server.close(resolve));
  });
  const port = portOf(server.address());
  return { url: `ws://127.0.0.1:${port}`, port, server, connections: () => connections };
}

function echo(socket: WebSocket): void {
  socket.on("message", (data, isBinary) => socket.send(bytesOf(data), { binary: isBinary }));
}

/** A message of `ws` as bytes, whichever of its forms it has. */
export function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

/** The port of what `Server.address` answers. */
export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("not a TCP server that listens");
  return address.port;
}

/** A server of bytes, for an application that misbehaves. */
export interface RawServer {
  readonly url: string;
  readonly port: number;
  readonly connections: () => number;
  readonly sockets: ReadonlySet<Socket>;
}

/** Starts a TCP server on a free loopback port. Closed, with its connections, when the test ends. */
export async function startRawServer(onConnection: (socket: Socket) => void): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const port = portOf(server.address());
  return { url: `ws://127.0.0.1:${port}`, port, connections: () => connections, sockets };
}
