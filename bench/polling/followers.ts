import { Agent, get, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { WebSocket } from "ws";

/** How the feed comes. */
export type Way = "poll" | "events" | "websocket";

/** Who follows the feed. */
export interface Follower {
  readonly number: number;
  readonly port: number;
  /** The token that a gate asks for. */
  readonly token: string;
  /** The origin of the page. */
  readonly origin: string;
}

/** A message of the feed, as far as it is looked at. `at`: when it was made, as the feed writes it. */
export interface Message {
  readonly number: number;
  readonly at: string;
}

/** What a follower is told. */
export interface Told {
  readonly onMessage: (message: Message) => void;
  /** The connection was lost, or never there. */
  readonly onFailure: (error: Error) => void;
}

/** A connection that is followed. */
export interface Following {
  /** The socket that it has now; its bytes are counted. */
  readonly socket: () => Socket | null;
  stop(): void;
}

/**
 * What a browser sends besides with each request to its own origin: the names and lengths are those of Chromium. The cookie
 * is one session id, where many a site has more.
 */
function browserHeaders({ number, origin }: Follower): Record<string, string> {
  return {
    "sec-ch-ua-platform": '"Linux"',
    "User-Agent":
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "sec-ch-ua": '"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"',
    "sec-ch-ua-mobile": "?0",
    Accept: "*/*",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    Referer: `${origin}/`,
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-US,en;q=0.9",
    Cookie: `session=session-${number}`,
  };
}

/** Follows the feed in one of the three ways, until it is stopped. */
export const follow: Readonly<Record<Way, (who: Follower, told: Told) => Following>> = {
  poll: followByPolling,
  events: followEvents,
  websocket: followSocket,
};

function followByPolling(who: Follower, { onMessage, onFailure }: Told): Following {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = browserHeaders(who);
  let socket: Socket | null = null;
  let after = -1;
  let stopped = false;
  const ask = (): void => {
    const options = { host: "127.0.0.1", port: who.port, path: `/poll?after=${after}`, agent, headers };
    const request = get(options, (response) => {
      void wholeText(response).then((text) => {
        if (response.statusCode !== 200) return onFailure(new Error(`HTTP ${response.statusCode}`));
        const messages: readonly Message[] = JSON.parse(text);
        after = messages.at(-1)?.number ?? after;
        for (const message of messages) onMessage(message);
        if (!stopped) ask();
      }, onFailure);
    });
    request.once("socket", (used) => {
      socket = used;
    });
    request.once("error", (error) => {
      if (!stopped) onFailure(error);
    });
  };
  ask();
  const stop = (): void => {
    stopped = true;
    agent.destroy();
  };
  return { socket: () => socket, stop };
}

async function wholeText(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of response.setEncoding("utf8")) text += String(piece);
  return text;
}

function followEvents(who: Follower, { onMessage, onFailure }: Told): Following {
  let socket: Socket | null = null;
  let stopped = false;
  let rest = "";
  const headers = { ...browserHeaders(who), Accept: "text/event-stream", "Cache-Control": "no-cache" };
  const options = { host: "127.0.0.1", port: who.port, path: "/events", headers, agent: false };
  const request = get(options, (response) => {
    if (response.statusCode !== 200) return onFailure(new Error(`HTTP ${response.statusCode}`));
    response.setEncoding("utf8").on("data", (piece: string) => {
      const events = `${rest}${piece}`.split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) onMessage(JSON.parse(event.slice(event.indexOf("data: ") + 6)));
    });
  });
  request.once("socket", (used) => {
    socket = used;
  });
  request.on("error", (error) => {
    if (!stopped) onFailure(error);
  });
  const stop = (): void => {
    stopped = true;
    request.destroy();
  };
  return { socket: () => socket, stop };
}

function followSocket(who: Follower, { onMessage, onFailure }: Told): Following {
  const underneath = connect({ host: "127.0.0.1", port: who.port, noDelay: true });
  const { Accept: _accept, ...headers } = browserHeaders(who);
  const socket = new WebSocket(`ws://127.0.0.1:${who.port}/feed`, {
    createConnection: () => underneath,
    headers: { ...headers, Origin: who.origin, Authorization: `Bearer ${who.token}` },
    perMessageDeflate: false,
  });
  let stopped = false;
  socket.on("message", (data: Buffer) => onMessage(JSON.parse(data.toString("utf8"))));
  socket.on("error", onFailure);
  socket.on("close", (code) => {
    if (!stopped) onFailure(new Error(`closed with ${code}`));
  });
  const stop = (): void => {
    stopped = true;
    socket.terminate();
  };
  return { socket: () => underneath, stop };
}
