import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { WebSocket, WebSocketServer } from "ws";

import { ensureDashboard } from "../../examples/shared/built-dashboard.ts";
import { type Gate, startGate } from "../../examples/shared/gate.ts";
import { freePort } from "../../examples/shared/loopback.ts";
import { hostileTexts } from "../../packages/sallyport/test/hostile-texts.ts";
import { launchChromium } from "./chromium.ts";
import { appOrigin, callersJwt, callersSecret, proofOf } from "./dashboard-callers.ts";

/** What a page and a gate may take on a busy machine. */
export const withinMs = 120_000;

/** Who may sign in. */
export const dashboardRoles = ["viewer", "operator", "investigator", "admin"] as const;

/** One of them. */
export type DashboardRole = (typeof dashboardRoles)[number];

/** A gate with a journal under mixed traffic and an attack, its dashboard, and a browser. */
export interface DashboardStage {
  readonly adminUrl: string;
  readonly directory: string;
  /** What went wrong in the pages: errors that nobody caught, and everything in the console that is an error. */
  readonly problems: string[];
  /** The sessions that were opened, in their order: Ann's, Bob's, and Mallory's, who says hostile things. */
  readonly sessions: readonly string[];
  /** Asks the admin API. */
  api(call: string, role?: DashboardRole, body?: unknown): Promise<unknown>;
  /** Signs somebody in, in a browser of their own. @param hash where to, such as `#/journal` */
  visit(role: DashboardRole, hash: string, options?: BrowserContextOptions): Promise<Page>;
  /** Changes the roles of tokens, and has the gate read them. */
  setRoles(roles: Readonly<Partial<Record<DashboardRole, DashboardRole>>>): Promise<void>;
  /** Closes the browsers of everybody who has come. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/** The megabyte in a line. */
const MEGABYTE = `{"type":"note","text":"${"x".repeat(1024 * 1024)}"}`;

/** Where a gate and its application are: ports of loopback, and what nodes share. */
interface Place {
  readonly gate: number;
  readonly admin: number;
  readonly application: number;
  readonly state: string;
}

function configOf(
  { gate, admin, application, state }: Place,
  roles: Readonly<Record<DashboardRole, DashboardRole>>,
): string {
  return JSON.stringify({
    version: 1,
    state,
    listen: [{ address: `127.0.0.1:${gate}`, tls: "off" }],
    admin: {
      address: `127.0.0.1:${admin}`,
      tokens: dashboardRoles.map((name) => ({ name, role: roles[name], tokenFile: `${name}.token` })),
    },
    journal: { directory: "journal", keyFile: "journal.key", payloads: "full" },
    routes: [
      {
        path: "/chat",
        upstream: `ws://127.0.0.1:${application}`,
        origin: { allow: [appOrigin] },
        identity: { jwt: callersJwt },
        messageSize: { inbound: "2MiB" },
        messageRate: { perConnection: "1000/s", bytesPerConnection: "64MiB/s" },
        permission: {
          mode: "observe",
          otherwise: "allow",
          rules: [{ when: 'has(message.type) && message.type == "wipe"', allow: "false" }],
        },
        leak: { action: "redact" },
      },
    ],
  });
}

/** Answers what it is told; asked for a statement, with a card number. */
async function startApplication(): Promise<{ readonly port: number; close(): void }> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, maxPayload: 4 * 1024 * 1024 });
  server.on("connection", (socket) => {
    socket.on("error", () => socket.terminate());
    socket.on("message", (data: Buffer, isBinary) => {
      const isStatement = data.includes('"statement"');
      const text = isStatement ? '{"type":"statement","card":"4111 1111 1111 1111"}' : data;
      socket.send(text, { binary: isBinary });
    });
  });
  await once(server, "listening");
  return {
    port: portOf(server),
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

/** A client that has been admitted. */
async function connect(port: number, user: string, agent = "stage"): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, {
    origin: appOrigin,
    headers: { Authorization: `Bearer ${await proofOf(user)}`, "User-Agent": agent },
  });
  await once(socket, "open");
  return socket;
}

/** Sends, and waits for what comes back. */
async function say(socket: WebSocket, data: string | Buffer): Promise<void> {
  const answered = once(socket, "message");
  socket.send(data);
  await answered;
}

/** What a name may hold that acts on whoever shows it. */
const HOSTILE_USER = "mallory\u202e<img src=x onerror=document.title='owned'>";

async function carryTraffic(port: number): Promise<WebSocket[]> {
  const [ann, bob, mallory] = [
    await connect(port, "ann"),
    await connect(port, "bob"),
    await connect(port, HOSTILE_USER),
  ];
  await say(ann, '{"type":"join","room":"blue"}');
  await say(ann, '{"type":"say","text":"the plan is blue"}');
  await say(ann, '{"type":"statement"}');
  await say(ann, Buffer.from([0, 1, 2, 0xff]));
  await say(bob, '{"type":"wipe","room":"blue"}');
  await say(bob, '{"type":"say","text":"hello"}');
  for (const text of hostileTexts) await say(mallory, JSON.stringify({ type: "say", text }));
  for (const text of hostileTexts.slice(0, 12)) await say(mallory, text);
  await say(mallory, MEGABYTE);
  return [ann, bob, mallory];
}

/** Foreign pages that try to connect, and messages that should not be sent, until it is ended. */
function attack(port: number, bob: WebSocket): () => Promise<void> {
  const life = { isOver: false };
  const knocking = (async () => {
    while (!life.isOver) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, { origin: "https://evil.example" });
      await once(socket, "error").catch(() => {});
      if (bob.readyState === WebSocket.OPEN) bob.send('{"type":"wipe","room":"red"}');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return async () => {
    life.isOver = true;
    await knocking;
  };
}

/** Starts an application, its gate with traffic and an attack, and Chromium. @param state where it has what nodes share */
export async function setDashboardStage(state = "memory"): Promise<DashboardStage> {
  await ensureDashboard();
  const directory = await mkdtemp(join(tmpdir(), "sallyport-dashboard-"));
  const application = await startApplication();
  const place = { gate: await freePort(0), admin: await freePort(0), application: application.port, state };
  const file = join(directory, "sallyport.yaml");
  const ownRoles = {
    viewer: "viewer",
    operator: "operator",
    investigator: "investigator",
    admin: "admin",
  } as const;
  await writeFile(join(directory, "jwt.secret"), callersSecret, { mode: 0o600 });
  await writeFile(join(directory, "journal.key"), randomBytes(32).toString("base64"), { mode: 0o600 });
  await writeFile(file, configOf(place, ownRoles));
  const [gate, browser] = await Promise.all([startGate(file, { onLine: () => {} }), launchChromium()]);
  const clients = await carryTraffic(place.gate);
  const [, bob] = clients;
  const endAttack = bob === undefined ? async () => {} : attack(place.gate, bob);
  const stage = new Stage({ directory, file, place, gate, browser });
  await stage.learnSessions();
  return Object.assign(stage, {
    async close() {
      await endAttack();
      for (const client of clients) client.terminate();
      await stage.end();
      application.close();
    },
  });
}

interface StageParts {
  readonly directory: string;
  readonly file: string;
  readonly place: Place;
  readonly gate: Gate;
  readonly browser: Browser;
}

class Stage implements Omit<DashboardStage, "close"> {
  readonly problems: string[] = [];
  readonly directory: string;
  readonly adminUrl: string;
  sessions: readonly string[] = [];
  readonly #parts: StageParts;
  readonly #contexts: BrowserContext[] = [];

  constructor(parts: StageParts) {
    this.#parts = parts;
    this.directory = parts.directory;
    this.adminUrl = `http://127.0.0.1:${parts.place.admin}`;
  }

  /** Their order is that in which they connected. */
  async learnSessions(): Promise<void> {
    const page: { readonly sessions: readonly { readonly session: string }[] } = JSON.parse(
      JSON.stringify(await this.api("GET /sessions")),
    );
    this.sessions = page.sessions.map(({ session }) => session);
  }

  async api(call: string, role: DashboardRole = "admin", body?: unknown): Promise<unknown> {
    const [method = "", path = ""] = call.split(" ", 2);
    const secret = (await readFile(join(this.directory, `${role}.token`), "utf8")).trim();
    const answer = await fetch(`${this.adminUrl}${path}`, {
      method,
      headers: { Authorization: `Bearer ${secret}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return await answer.json();
  }

  async visit(role: DashboardRole, hash: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#parts.browser.newContext({
      viewport: { width: 1280, height: 860 },
      reducedMotion: "reduce",
      ...options,
    });
    this.#contexts.push(context);
    context.setDefaultTimeout(withinMs);
    const page = await context.newPage();
    page.on("pageerror", (error) => this.problems.push(String(error)));
    page.on("console", (message) => {
      // What the gate refuses is shown in the page: Chromium writes it into the console besides.
      const isAnswer = message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && !isAnswer) this.problems.push(message.text());
    });
    await page.goto(`${this.adminUrl}/dashboard/${hash}`);
    const secret = (await readFile(join(this.directory, `${role}.token`), "utf8")).trim();
    await page.getByLabel("Admin token").fill(secret);
    await page.keyboard.press("Enter");
    await page.getByRole("main").getByRole("heading", { level: 1 }).waitFor();
    return page;
  }

  async setRoles(roles: Readonly<Partial<Record<DashboardRole, DashboardRole>>>): Promise<void> {
    const { file, place } = this.#parts;
    const all = {
      viewer: "viewer",
      operator: "operator",
      investigator: "investigator",
      admin: "admin",
    } as const;
    await writeFile(file, configOf(place, { ...all, ...roles }));
    await this.api("POST /reload");
  }

  async leave(): Promise<void> {
    for (const context of this.#contexts.splice(0)) await context.close();
  }

  async end(): Promise<void> {
    await this.#parts.browser.close();
    await this.#parts.gate.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

function portOf(server: WebSocketServer): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("the server has no port");
  return address.port;
}
