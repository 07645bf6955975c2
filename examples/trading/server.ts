import type { IncomingMessage, ServerResponse } from "node:http";

import type { WebSocket } from "ws";

import { type RunningApplication, startApplication } from "../shared/application.ts";
import { answerJson, readJson, Visitors } from "../shared/visitors.ts";
import { Accounts, type Order } from "./accounts.ts";
import { Book, type Fill, type Update } from "./book.ts";
import { createTokenIssuer, type TokenIssuer, type TokenLives } from "./tokens.ts";

/** What a page says. It has no token any more: the gate took it out. */
type Said =
  | { readonly type: "subscribe" }
  | { readonly type: "statement"; readonly account: string }
  | (Order & { readonly type: "order" });

/** Updates a second, in messages so long after each other. */
const updatesPerSecond = 5000;
const batchMs = 20;
/** Updates in one message: after a pause not everything is made up for. */
const mostInBatch = 500;

/** The desk: the book, who follows it, and what everybody has. It does what it is told, and asks nobody who they are. */
class Desk {
  readonly #book = new Book();
  readonly #accounts = new Accounts();
  readonly #followers = new Set<WebSocket>();
  readonly #timer = setInterval(() => this.#move(), batchMs);
  #movedAt = performance.now();

  /** Talks with one page. */
  converse(socket: WebSocket): void {
    socket.on("message", (data: Buffer) => {
      // oxlint-disable-next-line sallyport/no-unguarded-parse -- the gate's schema has judged it: what comes here is JSON of this form
      const said: Said = JSON.parse(data.toString("utf8"));
      if (said.type === "subscribe") this.#subscribe(socket);
      else if (said.type === "order") this.#carryOut(socket, said);
      else this.#state(socket, said.account);
    });
    socket.once("close", () => this.#followers.delete(socket));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The market moves, by as much as the time since it did so last asks for: timers come late. */
  #move(): void {
    const now = performance.now();
    const due = Math.floor(((now - this.#movedAt) / 1000) * updatesPerSecond);
    this.#movedAt += (due / updatesPerSecond) * 1000;
    this.#publish(this.#book.change(Math.min(due, mostInBatch)));
  }

  #subscribe(socket: WebSocket): void {
    tell(socket, { type: "snapshot", ...this.#book.snapshot() });
    this.#followers.add(socket);
  }

  /** An order with an id that was carried out before is the same one, sent twice: it is answered, and not carried out again. */
  #carryOut(socket: WebSocket, order: Order): void {
    const fill = this.#accounts.find(order) ?? this.#take(order);
    const { id, account, side } = order;
    tell(socket, { type: "done", id, account, side, ...fill });
  }

  #take(order: Order): Fill {
    const { updates, ...fill } = this.#book.take(order.side, order.price, order.quantity);
    this.#accounts.book(order, fill);
    if (updates.length > 0) this.#publish(updates);
    return fill;
  }

  #state(socket: WebSocket, account: string): void {
    tell(socket, { type: "statement", account, lines: this.#accounts.statement(account) });
  }

  #publish(updates: readonly Update[]): void {
    const text = JSON.stringify({ type: "book", updates });
    for (const socket of this.#followers) socket.send(text);
  }
}

function tell(socket: WebSocket, message: object): void {
  socket.send(JSON.stringify(message));
}

async function answerTokens(
  { issuer, visitors }: { readonly issuer: TokenIssuer; readonly visitors: Visitors },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const visitor = visitors.find(request);
  const body = await readJson(request);
  if (visitor === null || body === undefined) return answerJson(response, 401, { error: "nobody" });
  const isForMessages = typeof body === "object" && body !== null && Reflect.get(body, "for") === "message";
  answerJson(response, 200, await issuer.sign(visitor.name, isForMessages ? "message" : "connection"));
}

/**
 * Starts the trading desk on loopback: its page at `/`, its WebSocket at `/trade`, its tokens at `/token` for who has logged in, and the
 * key to check them with at `/keys.json`. `port` 0 takes a free one.
 */
export async function startTrading(
  port: number,
  lives: TokenLives = { connection: 120, message: 30 },
): Promise<RunningApplication> {
  const desk = new Desk();
  const issuer = await createTokenIssuer(lives);
  const visitors = new Visitors("trading-session");
  const running = await startApplication(port, {
    page: {
      directory: new URL("page/", import.meta.url),
      names: ["index.html", "trading.css", "trading.js"],
    },
    visitors,
    path: "/trade",
    converse: (socket) => desk.converse(socket),
    async answer(request, response, path) {
      if (path === "/keys.json") answerJson(response, 200, issuer.keys);
      else if (path === "/token" && request.method === "POST")
        await answerTokens({ issuer, visitors }, request, response);
      else return false;
      return true;
    },
  });
  const close = async (): Promise<void> => {
    desk.stop();
    await running.close();
  };
  return { port: running.port, close };
}

if (import.meta.main) {
  const { port } = await startTrading(Number(process.env["PORT"] ?? 8085));
  console.log(`the trading desk on http://localhost:${port}`);
}
