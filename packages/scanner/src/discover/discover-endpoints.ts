import { randomBytes } from "node:crypto";
import { describeAttempt } from "../attempt.ts";
import { Connector } from "../connector.ts";
import type { Pace } from "../pace.ts";
import { printable } from "../printable.ts";
import { problemOf } from "../problem-of.ts";
import type { ScanSettings } from "../scan-settings.ts";
import { parseTargetUrl, resolveTarget } from "../target.ts";
import { type Dialect, dialectOf, findEndpoints, type NamedEndpoint } from "./find-endpoints.ts";
import { isRelated } from "./is-related.ts";
import { readPages } from "./read-pages.ts";

/** An endpoint that was found, and what it answers. */
export interface DiscoveredEndpoint {
  readonly url: string;
  /** By what it was found. */
  readonly how: string;
  readonly dialect: Dialect | null;
  /** What a handshake was answered with, in words. */
  readonly answer: string;
  /** It is one, as far as it answers as one, and is scanned. */
  readonly isScanned: boolean;
}

/** What was found of the endpoints of a page. */
export interface Discovery {
  /** The page, where it is after redirections. */
  readonly page: string;
  /** Why the page could not be read; empty where it was. */
  readonly problem: string;
  readonly endpoints: readonly DiscoveredEndpoint[];
}

/** Where servers usually have their endpoint. */
const USUAL = [
  "/ws",
  "/websocket",
  "/socket",
  "/socket.io/?EIO=4&transport=websocket",
  "/graphql",
  "/subscriptions",
  "/cable",
  "/mqtt",
];
/** Endpoints that are scanned. */
const MAX_SCANNED = 5;

/** Subprotocols without which servers of a dialect refuse. */
export const dialectSubprotocols: Readonly<Record<Dialect, readonly string[]>> = {
  "Socket.IO": [],
  SockJS: [],
  GraphQL: ["graphql-transport-ws", "graphql-ws"],
  MQTT: ["mqtt"],
  Vite: ["vite-hmr"],
  "Action Cable": ["actioncable-v1-json"],
};

/** How an endpoint answers: as one, as one that does not want this client, or as something else. */
interface Answer {
  readonly kind: "open" | "refused" | "none";
  readonly words: string;
}

/**
 * Finds the endpoints of an application, given a page: the URL itself where it is one, what the page and its scripts name, and what answers at
 * the usual paths. Hosts of others are listed and not asked. A server that admits any path is not taken to have an endpoint at each.
 */
export async function discoverEndpoints(url: URL, settings: ScanSettings, pace: Pace): Promise<Discovery> {
  const { page, problem, texts } = await readPages(url, settings, pace);
  const named = new Map<string, NamedEndpoint>();
  for (const { url: at, text } of texts)
    for (const found of findEndpoints(text, page))
      if (!named.has(found.url))
        named.set(found.url, {
          ...found,
          how: `${found.how} in ${at.href === page.href ? "the page" : printable(at.pathname, 100)}`,
        });
  const ask = (endpoint: NamedEndpoint): Promise<Answer> => askEndpoint(endpoint, page, { settings, pace });
  const usual = USUAL.map((path) => {
    const at = new URL(path, page).href.replace(/^http/, "ws");
    return { url: at, how: "a usual path", dialect: dialectOf(at) };
  }).filter(({ url: at }) => !named.has(at));
  const own = { url: parseTargetUrl(url.href).href, how: "the URL itself", dialect: null };
  const anywhere = await ask({ ...own, url: new URL(`/${randomBytes(8).toString("hex")}`, own.url).href });
  const endpoints: DiscoveredEndpoint[] = [];
  for (const endpoint of [own, ...named.values(), ...(anywhere.kind === "none" ? usual : [])]) {
    if (endpoint !== own && endpoint.url === own.url && endpoints.length > 0) continue;
    const { kind, words } = isRelated(new URL(endpoint.url).hostname, page.hostname)
      ? await ask(endpoint)
      : { kind: "none", words: "not asked: it is somebody else's host" };
    const isNamed = named.has(endpoint.url);
    // Where any path is admitted, or refused as a socket, only what is named is one, or else the URL itself.
    const isOne =
      endpoint === own && anywhere.kind !== "none" ? kind !== "none" && named.size === 0 : kind !== "none";
    if (!isNamed && !isOne) continue;
    endpoints.push({ ...endpoint, answer: words, isScanned: isOne });
  }
  return { page: page.href, problem, endpoints: limited(endpoints) };
}

function limited(endpoints: readonly DiscoveredEndpoint[]): readonly DiscoveredEndpoint[] {
  let scanned = 0;
  return endpoints.map((endpoint) => {
    if (!endpoint.isScanned) return endpoint;
    scanned += 1;
    return scanned <= MAX_SCANNED
      ? endpoint
      : {
          ...endpoint,
          isScanned: false,
          answer: `${endpoint.answer}; not scanned, since it is one too many`,
        };
  });
}

async function askEndpoint(
  { url, dialect }: NamedEndpoint,
  page: URL,
  { settings, pace }: { readonly settings: ScanSettings; readonly pace: Pace },
): Promise<Answer> {
  try {
    const target = await resolveTarget(parseTargetUrl(url));
    const subprotocols = dialect === null ? settings.subprotocols : dialectSubprotocols[dialect];
    const connector = new Connector(
      target,
      { ...settings, subprotocols, origin: settings.origin ?? page.origin },
      pace,
    );
    // Whether it speaks WebSocket is told by a refusal as well: no ticket is asked for it.
    const attempt = await connector.open({ ticket: null });
    const { probe, kind, status } = attempt;
    const words = describeAttempt(attempt);
    probe.destroy();
    if (kind === "accepted") return { kind: "open", words };
    return { kind: kind === "refused" && isOfSockets(status, probe.body) ? "refused" : "none", words };
  } catch (error) {
    return { kind: "none", words: problemOf(error) };
  }
}

/** A refusal that only what speaks WebSocket makes: who asks is not let in, or asks in the wrong version; or it says so. */
function isOfSockets(status: number | null, body: Buffer): boolean {
  if (status === 401 || status === 403 || status === 426) return true;
  return status === 400 && /websocket|upgrade|transport|origin|subprotocol/i.test(body.toString("utf8"));
}
