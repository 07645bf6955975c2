import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";

import { listenOnLoopback } from "../shared/loopback.ts";
import { startAttacker } from "./attacker/server.ts";
import { type Chat, type ChatOptions, startChat } from "./server.ts";

let chat: Chat | null = null;
const sockets: WebSocket[] = [];

async function start(options: ChatOptions = {}): Promise<Chat> {
  chat = await startChat(0, options);
  return chat;
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await chat?.close();
  chat = null;
});

function ask(
  port: number,
  path: string,
  { method = "GET", body, cookie = "", type = "application/json" }: Asked = {},
): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { "Content-Type": type, cookie },
    ...(body === undefined ? {} : { body }),
  });
}

interface Asked {
  readonly method?: string;
  readonly body?: string;
  readonly cookie?: string;
  readonly type?: string;
}

async function logIn(port: number, name: string, cookie = ""): Promise<string> {
  const answer = await ask(port, "/login", { method: "POST", body: JSON.stringify({ name }), cookie });
  const set = answer.headers.get("set-cookie") ?? "";
  expect(set).toMatch(/^chat-session=[0-9a-f]{32}; Path=\/; HttpOnly; SameSite=Lax$/);
  return set.slice(0, set.indexOf(";"));
}

interface Visitor {
  readonly socket: WebSocket;
  say(message: unknown): void;
  next(type: string): Promise<Record<string, unknown>>;
}

function open(port: number, headers: Record<string, string>): Visitor {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, { headers });
  sockets.push(socket);
  const seen: Record<string, unknown>[] = [];
  const waiting: (() => void)[] = [];
  socket.on("message", (data) => {
    if (Buffer.isBuffer(data)) seen.push(JSON.parse(data.toString()) as Record<string, unknown>);
    for (const wake of waiting.splice(0)) wake();
  });
  async function next(type: string): Promise<Record<string, unknown>> {
    for (;;) {
      const at = seen.findIndex((event) => event["type"] === type);
      if (at >= 0) return seen.splice(at, 1)[0] as Record<string, unknown>;
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    }
  }
  return { socket, next, say: (message) => socket.send(JSON.stringify(message)) };
}

async function enter(port: number, name: string, room: string): Promise<Visitor> {
  const visitor = open(port, { cookie: await logIn(port, name) });
  await new Promise((resolve) => {
    visitor.socket.once("open", resolve);
  });
  visitor.say({ type: "join", room });
  return visitor;
}

function refusal(port: number, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, { headers });
    socket.on("unexpected-response", (_request, response) => {
      resolve(response.statusCode);
      response.destroy();
    });
    socket.on("error", () => undefined);
  });
}

describe("startChat", () => {
  it("serves its page, style and scripts, and nothing else", async () => {
    const { port } = await start();
    const paths = ["/", "/index.html", "/chat.js", "/chat.css", "/icon.svg"];
    const others = ["/words.js", "/server.ts", "/%2e%2e/server.ts", "/login", "/constructor"];
    const statuses = await Promise.all(
      [...paths, ...others].map(async (path) => (await ask(port, path)).status),
    );
    expect(statuses).toEqual([200, 200, 200, 200, 200, 404, 404, 404, 404, 404]);
    expect((await ask(port, "/", { method: "POST" })).status).toBe(404);
  });

  it("logs in by a name, says who it is and which rooms are theirs, and logs out", async () => {
    const { port } = await start({ proofMs: 60_000 });
    const before = Date.now();
    const [ann, ben] = [await logIn(port, " Ann "), await logIn(port, "ben")];
    const known = (await (await ask(port, "/whoami", { cookie: `other=1; ${ann}` })).json()) as {
      expiresAt: string;
    };
    expect(known).toMatchObject({
      user: "ann",
      claims: { role: "moderator", rooms: ["lobby", "news", "staff"] },
    });
    expect(Date.parse(known.expiresAt) - before).toBeGreaterThanOrEqual(60_000);
    expect(Date.parse(known.expiresAt) - Date.now()).toBeLessThanOrEqual(60_000);
    expect(await (await ask(port, "/whoami", { cookie: ben })).json()).toMatchObject({
      user: "ben",
      claims: { role: "member", rooms: ["lobby", "news"], speaks: ["lobby"] },
    });
    expect((await ask(port, "/logout", { method: "POST", cookie: ann })).headers.get("set-cookie")).toContain(
      "Max-Age=0",
    );
    expect((await ask(port, "/whoami", { cookie: ann })).status).toBe(401);
    expect((await ask(port, "/whoami", { cookie: ben })).status).toBe(200);
    expect(await (await ask(port, "/me", { cookie: ben })).json()).toMatchObject({
      me: { user: "ben", allRooms: ["lobby", "news", "staff"] },
    });
    expect(await (await ask(port, "/me")).json()).toEqual({ me: null });
    expect((await ask(port, "/whoami")).status).toBe(401);
  });

  it("ends the login before when somebody logs in anew", async () => {
    const { port } = await start();
    const ann = await logIn(port, "ann");
    await logIn(port, "ben", ann);
    expect((await ask(port, "/whoami", { cookie: ann })).status).toBe(401);
  });

  it("takes no name that is none, and no form of another site (login CSRF)", async () => {
    const { port } = await start();
    const bodies = ["", "null", "{", "{}", '{"name":7}', '{"name":"a b"}', `{"name":"${"a".repeat(2000)}"}`];
    const statuses = await Promise.all(
      bodies.map(async (body) => (await ask(port, "/login", { method: "POST", body })).status),
    );
    expect(statuses).toEqual(bodies.map(() => 400));
    const form = { method: "POST", body: '{"name":"ann"}', type: "text/plain" };
    expect((await ask(port, "/login", form)).status).toBe(415);
  });

  it("carries a line from one visitor to another in the same room, and says who is there", async () => {
    const { port } = await start();
    const ann = await enter(port, "ann", "lobby");
    await ann.next("joined");
    const ben = await enter(port, "ben", "lobby");
    const people = [
      { name: "ann", role: "moderator" },
      { name: "ben", role: "member" },
    ];
    expect(await ben.next("joined")).toMatchObject({ room: "lobby", people });
    ben.say({ type: "say", room: "lobby", id: "1", text: "hello" });
    expect(await ann.next("said")).toMatchObject({
      room: "lobby",
      line: { id: "1", from: "ben", text: "hello" },
    });
  });

  it("keeps rooms apart, and shows the history to those who come later", async () => {
    const { port } = await start();
    const ann = await enter(port, "ann", "staff");
    expect(await ann.next("joined")).toMatchObject({ room: "staff", history: [] });
    ann.say({ type: "say", room: "staff", id: "1", text: "between us" });
    await ann.next("said");
    const cleo = await enter(port, "cleo", "staff");
    expect(await cleo.next("joined")).toMatchObject({ history: [{ from: "ann", text: "between us" }] });
    cleo.say({ type: "say", room: "lobby", id: "2", text: "from outside" });
    expect(await cleo.next("problem")).toMatchObject({ text: "Join the room before you speak in it." });
  });

  it("tells a line that comes twice again to who says it, and to nobody else", async () => {
    const { port } = await start();
    const ann = await enter(port, "ann", "lobby");
    const ben = await enter(port, "ben", "lobby");
    await ben.next("joined");
    for (const id of ["1", "1", "2"]) ben.say({ type: "say", room: "lobby", id, text: "hello" });
    for (const id of ["1", "1", "2"])
      expect(Reflect.get(await ben.next("said"), "line")).toMatchObject({ id });
    for (const id of ["1", "2"]) expect(Reflect.get(await ann.next("said"), "line")).toMatchObject({ id });
  });

  it("answers what it does not understand, and stays", async () => {
    const { port } = await start();
    const ann = await enter(port, "ann", "lobby");
    for (const nonsense of ["{", "null", '{"type":"invite"}', "7"]) {
      ann.socket.send(nonsense);
      expect(await ann.next("problem")).toMatchObject({ text: "The chat did not understand that." });
    }
    ann.say({ type: "join", room: "attic" });
    expect(await ann.next("problem")).toMatchObject({ text: "There is no such room." });
    ann.say({ type: "say", room: "lobby", id: "1", text: "still here" });
    expect(await ann.next("said")).toMatchObject({ line: { text: "still here" } });
  });

  it("has the gate remove whom a moderator names, and let them come back", async () => {
    const orders: string[] = [];
    const gate = createServer((request, response) => {
      orders.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.end('{ "id": "r1" }');
    });
    onTestFinished(() => void gate.close());
    const directory = await mkdtemp(join(tmpdir(), "sallyport-chat-"));
    onTestFinished(async () => await rm(directory, { recursive: true }));
    const tokenFile = join(directory, "chat.token");
    await writeFile(tokenFile, "secret\n");
    const url = `http://127.0.0.1:${await listenOnLoopback(gate, 0)}`;
    const { port } = await start({ admin: { url, tokenFile } });
    const ann = await enter(port, "ann", "lobby");
    const users = async (): Promise<unknown> => Reflect.get(await ann.next("removed"), "users");
    expect(await users()).toEqual([]);
    ann.say({ type: "remove", user: "ben" });
    expect(await users()).toEqual(["ben"]);
    ann.say({ type: "readmit", user: "ben" });
    expect(await users()).toEqual([]);
    expect(orders).toEqual(["POST /revocations Bearer secret", "DELETE /revocations/r1 Bearer secret"]);
  });

  it("says so where no gate removes anybody", async () => {
    const { port } = await start();
    const ann = await enter(port, "ann", "lobby");
    ann.say({ type: "remove", user: "ben" });
    expect(await ann.next("problem")).toMatchObject({ text: "The gate did not do that." });
  });

  it("turns away a socket without a login", async () => {
    const { port } = await start();
    expect(await refusal(port, {})).toBe(401);
    expect(await refusal(port, { cookie: "chat-session=guessed" })).toBe(401);
  });

  it("does none of what the gate is for: Origin (CWE-1385), rooms (CWE-862), senders (CWE-915), log-out (CWE-613)", async () => {
    const { port } = await start();
    const cookie = await logIn(port, "ben");
    const thief = open(port, { cookie, origin: "https://evil.example" });
    await new Promise((resolve) => {
      thief.socket.once("open", resolve);
    });
    thief.say({ type: "join", room: "staff" });
    expect(await thief.next("joined")).toMatchObject({ room: "staff" });
    await ask(port, "/logout", { method: "POST", cookie });
    thief.say({ type: "say", room: "staff", id: "1", text: "still here", from: "ann" });
    expect(await thief.next("said")).toMatchObject({ line: { from: "ann" } });
  });
});

describe("startAttacker", () => {
  it("serves its page and whom it attacks, and nothing else", async () => {
    const admin = { url: "http://127.0.0.1:1", tokenFile: "none" };
    const attacker = await startAttacker(0, { gate: 1, chat: 2, admin });
    onTestFinished(async () => await attacker.close());
    const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${attacker.port}${path}`);
    expect(await (await get("/sites")).json()).toMatchObject([
      { isGuarded: true, origin: "https://localhost:1", socket: "wss://localhost:1/chat" },
      { isGuarded: false, origin: "http://localhost:2", socket: "ws://localhost:2/chat" },
    ]);
    for (const path of ["/", "/attacker.js", "/attacker.css"]) expect((await get(path)).status).toBe(200);
    for (const path of ["/server.ts", "/browser-attacks.js", "/constructor"])
      expect((await get(path)).status).toBe(404);
  });

  it("says so where there is nobody to attack", async () => {
    const attacker = await startAttacker(0, {
      gate: 1,
      chat: 1,
      admin: { url: "http://127.0.0.1:1", tokenFile: "none" },
    });
    onTestFinished(async () => await attacker.close());
    const query = new URLSearchParams({ name: "bury", site: "Straight at the chat" });
    const answer = await fetch(`http://127.0.0.1:${attacker.port}/attack?${query.toString()}`);
    expect(await answer.json()).toMatchObject({
      verdict: "untried",
      text: expect.stringContaining("ECONNREFUSED"),
    });
  });
});
