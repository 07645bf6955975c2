import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { WebSocket, WebSocketServer } from "ws";

import { ensureDashboard } from "../../examples/shared/built-dashboard.ts";
import { type Gate, startGate } from "../../examples/shared/gate.ts";
import { freePort } from "../../examples/shared/loopback.ts";
import { appOrigin, callersJwt, callersSecret, proofOf } from "./dashboard-callers.ts";

/** A gate with a dashboard, with people on it, and with somebody who attacks it all the while. */
export interface DashboardGate {
  readonly adminUrl: string;
  /** The token of a role. */
  token(role: "viewer" | "operator"): Promise<string>;
  /** Connects somebody, who says something ten times a second. */
  connect(user: string, agent?: string): Promise<WebSocket>;
  /** Sends what is refused, and waits until it is. */
  misbehave(user: string, message: string): Promise<void>;
  /** Stops the gate. */
  stop(): Promise<void>;
  /** Starts it again, where it was. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Acts on whoever shows it as it is: a page, a terminal, a reader from the left. */
export const hostileName = "mal\u202eory<img src=x onerror=\"document.title='owned'\">\u001b[31m";
/** Of a page, which may choose its host. */
export const hostileOrigin = "https://evil.example";

const EVERY_MS = 100;

/** Guards of the route that are to be otherwise. */
type RouteChanges = Readonly<Record<string, unknown>>;

function configOf(
  ports: { readonly gate: number; readonly admin: number; readonly application: number },
  changes: RouteChanges,
): string {
  return JSON.stringify({
    version: 1,
    listen: [{ address: `127.0.0.1:${ports.gate}`, tls: "off" }],
    admin: {
      address: `127.0.0.1:${ports.admin}`,
      tokens: ["viewer", "operator"].map((role) => ({ name: role, role, tokenFile: `${role}.token` })),
    },
    // Where many people are at home more is let by without a word, and here all are.
    watch: { detectors: { handshakeScan: { address: { perMinute: 2 } } } },
    routes: [
      {
        path: "/chat",
        upstream: `ws://127.0.0.1:${ports.application}`,
        origin: { allow: [appOrigin] },
        identity: { jwt: callersJwt },
        messageSize: { inbound: "64KiB" },
        threat: { signatures: ["script"] },
        ...changes,
      },
    ],
  });
}

async function startApplication(): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, maxPayload: 65_536 });
  server.on("connection", (socket) => {
    socket.on("error", () => socket.terminate());
    socket.on("message", (data: Buffer) => socket.send(data, { binary: false }));
  });
  await once(server, "listening");
  return server;
}

/** Knocks from a foreign page. */
async function knock(url: string): Promise<void> {
  const socket = new WebSocket(url, {
    origin: hostileOrigin,
    headers: { "User-Agent": "<script>document.title='owned'</script>" },
  });
  await once(socket, "error").catch(() => {});
}

/** Knocks all the while, also where nobody is there for a time. */
function attack(url: string): () => Promise<void> {
  const life = { isOver: false };
  const knocking = (async () => {
    while (!life.isOver) {
      await knock(url);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
  return async () => {
    life.isOver = true;
    await knocking;
  };
}

/** Starts an application, its gate and the attack on it. @param changes guards of the route that are to be otherwise */
export async function startDashboardGate(changes: RouteChanges = {}): Promise<DashboardGate> {
  await ensureDashboard();
  const directory = await mkdtemp(join(tmpdir(), "sallyport-dashboard-"));
  const application = await startApplication();
  const ports = {
    gate: await freePort(0),
    admin: await freePort(0),
    // A server that listens at a port has an address, and no path.
    // eslint-disable-next-line typescript/no-unsafe-type-assertion
    application: (application.address() as AddressInfo).port,
  };
  const file = join(directory, "sallyport.yaml");
  await writeFile(join(directory, "jwt.secret"), callersSecret, { mode: 0o600 });
  await writeFile(file, configOf(ports, changes));
  const start = (): Promise<Gate> => startGate(file, { onLine: () => {} });
  let gate = await start();
  const url = `ws://127.0.0.1:${ports.gate}/chat`;
  const timers = new Set<NodeJS.Timeout>();
  // More in a minute than one address is let without a word.
  for (let count = 0; count < 25; count += 1) await knock(url);
  const endAttack = attack(url);
  const open = async (user: string, agent = "test"): Promise<WebSocket> => {
    const headers = { Authorization: `Bearer ${await proofOf(user)}`, "User-Agent": agent };
    const socket = new WebSocket(url, { origin: appOrigin, headers });
    socket.on("error", () => socket.terminate());
    await once(socket, "open");
    return socket;
  };
  return {
    adminUrl: `http://127.0.0.1:${ports.admin}`,
    token: async (role) => (await readFile(join(directory, `${role}.token`), "utf8")).trim(),
    async connect(user, agent) {
      const socket = await open(user, agent);
      timers.add(
        setInterval(() => socket.readyState === WebSocket.OPEN && socket.send('{"type":"say"}'), EVERY_MS),
      );
      return socket;
    },
    async misbehave(user, message) {
      const socket = await open(user);
      socket.send(message);
      await once(socket, "close");
    },
    stop: () => gate.stop(),
    async restart() {
      gate = await start();
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      await endAttack();
      await gate.stop();
      for (const client of application.clients) client.terminate();
      application.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
