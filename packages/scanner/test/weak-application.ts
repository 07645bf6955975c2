import type { WebSocket } from "ws";
import { type WsApplication, wsApplication } from "../../sallyport/test/hosts/guarded-server.ts";
import { closeServer, listenOnLoopback } from "./listen-on-loopback.ts";
import type { SpecimenServer } from "./specimen.ts";

type Talk = (socket: WebSocket, text: string, others: ReadonlySet<WebSocket>) => void;

/** A secret that the talkative application tells: of the form of a key, and nobody's. */
const SECRET = "AKIAQ3EGUVZ7XH2MWT4B";

/** An error as it was thrown. */
const TRACE =
  "SyntaxError: Unexpected end of input\n    at read (/srv/app/messages.ts:31:55)\n    at emit (node:events:514:28)";

/** What objects of the credulous application have in common, as all objects have their prototype: a message must not change that here. */
const common = {};

const weaknesses = new Map<string, Talk>([
  /** None but that it trusts everybody: it sends back what it is told. */
  ["echo", (socket, text) => socket.send(text)],
  /** It passes on what it is told, merges it into what it keeps, and tells it again as it understood it. */
  [
    "credulous",
    (socket, text, others) => {
      for (const other of others) if (other !== socket) other.send(text);
      const told: unknown = JSON.parse(text);
      merge(Object.create(common), told);
      socket.send(JSON.stringify({ told, ...common }));
    },
  ],
  /** It tells its secrets, and what it stumbled over. */
  [
    "talkative",
    (socket, text) => socket.send(JSON.stringify(isJson(text) ? { key: SECRET } : { error: TRACE })),
  ],
]);

/** No limit of the library: what is not stopped before the application is not stopped. The types do not know all of them yet. */
const options = {
  maxPayload: 1024 * 1024 * 1024,
  maxFragments: 1_000_000,
  maxPendingAutoPongs: 0,
  perMessageDeflate: true,
};

/** Starts an application that has the weakness which the first part of the path names; without one it trusts everybody. */
export async function startWeakApplication(): Promise<SpecimenServer> {
  const { server, sockets } = createWeakApplication();
  return {
    url: `ws://127.0.0.1:${await listenOnLoopback(server)}/`,
    close: () => closeServer(server, sockets),
  };
}

/** The same as a server that does not listen yet. */
export function createWeakApplication(): WsApplication {
  const talking = new Map<string, Set<WebSocket>>();
  return wsApplication((socket, { url = "/" }) => {
    const others = talking.get(url) ?? new Set();
    talking.set(url, others.add(socket));
    socket.on("close", () => others.delete(socket));
    const talk = weaknesses.get(url.split("/")[1] ?? "") ?? weaknesses.get("echo");
    socket.on("message", (data: Buffer) => {
      try {
        talk?.(socket, data.toString("utf8"), others);
      } catch {
        socket.close(1008);
      }
    });
  }, options);
}

/** As code does that merges member by member, and follows every name. */
function merge(into: object, what: unknown): void {
  if (typeof what !== "object" || what === null) return;
  for (const [name, value] of Object.entries(what)) {
    const before: unknown = Reflect.get(into, name);
    if (typeof before === "object" && before !== null) merge(before, value);
    else if (name !== "constructor") Reflect.set(into, name, value);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
