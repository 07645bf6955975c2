import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { WebSocketServer, type WebSocket } from "ws";
import type { StorageState } from "../src/browser/trial-stage.ts";

/** One socket of the shop's page. */
export interface ShopSocket {
  readonly path: string;
  /** The cookie by which it knows its user; null: it knows nobody. */
  readonly cookie: string | null;
  /** What becomes of whoever is not known. Default: they are greeted as strangers. */
  readonly strangers?: "greeted" | "refused" | "closed";
  /** It looks at the origin. Default: false. */
  readonly isGuarded?: boolean;
  /** It speaks only when spoken to: its page says this first. */
  readonly first?: string;
  /** It says nothing at all. */
  readonly isSilent?: boolean;
}

/** A shop with a page, which opens sockets. */
export interface Shop {
  readonly port: number;
  /** Of the page, under the name `localhost`. */
  readonly url: string;
  /** What a browser remembers that is logged in. */
  readonly login: StorageState;
  readonly close: () => Promise<void>;
}

const USER = "ann-of-cleves";
/** What stands in each cookie. */
const SESSION = "s3cr3t-session-of-ann";
/** What the page sets for whoever is logged in, as servers do it in their different ways. */
const COOKIES = [
  `open=${SESSION}; Path=/; Secure; HttpOnly; SameSite=None`,
  `lax=${SESSION}; Path=/; HttpOnly; SameSite=Lax`,
  `strict=${SESSION}; Path=/; HttpOnly; SameSite=Strict`,
  // Lax, as browsers have it; within two minutes it would go with a POST of another site's page, which a WebSocket is not.
  `bare=${SESSION}; Path=/; HttpOnly`,
  `apart=${SESSION}; Path=/; Secure; HttpOnly; SameSite=None; Partitioned`,
];

/** Starts a shop on loopback. Its users are known by the cookie `login`, and get the others with the page. */
export async function startShop(sockets: readonly ShopSocket[], scriptPath = ""): Promise<Shop> {
  const server = new WebSocketServer({ noServer: true });
  const page = pageOf(sockets);
  const http = createServer((request, response) => serve(request, response, { page, scriptPath }));
  http.on("upgrade", (request, socket, head) => {
    const refuse = (status: number) => socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
    const found = sockets.find(({ path }) => path === new URL(request.url ?? "/", "http://shop").pathname);
    if (found === undefined) return refuse(404);
    const { origin = "", host = "" } = request.headers;
    if (found.isGuarded === true && new URL(origin).host !== host) return refuse(403);
    const user = found.cookie !== null && cookieOf(request, found.cookie) === SESSION ? USER : null;
    if (user === null && found.cookie !== null && found.strangers === "refused") return refuse(401);
    return server.handleUpgrade(request, socket, head, (upgraded) => talk(upgraded, found, user));
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    url: `http://localhost:${port}/`,
    login: { cookies: [{ ...LOGIN, domain: "localhost" }], origins: [] },
    close: async () => {
      for (const client of server.clients) client.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

const LOGIN = {
  name: "login",
  value: SESSION,
  path: "/",
  expires: -1,
  httpOnly: true,
  secure: false,
  sameSite: "Lax" as const,
};

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { page, scriptPath }: { readonly page: string; readonly scriptPath: string },
): void {
  const isKnown = cookieOf(request, "login") !== null;
  const { pathname } = new URL(request.url ?? "/", "http://shop");
  const isScript = pathname === scriptPath;
  if (pathname !== "/" && !isScript) return void response.writeHead(404).end();
  const script = scriptPath === "" || isScript ? page : "";
  response.writeHead(200, {
    "Content-Type": isScript ? "text/javascript" : "text/html",
    ...(isKnown && !isScript ? { "Set-Cookie": COOKIES } : {}),
  });
  const include = scriptPath === "" ? `<script>${script}</script>` : `<script src="${scriptPath}"></script>`;
  response.end(isScript ? script : `<!doctype html><title>shop</title>${include}`);
}

function pageOf(sockets: readonly ShopSocket[]): string {
  return sockets
    .map(({ path, first }, at) => {
      const open = `const s${at} = new WebSocket("ws://" + location.host + "${path}");`;
      return first === undefined
        ? open
        : `${open} s${at}.onopen = () => s${at}.send(${JSON.stringify(first)});`;
    })
    .join("\n");
}

function talk(
  socket: WebSocket,
  { strangers, first, isSilent = false }: ShopSocket,
  user: string | null,
): void {
  socket.on("error", () => undefined);
  const greet = (): void => {
    if (user === null && strangers === "closed") return socket.close(4401, "who are you");
    if (!isSilent) socket.send(user === null ? "hello stranger" : `hello ${user}, your card ends in 4242`);
  };
  if (first === undefined) return greet();
  socket.on("message", (data: Buffer) => {
    if (data.toString("utf8") === first) greet();
  });
}

function cookieOf({ headers }: IncomingMessage, name: string): string | null {
  const found = (headers.cookie ?? "").split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found === undefined ? null : found.slice(name.length + 1);
}
