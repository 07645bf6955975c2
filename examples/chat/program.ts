// A program that talks to the chat as its page does, and sends what it likes: no browser holds it back.
import { once } from "node:events";
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";

import { WebSocket } from "ws";

/** An attacker does not ask who signed the certificate. */
// oxlint-disable-next-line sallyport/no-unverified-tls -- it talks to the gate on this machine, whose certificate is of its own making
const trustful = { rejectUnauthorized: false } as const;
/** How long something may take, milliseconds. */
const patienceMs = 15_000;

/** What was answered to a request. */
export interface Answer {
  readonly status: number;
  /** What it sets, as it is sent back; empty: none. */
  readonly cookie: string;
  readonly body: unknown;
}

/** Posts JSON. */
export async function post(
  url: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const request = url.startsWith("https:") ? tlsRequest : plainRequest;
  const asked = request(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    signal: AbortSignal.timeout(patienceMs),
    ...trustful,
  });
  asked.end(JSON.stringify(body));
  const [response] = await once(asked, "response");
  let text = "";
  for await (const piece of response.setEncoding("utf8")) text += String(piece);
  const cookie = String(response.headers["set-cookie"]?.[0] ?? "").split(";", 1)[0] ?? "";
  return { status: response.statusCode, cookie, body: text === "" ? null : JSON.parse(text) };
}

/** A member of what was answered, as text; empty: there is none. */
export function field(value: unknown, name: string): string {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === "string" ? found : "";
}

/** What a connection brings. */
export type Heard =
  | { readonly is: "message"; readonly event: unknown }
  | { readonly is: "closed"; readonly code: number; readonly incident: string };

/** An open connection to the chat: what it heard is kept until somebody asks. */
export class Talk {
  readonly #socket: WebSocket;
  readonly #heard: Heard[] = [];
  #wake = (): void => {};

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      // oxlint-disable-next-line sallyport/no-unguarded-parse -- what the chat sends is JSON; this program may end where it is not
      if (Buffer.isBuffer(data)) this.#take({ is: "message", event: JSON.parse(data.toString()) });
    });
    socket.on("close", (code, reason) => {
      const [, incident = ""] = /^sallyport:(.+)$/.exec(String(reason)) ?? [];
      this.#take({ is: "closed", code, incident });
    });
    socket.on("error", () => socket.terminate());
  }

  /** Sends a text, or a value as JSON. */
  say(message: unknown): void {
    this.#socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The next message that is meant; or the end of the connection. @throws when neither comes */
  async until(isMeant: (event: unknown) => boolean): Promise<Heard> {
    const tooLate = AbortSignal.timeout(patienceMs);
    for (;;) {
      for (let heard = this.#heard.shift(); heard !== undefined; heard = this.#heard.shift())
        if (heard.is === "closed" || isMeant(heard.event)) return heard;
      await new Promise<void>((resolve, reject) => {
        this.#wake = resolve;
        tooLate.addEventListener("abort", () => reject(new Error(`no answer within ${patienceMs} ms`)));
      });
    }
  }

  end(): void {
    this.#socket.close(1000);
  }

  #take(heard: Heard): void {
    this.#heard.push(heard);
    this.#wake();
  }
}

/** What came of an attempt to open a connection. */
export type Opened =
  | { readonly ok: true; readonly talk: Talk }
  | { readonly ok: false; readonly status: number; readonly incident: string };

/** What a handshake shows. */
export interface Shown {
  readonly cookie: string;
  readonly origin: string;
  readonly ticket?: string;
}

/** Opens a WebSocket, or tells what was answered instead. */
export function open(url: string, { cookie, origin, ticket }: Shown): Promise<Opened> {
  const offered = ticket === undefined ? [] : [`sallyport.ticket.${ticket}`, "sallyport.v1"];
  const socket = new WebSocket(url, offered, {
    origin,
    headers: { cookie },
    handshakeTimeout: patienceMs,
    ...trustful,
  });
  return new Promise((resolve, reject) => {
    // Listens from the start: the first message may come with the answer to the handshake.
    const talk = new Talk(socket);
    socket.once("error", reject);
    socket.once("open", () => resolve({ ok: true, talk }));
    socket.once("unexpected-response", (_request, response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      response.on("end", () => {
        const incident = text.startsWith("{") ? field(JSON.parse(text), "incident") : "";
        resolve({ ok: false, status: response.statusCode ?? 0, incident });
        socket.terminate();
      });
    });
  });
}
