import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";

import { startProgram } from "../packages/sallyport/test/cli/sallyport-process.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Both gates, the engine and the balancer are processes, and a machine may be slow. */
const WITHIN_MS = 100_000;

interface Reply {
  readonly status: number | undefined;
  readonly cookie: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Does it again while a machine is too slow for an engine to answer in time (503), or to have heard that a place is free again (429): whoever
 * is told so comes back.
 */
async function untilServed<Value>(attempt: () => Promise<Value>, again = /503|429/): Promise<Value> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!again.test(String(error))) throw error;
      await delay(100);
    }
  }
}

/** Asks by a connection of its own, so that the balancer spreads what is asked. */
async function post(url: string, body: object, cookie = ""): Promise<Reply> {
  const { origin } = new URL(url);
  const asked = request(url, {
    method: "POST",
    agent: false,
    rejectUnauthorized: false,
    headers: { origin, cookie, "sallyport-request": "1", "content-type": "application/json" },
  });
  asked.end(JSON.stringify(body));
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response) text += String(chunk);
  if (response.statusCode === 503 || response.statusCode === 429)
    throw new Error(String(response.statusCode));
  const [given = ""] = response.headers["set-cookie"] ?? [];
  const read: unknown = JSON.parse(text);
  return { status: response.statusCode, cookie: given.split(";")[0] ?? "", body: { ...(read as object) } };
}

interface Page {
  readonly socket: WebSocket;
  /** The code that it was closed with. */
  readonly closed: Promise<number>;
  readonly session: unknown;
  readonly refreshSecret: unknown;
}

/** What a page does: it fetches a ticket, and opens the chat with it. */
async function tryChat(url: string, cookie: string): Promise<Page> {
  const { status, body } = await post(`${url}.sallyport/ticket`, { route: "/chat" }, cookie);
  expect(status).toBe(200);
  const { origin, host } = new URL(url);
  const socket = new WebSocket(
    `wss://${host}/chat`,
    ["sallyport.v1", `sallyport.ticket.${String(body["ticket"])}`],
    {
      origin,
      rejectUnauthorized: false,
      headers: { cookie },
    },
  );
  const closed = new Promise<number>((resolve) => {
    socket.once("close", resolve);
  });
  await once(socket, "open");
  return { socket, closed, session: body["session"], refreshSecret: body["refreshSecret"] };
}

function openChat(url: string, cookie: string): Promise<Page> {
  return untilServed(() => tryChat(url, cookie));
}

type Ask = (method: string, path: string, body?: object) => Promise<unknown>;

/** What the commands of the page do, by the admin API of a gate. */
async function adminOf(directory: string): Promise<Ask> {
  const config = await readFile(join(directory, "two-gateways.yaml"), "utf8");
  const token = (await readFile(join(directory, "admin.token"), "utf8")).trim();
  const [, address = ""] = /^admin:\n {2}address: (\S+)$/m.exec(config) ?? [];
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const asked = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`http://${address}${path}`, asked);
    expect(response.status).toBe(200);
    return await response.json();
  };
}

it("npm run demo:two comes up: who logged in at one gate is listed at the other, refreshed through it, and revoked by it", async () => {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-two-"));
  onTestFinished(async () => await rm(directory, { recursive: true, force: true }));
  const manifest: unknown = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  expect(manifest).toMatchObject({ scripts: { "demo:two": "node examples/chat/two.ts" } });
  const demo = startProgram(["examples/chat/two.ts", "--free-ports", "--directory", directory], {
    directory: root,
    withinMs: WITHIN_MS,
  });
  onTestFinished(async () => {
    demo.child.kill("SIGINT");
    await demo.exit(WITHIN_MS);
  }, WITHIN_MS);
  const [, url = ""] = await demo.says(/(https:\S+)[^]*Ctrl-C ends everything/);
  const one = await adminOf(join(directory, "one"));
  const two = await adminOf(join(directory, "two"));

  const { cookie } = await untilServed(() => post(`${url}login`, { name: "ben" }));
  const pages: Page[] = [];
  const listed = async (): Promise<readonly { readonly node: string; readonly session: string }[]> => {
    const page = await one("GET", "/sessions?user=ben");
    return (page as { readonly sessions: Awaited<ReturnType<typeof listed>> }).sessions;
  };
  const nodesOf = async (): Promise<Set<string>> => new Set((await listed()).map(({ node }) => node));
  // The balancer sends each connection to the next gate, and a page makes two: one more between pages, and both gates have some.
  const openAnother = async (): Promise<void> => {
    pages.push(await openChat(url, cookie));
    await untilServed(() => post(`${url}login`, { name: "ann" }));
  };
  while (pages.length < 4) await openAnother();
  while ((await nodesOf()).size < 2) {
    const last = pages.pop();
    last?.socket.close();
    await last?.closed;
    await openAnother();
  }
  // Of two that follow each other, one comes to the gate that does not carry the session.
  for (const { session, refreshSecret } of [pages[0], pages[0]].filter((page) => page !== undefined))
    expect(
      (await untilServed(() => post(`${url}.sallyport/refresh`, { session, refreshSecret }, cookie))).status,
    ).toBe(200);

  // Counted over both: `perUser` is 5.
  pages.push(await openChat(url, cookie));
  await expect(untilServed(() => tryChat(url, cookie), /503/)).rejects.toThrow("429");

  // Of those that the other gate carries, too.
  for (const { session } of await listed())
    expect(await one("POST", `/sessions/${session}/refresh`)).toEqual({ demanded: 1, closed: 0 });

  await two("POST", "/revocations", { user: "ben", reason: "the walk" });
  expect(await Promise.all(pages.map(({ closed }) => closed))).toEqual([4540, 4540, 4540, 4540, 4540]);
  expect(await one("GET", "/revocations")).toMatchObject({ revocations: [{ user: "ben" }] });
}, 240_000);
