import { EventEmitter } from "node:events";
import { IncomingMessage, type Server } from "node:http";
import { Socket } from "node:net";
import type { VerifyClientCallbackAsync, WebSocketServer } from "ws";
import type { ListenInput } from "../../src/policy/attach-config.ts";
import type { Connection } from "../../src/hosts/connection.ts";
import type { InsideOptions } from "../../src/hosts/inside-gate.ts";
import { listen, type ListenServer } from "../../src/hosts/listen.ts";
import type { Refusal, UpgradeRequest, Welcome } from "../../src/hosts/listen-handler.ts";

/** What a connection of the suite keeps: what was asked for, as an application made with `ws` sees it. */
interface Kept {
  readonly request: IncomingMessage;
  socket: ListenedSocket | null;
}

/** A connection of `listen` as far as the suite's applications, which are written for `ws`, use one. */
class ListenedSocket extends EventEmitter {
  readonly #connection: Connection<Kept>;
  #resume: (() => void) | null = null;
  #paused: Promise<void> | null = null;
  #begun = "";

  constructor(connection: Connection<Kept>) {
    super();
    this.#connection = connection;
  }

  get readyState(): number {
    return this.#connection.isOpen ? 1 : 3;
  }

  get bufferedAmount(): number {
    return this.#connection.bufferedAmount;
  }

  /** Fragments are gathered: an application in the same process has no reason to send them. */
  send(data: string | Buffer, options: { readonly binary?: boolean; readonly fin?: boolean } = {}): void {
    const { binary = typeof data !== "string", fin = true } = options;
    if (!fin || this.#begun !== "") {
      this.#begun += data.toString();
      if (!fin) return;
      data = this.#begun;
      this.#begun = "";
    }
    void this.#connection.send(data, { binary });
  }

  close(code?: number, reason = ""): void {
    this.#connection.close(code, reason);
  }

  terminate(): void {
    this.#connection.terminate();
  }

  pause(): void {
    this.#paused ??= new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    this.#resume?.();
    this.#paused = null;
  }

  /** Takes a message, now or when it is resumed. */
  take(data: string | Buffer): Promise<void> | undefined {
    const tell = (): void => void this.emit("message", Buffer.from(data), typeof data !== "string");
    if (this.#paused !== null) return this.#paused.then(tell);
    tell();
    // As such applications are written for sockets of their own, which are not read while nobody takes what they write.
    return this.bufferedAmount > 0 ? Promise.resolve(this.#connection.drained()) : undefined;
  }
}

/** An application that was made with `ws`, and what it is told of before it is asked. */
export interface Listened {
  readonly sockets: WebSocketServer;
  readonly onUpgrade?: (request: IncomingMessage) => void;
}

const applications = new WeakMap<Server, Listened>();

/** Notes which sockets a server has, so that `listen` can take their place. */
export function noteApplication(server: Server, application: Listened): void {
  applications.set(server, application);
}

/** Serves the application of a server by `listen`, in place of its own `ws`. */
export async function listenInstead(
  server: Server,
  policy: ListenInput,
  options: InsideOptions,
): Promise<ListenServer<Kept>> {
  const application = applications.get(server);
  if (application === undefined)
    throw new TypeError("an application that speaks in bytes cannot be listened for");
  const { sockets, onUpgrade } = application;
  const clients: Set<unknown> = sockets.clients;
  server.removeAllListeners("upgrade");
  return await listen<Kept>(
    policy,
    {
      open(connection) {
        const socket = new ListenedSocket(connection);
        connection.state.socket = socket;
        clients.add(socket);
        sockets.emit("connection", socket, connection.state.request);
      },
      message: (connection, data) => connection.state.socket?.take(data),
      close(connection, { code, reason }) {
        const { socket } = connection.state;
        clients.delete(socket);
        socket?.emit("close", code, Buffer.from(reason));
      },
    },
    {
      ...options,
      server,
      upgrade: (asked) => {
        const request = requestOf(asked);
        onUpgrade?.(request);
        return refusalOf(sockets, request) ?? welcomeOf(sockets, { asked, request });
      },
    },
  );
}

/** What `verifyClient` of such an application says; `null`: it lets the client in. */
function refusalOf({ options }: WebSocketServer, request: IncomingMessage): Refusal | null {
  const { verifyClient: verify } = options;
  let refusal: Refusal | null = null;
  if (verify === undefined) return null;
  const answer: Parameters<VerifyClientCallbackAsync>[1] = (
    isWelcome,
    refuse = 401,
    body = "",
    fields = {},
  ) => {
    const headers = Object.entries(fields).map(([name, value]) => [name, String(value)] as const);
    if (!isWelcome) refusal = { refuse, body, headers };
  };
  Reflect.apply(verify, undefined, [{ origin: "", secure: false, req: request }, answer]);
  return refusal;
}

/** What such an application answers: the subprotocol that it chooses, and its fields. */
function welcomeOf(
  sockets: WebSocketServer,
  { asked, request }: { readonly asked: UpgradeRequest; readonly request: IncomingMessage },
): Welcome<Kept> {
  const lines: string[] = [];
  sockets.emit("headers", lines, request);
  const headers = lines.map((line) => {
    const [name = "", value = ""] = line.split(": ", 2);
    return [name, value] as const;
  });
  const state: Kept = { request, socket: null };
  const chosen = sockets.options.handleProtocols?.(new Set(asked.subprotocols), request);
  if (chosen === undefined) return { state, headers };
  return { state, headers, subprotocol: chosen === false ? null : chosen };
}

/** What an upgrade asked for, as far as the suite's applications look. */
function requestOf({
  path,
  query,
  headers,
  identity,
  session,
  subprotocols,
}: UpgradeRequest): IncomingMessage {
  const fields = Object.fromEntries(headers.entries());
  if (subprotocols.length > 0) fields["sec-websocket-protocol"] = subprotocols.join(", ");
  return Object.assign(new IncomingMessage(new Socket()), {
    url: query === "" ? path : `${path}?${query}`,
    headers: fields,
    rawHeaders: Object.entries(fields).flat(),
    sallyport: { identity, session },
  });
}
