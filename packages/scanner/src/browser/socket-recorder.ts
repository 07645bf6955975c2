import type { CDPSession, Page } from "playwright-core";

/** One message of a socket. */
export interface SocketMessage {
  readonly from: "page" | "server";
  readonly isText: boolean;
  /** The text, or the bytes as base64; cut at `MAX_LENGTH`. */
  readonly data: string;
  /** It was longer than what is kept. */
  readonly isCut: boolean;
}

/** A socket of a page, as the browser itself tells of it. */
export interface SocketRecord {
  readonly url: string;
  /** Request headers of the handshake, with the cookies that were sent; empty before it was sent, and where it never was. */
  requestHeaders: Readonly<Record<string, string>>;
  /** The status that the handshake was answered with; null where no answer came. */
  status: number | null;
  subprotocol: string | null;
  /** What the browser says of a failure. */
  error: string | null;
  /** The first ones either way. */
  readonly messages: SocketMessage[];
  isClosed: boolean;
}

/** Messages of one socket that are kept, characters of each, and sockets of one page. */
const MAX_MESSAGES = 24;
const MAX_LENGTH = 8192;
const MAX_SOCKETS = 64;
const TEXT = 1;
const BINARY = 2;

/** Writes down the sockets that a page opens, in the order in which it does. Those of its workers and of frames of other sites are not seen. */
export class SocketRecorder {
  readonly sockets: SocketRecord[] = [];
  /** Changes whenever something happens. */
  changes = 0;
  readonly #byId = new Map<string, SocketRecord>();

  /** Listens to a page from now on. */
  async attach(page: Page): Promise<void> {
    const session = await page.context().newCDPSession(page);
    this.#listen(session);
    await session.send("Network.enable");
  }

  #listen(session: CDPSession): void {
    session.on("Network.webSocketCreated", ({ requestId, url }) => this.#create(requestId, url));
    session.on("Network.webSocketWillSendHandshakeRequest", ({ requestId, request }) =>
      this.#change(requestId, (socket) => (socket.requestHeaders = request.headers)),
    );
    session.on("Network.webSocketHandshakeResponseReceived", ({ requestId, response }) =>
      this.#change(requestId, (socket) => {
        socket.status = response.status;
        if (response.requestHeaders !== undefined) socket.requestHeaders = response.requestHeaders;
        socket.subprotocol = headerIn(response.headers, "sec-websocket-protocol");
      }),
    );
    session.on("Network.webSocketFrameError", ({ requestId, errorMessage }) =>
      this.#change(requestId, (socket) => {
        socket.error ??= errorMessage;
        socket.status ??= statusIn(errorMessage);
      }),
    );
    session.on("Network.webSocketClosed", ({ requestId }) =>
      this.#change(requestId, (socket) => (socket.isClosed = true)),
    );
    session.on("Network.webSocketFrameSent", ({ requestId, response }) =>
      this.#keep(requestId, "page", response),
    );
    session.on("Network.webSocketFrameReceived", ({ requestId, response }) =>
      this.#keep(requestId, "server", response),
    );
  }

  #create(requestId: string, url: string): void {
    if (this.sockets.length >= MAX_SOCKETS) return;
    const socket: SocketRecord = {
      url,
      requestHeaders: {},
      status: null,
      subprotocol: null,
      error: null,
      messages: [],
      isClosed: false,
    };
    this.sockets.push(socket);
    this.#byId.set(requestId, socket);
    this.changes += 1;
  }

  #change(requestId: string, change: (socket: SocketRecord) => void): void {
    const socket = this.#byId.get(requestId);
    if (socket === undefined) return;
    change(socket);
    this.changes += 1;
  }

  #keep(
    requestId: string,
    from: SocketMessage["from"],
    { opcode, payloadData }: { readonly opcode: number; readonly payloadData: string },
  ): void {
    if (opcode !== TEXT && opcode !== BINARY) return;
    this.#change(requestId, ({ messages }) => {
      if (messages.length >= MAX_MESSAGES) return;
      messages.push({
        from,
        isText: opcode === TEXT,
        data: payloadData.slice(0, MAX_LENGTH),
        isCut: payloadData.length > MAX_LENGTH,
      });
    });
  }
}

/** The status that a handshake was refused with, as the browser tells it; null where it was something else. */
function statusIn(errorMessage: string): number | null {
  const status = /response code: (\d{3})/.exec(errorMessage)?.[1];
  if (status !== undefined) return Number(status);
  return errorMessage.startsWith("HTTP Authentication failed") ? 401 : null;
}

/** A header, whatever the case of its name; null where it is not there. */
export function headerIn(headers: Readonly<Record<string, string>>, name: string): string | null {
  const found = Object.entries(headers).find(([each]) => each.toLowerCase() === name);
  return found?.[1] ?? null;
}

/** The subprotocols that a handshake offered. */
export function offeredBy({ requestHeaders }: Pick<SocketRecord, "requestHeaders">): readonly string[] {
  const offered = headerIn(requestHeaders, "sec-websocket-protocol");
  return offered === null ? [] : offered.split(",").map((name) => name.trim());
}

/** The names of the cookies that a handshake sent. */
export function cookiesOf({ requestHeaders }: Pick<SocketRecord, "requestHeaders">): readonly string[] {
  const cookies = headerIn(requestHeaders, "cookie");
  if (cookies === null || cookies === "") return [];
  return cookies.split(";").map((pair) => pair.trim().replace(/=.*$/s, ""));
}
