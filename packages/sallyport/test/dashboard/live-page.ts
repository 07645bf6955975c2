import { once } from "node:events";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { LiveMessage, LiveTopic } from "../../src/hosts/dashboard/live-message.ts";

type Kind = LiveMessage["type"];
type Told<Of extends Kind> = Extract<LiveMessage, { readonly type: Of }>;

/** A page that is connected to the dashboard's socket. */
export interface LivePage {
  readonly socket: WebSocket;
  readonly told: readonly LiveMessage[];
  /** The first message of a kind, that a test likes. */
  until<Of extends Kind>(type: Of, likes?: (message: Told<Of>) => boolean): Promise<Told<Of>>;
  say(message: unknown): void;
  subscribe(...topics: LiveTopic[]): void;
  /** The close code. */
  ended(): Promise<number>;
}

/** How a page comes. */
export interface LiveArrival {
  readonly url: string;
  readonly cookie?: string;
  /** Default: that of the URL. `null`: none. */
  readonly origin?: string | null;
  readonly host?: string;
}

function arrive({ url, cookie, origin = url, host }: LiveArrival): WebSocket {
  // oxlint-disable-next-line sallyport/no-insecure-url -- loopback
  const socket = new WebSocket(`${url.replace("http:", "ws:")}/dashboard/live`, {
    headers: {
      ...(cookie === undefined ? {} : { Cookie: cookie }),
      ...(origin === null ? {} : { Origin: origin }),
      ...(host === undefined ? {} : { Host: host }),
    },
  });
  onTestFinished(() => socket.terminate());
  return socket;
}

/** The status with which a page that comes so is refused. */
export async function refusedLive(arrival: LiveArrival): Promise<number> {
  const socket = arrive(arrival);
  socket.on("error", () => {});
  return await new Promise((resolve) => {
    socket.once("unexpected-response", (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.once("open", () => resolve(101));
  });
}

/** Connects a page. Ended when the test ends. */
export async function openLive(arrival: LiveArrival): Promise<LivePage> {
  const socket = arrive(arrival);
  const told: LiveMessage[] = [];
  const waiting = new Set<() => void>();
  let code: number | null = null;
  socket.on("message", (data: Buffer) => {
    const message: LiveMessage = JSON.parse(data.toString());
    told.push(message);
    for (const look of waiting) look();
  });
  socket.on("close", (ended) => {
    code = ended;
    for (const look of waiting) look();
  });
  await once(socket, "open");
  const wait = async <Value>(find: () => Value | null): Promise<Value> =>
    await new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === null) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  const say = (message: unknown): void => socket.send(JSON.stringify(message));
  return {
    socket,
    told,
    say,
    subscribe: (...topics) => say({ type: "subscribe", topics }),
    ended: () => wait(() => code),
    until: <Of extends Kind>(type: Of, likes: (message: Told<Of>) => boolean = () => true) =>
      wait(() => told.find((message): message is Told<Of> => isOf(message, type) && likes(message)) ?? null),
  };
}

function isOf<Of extends Kind>(message: LiveMessage, type: Of): message is Told<Of> {
  return message.type === type;
}
