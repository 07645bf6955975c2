import { listen, type ListenAddress, type Listening, type RawSocket } from "../probe/listen.ts";
import { parseRequestHead, type RequestHead, requestHeader } from "../probe/request-head.ts";
import { CLIENT_PAGE, CLIENT_PAGE_POLICY } from "./client-page.ts";
import { Visit } from "./visit.ts";

/** Connections that are open at once, and handshakes that wait for a check. More are ended. */
const MAX_SOCKETS = 256;
const MAX_WAITING = 16;
const REQUEST_MS = 10_000;

/** Waits for clients. Handshakes wait for whoever asks for the next one; a browser is given a page that makes them. */
export class HostileServer {
  /** The URL for a client. */
  readonly url: string;
  /** Handshakes that came. */
  visits = 0;
  /** What the page says is done. */
  doing = "waiting";
  isOver = false;
  readonly #server: Listening["server"];
  readonly #sockets: Set<RawSocket>;
  readonly #patienceMs: number;
  readonly #waiting: Visit[] = [];
  #wanted: ((visit: Visit | null) => void) | null = null;

  private constructor(
    server: Listening["server"],
    authority: string,
    parts: { sockets: Set<RawSocket>; patienceMs: number },
  ) {
    this.#server = server;
    this.url = `ws://${authority}/`;
    this.#sockets = parts.sockets;
    this.#patienceMs = parts.patienceMs;
  }

  /** Listens. Rejects where the address cannot be had. */
  static async open(address: ListenAddress, patienceMs: number): Promise<HostileServer> {
    const sockets = new Set<RawSocket>();
    let opened: HostileServer | null = null;
    const { server, authority } = await listen(address, (socket) => {
      socket.on("error", () => undefined);
      if (opened === null || sockets.size >= MAX_SOCKETS) return void socket.destroy();
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      return opened.#read(socket);
    });
    opened = new HostileServer(server, authority, { sockets, patienceMs });
    return opened;
  }

  /** The next handshake of a client that is still there; null where none comes in time. One asks at a time. */
  next(withinMs: number): Promise<Visit | null> {
    const waiting = this.#waiting.splice(0);
    const latest = waiting.findLast(({ probe }) => probe.ended === null);
    // Those that a check has left are ended: the client comes again.
    for (const visit of waiting) if (visit !== latest) visit.probe.destroy();
    if (latest !== undefined) return Promise.resolve(latest);
    return new Promise((resolve) => {
      const finish = (visit: Visit | null): void => {
        clearTimeout(timer);
        if (this.#wanted === finish) this.#wanted = null;
        resolve(visit);
      };
      const timer = setTimeout(() => finish(null), withinMs);
      this.#wanted?.(null);
      this.#wanted = finish;
    });
  }

  /** Ends every connection, and whoever waits for one has none. */
  discard(): void {
    this.#waiting.length = 0;
    this.#wanted?.(null);
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Ends every connection, and listens no longer. */
  async close(): Promise<void> {
    this.isOver = true;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.discard();
    await closed;
  }

  #read(socket: RawSocket): void {
    let bytes: Buffer = Buffer.alloc(0);
    socket.setTimeout(REQUEST_MS, () => socket.destroy());
    const take = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      const reading = parseRequestHead(bytes);
      if (reading === "more") return;
      socket.off("data", take);
      socket.setTimeout(0);
      if (reading === "garbage") return void socket.destroy();
      const rest = bytes.subarray(reading.size);
      if (requestHeader(reading.head, "upgrade")?.toLowerCase() !== "websocket")
        return this.#serve(socket, reading.head);
      socket.pause();
      if (rest.length > 0) socket.unshift(rest);
      this.#welcome(new Visit(socket, reading.head, this.#patienceMs));
      socket.resume();
    };
    socket.on("data", take);
  }

  #welcome(visit: Visit): void {
    this.visits += 1;
    if (this.#wanted !== null) return this.#wanted(visit);
    this.#waiting.push(visit);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift()?.probe.destroy();
  }

  /** A page, and what it asks for. */
  #serve(socket: RawSocket, { method, path }: RequestHead): void {
    const { doing, isOver } = this;
    const answers = new Map([
      ["/", ["200 OK", "text/html; charset=utf-8", CLIENT_PAGE]],
      ["/state", ["200 OK", "application/json", JSON.stringify({ doing, isOver })]],
    ]);
    const [status = "", type = "", body = ""] = (method === "GET" ? answers.get(path) : undefined) ?? [
      "404 Not Found",
      "text/plain",
      "",
    ];
    socket.end(
      [
        `HTTP/1.1 ${status}`,
        `Content-Type: ${type}`,
        `Content-Length: ${Buffer.byteLength(body)}`,
        `Content-Security-Policy: ${CLIENT_PAGE_POLICY}`,
        "Cache-Control: no-store",
        "Connection: close",
        "",
        body,
      ].join("\r\n"),
    );
  }
}
