import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";

import { startHijacker } from "./hijack/server.ts";
import { type Chat, startChat } from "./server.ts";

let chat: Chat | null = null;
const sockets: WebSocket[] = [];

async function start(): Promise<Chat> {
  chat = await startChat(0);
  return chat;
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await chat?.close();
  chat = null;
});

async function visit(port: number): Promise<string> {
  const page = await fetch(`http://127.0.0.1:${port}/`);
  const cookie = page.headers.get("set-cookie") ?? "";
  return cookie.slice(0, cookie.indexOf(";"));
}

interface Visitor {
  readonly socket: WebSocket;
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
  return { socket, next };
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
  it("serves its page, style and script, and nothing else", async () => {
    const { port } = await start();
    const statuses = await Promise.all(
      ["/", "/chat.js", "/chat.css", "/server.ts", "/%2e%2e/server.ts"].map(
        async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).status,
      ),
    );
    expect(statuses).toEqual([200, 200, 200, 404, 404]);
  });

  it("carries a line from one visitor to another in the same room", async () => {
    const { port } = await start();
    const ada = open(port, { cookie: await visit(port) });
    await ada.next("joined");
    const ben = open(port, { cookie: await visit(port) });
    await ben.next("joined");
    ben.socket.send(JSON.stringify({ type: "say", text: "hello" }));
    expect(await ada.next("said")).toMatchObject({ line: { text: "hello" } });
  });

  it("keeps rooms apart and shows the history to those who come later", async () => {
    const { port } = await start();
    const ada = open(port, { cookie: await visit(port) });
    const ben = open(port, { cookie: await visit(port) });
    await ben.next("joined");
    await ada.next("joined");
    ada.socket.send(JSON.stringify({ type: "join", name: "Ada", room: "attic" }));
    expect(await ada.next("joined")).toMatchObject({
      name: "Ada",
      room: "attic",
      people: ["Ada"],
      history: [],
    });
    ada.socket.send(JSON.stringify({ type: "say", text: "between us" }));
    await ada.next("said");
    ben.socket.send(JSON.stringify({ type: "join", name: "Ben", room: "attic" }));
    expect(await ben.next("joined")).toMatchObject({ history: [{ from: "Ada", text: "between us" }] });
  });

  it("answers what it does not understand, and stays", async () => {
    const { port } = await start();
    const ada = open(port, { cookie: await visit(port) });
    await ada.next("joined");
    for (const nonsense of ["{", "null", '{"type":"say","text":7}', '{"type":"join","name":"x"}']) {
      ada.socket.send(nonsense);
      expect(await ada.next("problem")).toMatchObject({ text: "The chat did not understand that." });
    }
    ada.socket.send(JSON.stringify({ type: "say", text: "still here" }));
    expect(await ada.next("said")).toMatchObject({ line: { text: "still here" } });
  });

  it("turns away a socket without a visitor's cookie", async () => {
    const { port } = await start();
    expect(await refusal(port, {})).toBe(401);
    expect(await refusal(port, { cookie: "chat-session=guessed" })).toBe(401);
  });

  it("is open to cross-site hijacking, which is what the gate is for (CWE-1385)", async () => {
    const { port } = await start();
    const thief = open(port, { cookie: await visit(port), origin: "https://evil.example" });
    expect(await thief.next("joined")).toMatchObject({ room: "lobby" });
  });
});

describe("startHijacker", () => {
  it("serves the page, its script and its targets, and nothing else", async () => {
    const target = { name: "gate", page: "https://localhost:1/", socket: "wss://localhost:1/chat" };
    const hijacker = await startHijacker(0, [target]);
    const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${hijacker.port}${path}`);
    expect(await (await get("/targets.json")).json()).toEqual([target]);
    expect((await get("/")).status).toBe(200);
    expect((await get("/hijack.js")).status).toBe(200);
    expect((await get("/server.ts")).status).toBe(404);
    await hijacker.close();
  });
});
