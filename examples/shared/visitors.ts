import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** Somebody who has logged in. `endsAt` in milliseconds since the epoch. */
export interface Visitor {
  readonly name: string;
  readonly endsAt: number;
}

const lifeMs = 8 * 3_600_000;
const mostVisitors = 1000;
const mostBodyBytes = 1024;

/**
 * Who has logged in to an example: whoever says a name, for it asks for no password. The secret of a cookie finds them again.
 * `POST /login`, `POST /logout`, `GET /visitor` for the page and `GET /whoami` for the gate; only JSON is understood, which no form of another site can send.
 */
export class Visitors {
  readonly #cookie: string;
  readonly #bySession = new Map<string, Visitor>();

  /** @param cookie the name of the cookie */
  constructor(cookie: string) {
    this.#cookie = cookie;
  }

  /** Who sent a request; `null`: nobody who has logged in. */
  find(request: IncomingMessage): Visitor | null {
    const found = this.#bySession.get(this.#sessionOf(request));
    return found === undefined || found.endsAt <= Date.now() ? null : found;
  }

  /** Answers what is about logging in. `false`: it is about something else. */
  async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
    switch (`${request.method ?? ""} ${path}`) {
      case "POST /login":
        await this.#logIn(request, response);
        return true;
      case "POST /logout":
        this.#bySession.delete(this.#sessionOf(request));
        this.#setCookie(response, "", "; Max-Age=0");
        answerJson(response, 200, {});
        return true;
      case "GET /visitor":
        // For the page, whose browser would tell of a 401 as of an error.
        answerJson(response, 200, { user: this.find(request)?.name ?? null });
        return true;
      case "GET /whoami":
        this.#sayWho(request, response);
        return true;
      default:
        return false;
    }
  }

  async #logIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(request);
    const said: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "name") : undefined;
    const name = typeof said === "string" ? said.trim().toLowerCase() : "";
    if (!/^[a-z][a-z0-9-]{0,19}$/.test(name))
      return answerJson(response, 400, { error: "A name has 1 to 20 letters, digits and hyphens." });
    const [oldest] = this.#bySession.keys();
    if (this.#bySession.size >= mostVisitors && oldest !== undefined) this.#bySession.delete(oldest);
    const session = randomBytes(16).toString("hex");
    this.#bySession.delete(this.#sessionOf(request));
    this.#bySession.set(session, { name, endsAt: Date.now() + lifeMs });
    this.#setCookie(response, session);
    answerJson(response, 200, { user: name });
  }

  #sayWho(request: IncomingMessage, response: ServerResponse): void {
    const visitor = this.find(request);
    if (visitor === null) return answerJson(response, 401, { error: "nobody" });
    answerJson(response, 200, { user: visitor.name, expiresAt: new Date(visitor.endsAt).toISOString() });
  }

  #setCookie(response: ServerResponse, value: string, more = ""): void {
    response.setHeader("Set-Cookie", `${this.#cookie}=${value}; Path=/; HttpOnly; SameSite=Lax${more}`);
  }

  #sessionOf(request: IncomingMessage): string {
    const cookies = (request.headers.cookie ?? "").split(";").map((cookie) => cookie.trim());
    const ours = cookies.find((cookie) => cookie.startsWith(`${this.#cookie}=`));
    return ours?.slice(this.#cookie.length + 1) ?? "";
  }
}

/** Answers with JSON that nobody keeps. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(`${JSON.stringify(body)}\n`);
}

/** The JSON in a body of a kilobyte at most; `undefined` where there is none to be read, or something else. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (request.headers["content-type"]?.split(";", 1)[0]?.trim() !== "application/json") return undefined;
  let text = "";
  for await (const piece of request.setEncoding("utf8")) {
    text += String(piece);
    if (text.length > mostBodyBytes) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
