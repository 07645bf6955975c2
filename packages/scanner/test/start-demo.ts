import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { parse } from "yaml";
import { chatConfig } from "../../../examples/chat/chat-config.ts";
import { startChat } from "../../../examples/chat/server.ts";
import { gameConfig } from "../../../examples/game/game-config.ts";
import { startGame } from "../../../examples/game/server.ts";
import { startGate } from "../../../examples/shared/gate.ts";
import { freePort } from "../../../examples/shared/loopback.ts";
import { writeConfig } from "../../../examples/shared/write-config.ts";
import { startTrading } from "../../../examples/trading/server.ts";
import { tradingConfig } from "../../../examples/trading/trading-config.ts";
import { dataDirectory } from "../../sallyport/src/hosts/data-directory.ts";
import type { AttachRouteInput } from "../../sallyport/src/policy/attach-config.ts";
import { guardServer, type HostName, wsApplication } from "../../sallyport/test/hosts/guarded-server.ts";
import type { ScanSettings } from "../src/scan-settings.ts";

/** An example with an application of its own. */
export type DemoName = "chat" | "game" | "trading";

/** Where an example's gate is, and what its user is known by. */
export interface Demo {
  readonly url: string;
  readonly settings: Partial<ScanSettings>;
}

interface Application {
  readonly port: number;
  close(): Promise<void>;
}

interface DemoParts {
  readonly config: URL;
  readonly beside: readonly string[];
  readonly ports: { readonly gate: number; readonly admin: number; readonly application: number };
  readonly start: () => Promise<Application>;
  /** What a page fetches besides the cookie, and says first. */
  readonly more: (base: string, cookie: string) => Promise<Partial<ScanSettings>>;
}

/** As long as no token ends in the scan. */
const LIVES = { connection: 290, message: 290 };

/** The only change of the policies: the scanner comes from one address, faster than clients do. */
const LIMIT_LINE = "    connectionLimit: { handshakesPerAddress: 2000/s }\n";
const TICKET_LINE = "    ticket: require\n";

const parts: Readonly<Record<DemoName, DemoParts>> = {
  chat: {
    ...chatConfig,
    ports: { ...chatConfig.ports, application: chatConfig.ports.chat },
    start: () => startChat(0),
    more: async () => ({ messages: ['{"type":"join","room":"lobby"}'] }),
  },
  game: {
    ...gameConfig,
    beside: [],
    ports: { ...gameConfig.ports, application: gameConfig.ports.game },
    start: () => startGame(0),
    // It takes no text.
    more: async () => ({}),
  },
  trading: {
    ...tradingConfig,
    ports: { ...tradingConfig.ports, application: tradingConfig.ports.desk },
    start: () => startTrading(0, LIVES),
    more: tradingSettings,
  },
};

/**
 * Starts the application of an example, and the gate with the policy of its `sallyport.yaml`, as a user who has logged in: the gateway as
 * `npm run demo` does, with the application behind it; inside of a server by the route that it writes, before an application that listens
 * and says nothing. All is ended when the test is.
 */
export async function startDemo(name: DemoName, host: HostName): Promise<Demo> {
  const { config, beside, ports, start, more } = parts[name];
  const application = await start();
  onTestFinished(() => application.close());
  const base = `http://127.0.0.1:${application.port}`;
  const cookie = await logIn(base);
  const given = await more(base, cookie);
  const settings = {
    ...given,
    credentials: [["Cookie", cookie] as const, ...(given.credentials ?? [])],
    ticket: { url: null, field: "ticket", parameter: null },
  };
  const directory = await mkdtemp(join(tmpdir(), "sallyport-demo-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const gate = await freePort(0);
  const taken = new Map([
    [ports.gate, gate],
    [ports.admin, await freePort(0)],
    [ports.application, application.port],
  ]);
  const file = await writeConfig({ original: config, directory, ports: taken, beside });
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(TICKET_LINE, `$&${LIMIT_LINE}`));
  if (host !== "gateway") return { url: await guardInside(host, file), settings };
  const running = await startGate(file, { onLine: () => undefined });
  onTestFinished(() => running.stop());
  const authority = readFileSync(join(dataDirectory("development-ca"), "authority.pem"), "utf8");
  return {
    url: `wss://localhost:${gate}${(await routeOf(file)).path}`,
    settings: { ...settings, authorities: [authority] },
  };
}

/** The route of the example's sockets: the first. */
async function routeOf(file: string): Promise<AttachRouteInput & { readonly path: string }> {
  const document: { readonly routes: readonly (AttachRouteInput & { path: string; upstream: string })[] } =
    parse(await readFile(file, "utf8"));
  const [route] = document.routes;
  if (route === undefined) throw new Error(`${file} has no route`);
  const { upstream: _upstream, ...rest } = route;
  return rest;
}

async function guardInside(host: HostName, file: string): Promise<string> {
  const route = await routeOf(file);
  const directory = fileURLToPath(new URL(".", `file://${file}`));
  const { server } = wsApplication(() => undefined);
  const { wsUrl } = await guardServer(host, server, { directory, routes: [route] });
  return `${wsUrl}${route.path}`;
}

async function post(url: string, body: object, cookie = ""): Promise<Response> {
  const headers = { "Content-Type": "application/json", cookie };
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
}

async function logIn(base: string): Promise<string> {
  const response = await post(`${base}/login`, { name: "ann" });
  return response.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
}

/** A token for the ticket, and one for what is said. */
async function tradingSettings(base: string, cookie: string): Promise<Partial<ScanSettings>> {
  const fetchToken = async (purpose: string): Promise<string> => {
    const answer: { readonly token: string } = JSON.parse(
      await (await post(`${base}/token`, { for: purpose }, cookie)).text(),
    );
    return answer.token;
  };
  // The desk writes a card and an account into it, which the policy takes out again.
  const message = { type: "statement", account: "ann", token: await fetchToken("message") };
  return {
    credentials: [["Authorization", `Bearer ${await fetchToken("connection")}`]],
    messages: [JSON.stringify(message)],
  };
}
