/** A way in which clients open their sockets. */
export type Dialect = "Socket.IO" | "GraphQL" | "MQTT" | "SockJS" | "Vite" | "Action Cable";

/** An endpoint that a page or a script names. */
export interface NamedEndpoint {
  /** `ws:` or `wss:`. */
  readonly url: string;
  /** By what it was found, in words. */
  readonly how: string;
  readonly dialect: Dialect | null;
}

/** What is looked for in the text of pages and scripts. The first group is a URL or a path, where there is one. */
interface Pattern {
  readonly pattern: RegExp;
  readonly how: string;
  readonly dialect?: Dialect;
  /** What stands for a group that is not there. */
  readonly path?: string;
  /** Put behind what was found. */
  readonly suffix?: string;
}

/** The endpoint of Engine.IO, which Socket.IO is made of. */
const ENGINE_IO = "?EIO=4&transport=websocket";

const PATTERNS: readonly Pattern[] = [
  { pattern: /["'`](wss?:\/\/[^"'`\s<>\\]+)["'`]/g, how: "a literal" },
  {
    pattern: /\/\/\$\{[^}]{0,60}\bhost(?:name)?\}(\/[^"'`\s<>\\]*)?`/g,
    how: "a template with the page's host",
  },
  {
    pattern: /\bwss?:.{0,120}?\blocation\.host(?:name)?\s*\+\s*["'`](\/[^"'`\s<>\\]*)["'`]/g,
    how: "the page's host and a path",
  },
  {
    pattern: /\bnew WebSocket\(\s*(?:new URL\(\s*)?["'`]([^"'`\s<>\\]+)["'`]/g,
    how: "new WebSocket(…)",
  },
  {
    pattern: /\bcreateClient\(\s*\{[^}]{0,200}?\burl\s*:\s*["'`]([^"'`\s<>\\]+)["'`]/g,
    how: "createClient({ url })",
    dialect: "GraphQL",
  },
  { pattern: /\bmqtt\.connect\(\s*["'`](wss?:[^"'`\s<>\\]+)["'`]/g, how: "mqtt.connect(…)", dialect: "MQTT" },
  {
    pattern: /\bnew SockJS\(\s*["'`]([^"'`\s<>\\]+)["'`]/g,
    how: "new SockJS(…)",
    dialect: "SockJS",
    suffix: "/websocket",
  },
  {
    pattern:
      /(?:src=["'][^"']{0,300}(\/[\w/.-]{0,100})\/socket\.io(?:\.min)?\.js|\bio\(\s*["'`]?[^)"'`]{0,200}["'`]?\s{0,20}[,)])/g,
    how: "Socket.IO's client",
    dialect: "Socket.IO",
    path: "/socket.io",
    suffix: `/${ENGINE_IO}`,
  },
  {
    pattern: /\/@vite\/client\b()/g,
    how: "Vite's client",
    dialect: "Vite",
    path: "/",
  },
  {
    pattern:
      /(?:\bcreateConsumer\(\s*(?:["'`]([^"'`\s<>\\]+)["'`]\s*)?\)|name=["']action-cable-url["'] content=["']([^"']+)["'])/g,
    how: "Action Cable's client",
    dialect: "Action Cable",
    path: "/cable",
  },
];

/** Endpoints that one text may name; in a library there are many. */
const MAX_ENDPOINTS = 20;

/** The endpoints that a page or a script names, by where the page is. What goes on with a variable is cut there. */
export function findEndpoints(text: string, page: URL): readonly NamedEndpoint[] {
  const found = new Map<string, NamedEndpoint>();
  for (const each of PATTERNS) {
    // `io(` is any function, where nothing else says Socket.IO.
    if (each.dialect === "Socket.IO" && !/socket\.io/i.test(text)) continue;
    for (const match of text.matchAll(each.pattern)) {
      const url = endpointUrl(match[1] ?? match[2] ?? "", each, page);
      if (url === null) continue;
      const before = found.get(url);
      if (before !== undefined && (before.dialect !== null || each.dialect === undefined)) continue;
      if (before === undefined && found.size >= MAX_ENDPOINTS) continue;
      const dialect = each.dialect ?? before?.dialect ?? dialectOf(url);
      found.set(url, { url, how: each.how, dialect });
    }
  }
  return [...found.values()];
}

/** What a path says of its dialect. */
export function dialectOf(url: string): Dialect | null {
  const { pathname, searchParams } = new URL(url);
  if (searchParams.has("EIO")) return "Socket.IO";
  if (/graphql|subscriptions/i.test(pathname)) return "GraphQL";
  if (/\bmqtt\b/i.test(pathname)) return "MQTT";
  return pathname === "/cable" ? "Action Cable" : null;
}

function endpointUrl(found: string, { path = "", suffix = "" }: Pattern, page: URL): string | null {
  const [known = ""] = (found === "" ? path : found).split("${");
  if (known === "" || !URL.canParse(known, page.href)) return null;
  const url = new URL(`${known.replace(/\/$/, suffix.startsWith("/") ? "" : "/")}${suffix}`, page);
  if (!/^(?:wss?|https?):$/.test(url.protocol) || url.hostname === "") return null;
  url.hash = "";
  return url.href.replace(/^http/, "ws");
}
