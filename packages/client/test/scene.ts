import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { onTestFinished } from "vitest";
import type { WebSocket as ApplicationSocket } from "ws";
import {
  portOf,
  startApplication,
  startGateway,
  type Application,
  type TestGateway,
} from "../../sallyport/test/gateway/harness.ts";
import { createTokens, type TestTokens } from "../../sallyport/test/hosts/test-tokens.ts";
import { SallyportSocket } from "../src/sallyport-socket.ts";
import type { EndedEvent, Lost, SocketEvents } from "../src/socket-events.ts";
import type { SocketOptions } from "../src/socket-options.ts";

/** The real gateway with TLS before a real application, and an issuer that it believes. */
export interface Scene {
  readonly gate: TestGateway;
  readonly application: Application;
  readonly tokens: TestTokens;
  readonly url: string;
}

/** Trusts a development CA as `NODE_EXTRA_CA_CERTS` would, until the test ends. */
async function trust(caFile: string | null): Promise<void> {
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, await readFile(caFile ?? "", "utf8")]);
  onTestFinished(() => setDefaultCACertificates(before));
}

/** What of a scene differs. */
export interface SceneParts {
  readonly onConnection?: (socket: ApplicationSocket) => void;
  readonly route?: Readonly<Record<string, unknown>>;
  /** Default: `true`. */
  readonly trusted?: boolean;
}

/** Starts the gateway, with `ticket: require`, before an echo. */
export async function startScene({
  onConnection,
  route = {},
  trusted = true,
}: SceneParts = {}): Promise<Scene> {
  const tokens = await createTokens();
  const application = await startApplication(onConnection);
  const gate = await startGateway({
    listen: { tls: "development" },
    routes: [
      { path: "/chat", upstream: application.url, identity: tokens.identity, ticket: "require", ...route },
    ],
  });
  if (trusted) await trust(gate.gateway.developmentCaFile);
  return { gate, application, tokens, url: `wss://localhost:${gate.port}/chat` };
}

/** A client, and all that it told. */
export interface Told {
  readonly socket: SallyportSocket;
  readonly losses: Lost[];
  readonly messages: unknown[];
  /** The names of its events, in order. */
  readonly told: string[];
  next<Type extends keyof SocketEvents>(type: Type): Promise<SocketEvents[Type]>;
  ended(): Promise<EndedEvent>;
}

const TYPES = ["open", "message", "error", "close", "lost", "dropped", "renewed", "renewalfailed"] as const;

/** Comes back at once: tests wait for nothing. */
export const QUICK: NonNullable<SocketOptions["reconnect"]> = { firstMs: 1, longestMs: 5 };

/** Opens a client that comes back quickly. It is closed when the test ends. */
export function openClient(url: string, options: SocketOptions = {}, protocols: string[] = []): Told {
  const socket = new SallyportSocket(url, protocols, { reconnect: QUICK, ...options });
  const losses: Lost[] = [];
  const messages: unknown[] = [];
  const told: string[] = [];
  for (const type of TYPES) socket.addEventListener(type, () => void told.push(type));
  socket.addEventListener("lost", ({ detail }) => void losses.push(detail));
  socket.addEventListener("message", ({ data }) => void messages.push(data));
  const next = <Type extends keyof SocketEvents>(type: Type): Promise<SocketEvents[Type]> =>
    new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }));
  const close = next("close");
  onTestFinished(() => socket.close());
  return { socket, losses, messages, told, next, ended: () => close };
}

/** A TCP relay before a server, whose connections the test cuts. */
export interface Relay {
  readonly port: number;
  /** Connections that it carried. */
  readonly count: () => number;
  /** Resets every connection that there is. */
  cut(): void;
  /** Carries nothing more in either direction, and closes nothing: as a network does that is gone. */
  freeze(): void;
}

/** Starts a relay to a port of this machine. It is closed when the test ends. */
export async function startRelay(target: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((near) => {
    count += 1;
    const far = connect(target, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    port: portOf(server.address()),
    count: () => count,
    cut,
    freeze: () => {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
    },
  };
}
