import { setTimeout as sleep } from "node:timers/promises";
import type { BrowserContext } from "playwright-core";
import { problemOf } from "../problem-of.ts";
import type { Opening } from "./known-to-strangers.ts";
import { offeredBy, type SocketRecord, SocketRecorder } from "./socket-recorder.ts";

/** What a page did when it was opened. */
export interface Observation {
  /** Where it was at the end, after redirections. */
  readonly url: URL;
  /** Why it could not be loaded whole; empty where it was. */
  readonly problem: string;
  readonly sockets: readonly SocketRecord[];
  /** What it sent by long polling before a socket took over, by the path of both (Engine.IO). */
  readonly polled: ReadonlyMap<string, readonly string[]>;
}

/** How long a page may take to load, how long it has to be still for its sockets to be known, and how long the first may take. */
const LOAD_MS = 20_000;
const STILL_MS = 600;
const FIRST_MS = 3000;
const LONGEST_MS = 8000;
const LOOK_MS = 50;
/** Polled messages that are kept, and characters of each. */
const MAX_POLLED = 5;
const MAX_POLLED_LENGTH = 8192;
/** Puts apart the packets of one polling request (Engine.IO 4). */
const PACKETS = "\u001e";

/** Opens a page, and watches what sockets it opens and what is said on them, until no more happens. */
export async function observePage(context: BrowserContext, url: URL): Promise<Observation> {
  const page = await context.newPage();
  const polled = new Map<string, string[]>();
  try {
    const recorder = new SocketRecorder();
    await recorder.attach(page);
    page.on("request", (request) => {
      if (request.method() === "POST") keepPolled(polled, request.url(), request.postData() ?? "");
    });
    const problem = await page
      .goto(url.href, { waitUntil: "load", timeout: LOAD_MS })
      .then((response) => ((response?.status() ?? 200) < 400 ? "" : `answered with ${response?.status()}`))
      .catch((error: unknown) => problemOf(error).split("\n")[0] ?? "");
    await untilStill(recorder);
    const at = URL.canParse(page.url()) ? new URL(page.url()) : url;
    return { url: at.protocol.startsWith("http") ? at : url, problem, sockets: recorder.sockets, polled };
  } finally {
    await page.close();
  }
}

async function untilStill(recorder: SocketRecorder): Promise<void> {
  const begun = performance.now();
  let changes = recorder.changes;
  let since = begun;
  for (;;) {
    await sleep(LOOK_MS);
    const now = performance.now();
    if (recorder.changes !== changes) since = now;
    changes = recorder.changes;
    const isStill = recorder.sockets.length > 0 ? now - since > STILL_MS : now - begun > FIRST_MS;
    if (isStill || now - begun > LONGEST_MS) return;
  }
}

function keepPolled(polled: Map<string, string[]>, url: string, body: string): void {
  const { pathname, searchParams } = new URL(url);
  if (!searchParams.has("EIO") || searchParams.get("transport") !== "polling") return;
  const packets = body.split(PACKETS).filter((packet) => packet.startsWith("4"));
  const kept = [
    ...(polled.get(pathname) ?? []),
    ...packets.map((packet) => packet.slice(0, MAX_POLLED_LENGTH)),
  ];
  polled.set(pathname, kept.slice(0, MAX_POLLED));
}

/**
 * How the page opened a socket and what it said first: text alone, up to what was cut or is binary. A socket of Engine.IO that takes over from
 * polling is opened anew, with what was said by polling.
 */
export function openingOf(socket: SocketRecord, polled: Observation["polled"]): Opening {
  const url = new URL(socket.url);
  const said = polled.get(url.pathname);
  const isUpgrade = url.searchParams.has("EIO") && url.searchParams.has("sid");
  if (isUpgrade) url.searchParams.delete("sid");
  const own = socket.messages.filter(({ from }) => from === "page");
  const end = own.findIndex(({ isText, isCut }) => !isText || isCut);
  const messages = isUpgrade
    ? (said ?? [])
    : own.slice(0, end < 0 ? own.length : end).map(({ data }) => data);
  return { url: url.href, subprotocols: offeredBy(socket), messages };
}
