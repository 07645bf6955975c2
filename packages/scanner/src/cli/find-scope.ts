import { readFileSync } from "node:fs";
import { findChromium } from "../browser/find-chromium.ts";
import type { ProvenSocket } from "../browser/prove-hijacks.ts";
import { proveHijacks } from "../browser/prove-hijacks.ts";
import type { StorageState } from "../browser/trial-stage.ts";
import { createMasker } from "../probe/masker.ts";
import { dialectSubprotocols, type Discovery, discoverEndpoints } from "../discover/discover-endpoints.ts";
import type { ReportExtras } from "../merge-reports.ts";
import { Pace } from "../pace.ts";
import { problemOf } from "../problem-of.ts";
import { type ScanSettings, secretsOf } from "../scan-settings.ts";
import { parseTargetUrl, resolveTarget, type Target } from "../target.ts";
import type { ScanFlags } from "./scan-flags.ts";
import { UsageError } from "../usage-error.ts";

/** One endpoint to scan, and how. */
export interface Scanned {
  readonly target: Target;
  readonly settings: ScanSettings;
}

/** What a URL leads to. */
export interface Scope {
  readonly scanned: readonly [Scanned, ...Scanned[]];
  readonly extras: ReportExtras;
}

/** The flags by which a browser is used. */
export type BrowserFlags = Pick<ScanFlags, "browser" | "storageState" | "browserPath">;

/** How long endpoints are looked for, at most. */
const DISCOVERY_MS = 15_000;

/**
 * What is scanned: a `ws:` or `wss:` URL by itself. An `http:` or `https:` URL is a page: its endpoints, as it and its scripts name them, or, with
 * a browser, as it opens them; where there are none, or the host has no address, the URL is scanned as if it were one. Rejects where there is no
 * browser.
 */
export async function findScope(text: string, flags: BrowserFlags, settings: ScanSettings): Promise<Scope> {
  const target = await resolveTarget(parseTargetUrl(text));
  const isPage = /^https?:/i.test(text);
  if (target.problem !== "")
    return { scanned: [{ target, settings: { ...settings, withoutBrowser: target.problem } }], extras: {} };
  if (flags.browser) return withBrowser(target, { isPage, page: new URL(text), flags, settings });
  if (!isPage) return { scanned: [{ target, settings }], extras: {} };
  const discovery = await discoverEndpoints(new URL(text), settings, discoveryPace(settings));
  const found = discovery.endpoints.filter(({ isScanned }) => isScanned);
  const origin = settings.origin ?? new URL(discovery.page).origin;
  const scanned = await Promise.all(
    found.map(async ({ url, dialect }) => {
      const at = await resolveTarget(parseTargetUrl(url));
      const subprotocols =
        dialect === null || settings.subprotocols.length > 0
          ? settings.subprotocols
          : dialectSubprotocols[dialect].slice(0, 1);
      return {
        target: at,
        settings: {
          ...settings,
          subprotocols,
          ...(at.ownOrigin === origin ? {} : { origin }),
        },
      };
    }),
  );
  const [first = { target, settings }, ...others] = scanned;
  const isOnlyItself = discovery.endpoints.every(({ url }) => url === target.url.href);
  return {
    scanned: [first, ...others],
    extras:
      isOnlyItself && first.target.url.href === target.url.href
        ? {}
        : { discovery: masked(discovery, secretsOf(settings, target.url)) },
  };
}

/** Looking for endpoints has a share of the time: what is found has to be scanned after it. */
function discoveryPace({ pace }: ScanSettings): Pace {
  return new Pace({ ...pace, totalMs: Math.min(pace.totalMs, DISCOVERY_MS) });
}

/** Without what the user gave to be known by, and without the page's query. */
function masked(discovery: Discovery, secrets: readonly string[]): Discovery {
  const mask = createMasker(secrets);
  const { origin, pathname } = new URL(discovery.page);
  const endpoints = discovery.endpoints.map((each) => ({ ...each, url: mask(each.url) }));
  return { page: mask(`${origin}${pathname}`), problem: mask(discovery.problem), endpoints };
}

interface Asked {
  readonly isPage: boolean;
  readonly page: URL;
  readonly flags: BrowserFlags;
  readonly settings: ScanSettings;
}

async function withBrowser(target: Target, { isPage, page, flags, settings }: Asked): Promise<Scope> {
  const { url, isLocal, ownOrigin } = target;
  const { subprotocols, messages } = settings;
  const findings = await proveHijacks({
    page: isPage ? page : new URL(settings.origin ?? ownOrigin),
    endpoint: isPage ? null : { url: url.href, subprotocols, messages },
    storageState: readStorageState(flags.storageState),
    path: findChromium(flags.browserPath ?? null),
    userAgent: settings.userAgent,
    quietMs: settings.patienceMs,
    isLocal,
  });
  const scanned = await Promise.all(findings.sockets.map((socket) => scannedOf(socket, settings)));
  const unproven = {
    target,
    settings: { ...settings, withoutBrowser: "the page opened no socket that was tried" },
  };
  const [first = unproven, ...others] = scanned;
  return { scanned: [first, ...others], extras: { browser: findings.report } };
}

/** The endpoint of a socket, scanned with what the browser opened it with. What the user gave comes first. */
async function scannedOf(
  { opening, cookies, proof }: ProvenSocket,
  settings: ScanSettings,
): Promise<Scanned> {
  const target = await resolveTarget(parseTargetUrl(opening.url));
  const hasCookie = settings.credentials.some(([name]) => name.toLowerCase() === "cookie");
  return {
    target,
    settings: {
      ...settings,
      browser: proof,
      credentials: [
        ...settings.credentials,
        ...(hasCookie || cookies === "" ? [] : [["Cookie", cookies] as const]),
      ],
      subprotocols: settings.subprotocols.length > 0 ? settings.subprotocols : opening.subprotocols,
      messages: settings.messages.length > 0 ? settings.messages : opening.messages,
      origin: settings.origin ?? new URL(proof.page).origin,
    },
  };
}

function readStorageState(file: string | undefined): StorageState | null {
  if (file === undefined) return null;
  try {
    const state: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (isStorageState(state)) return state;
    throw new Error("it has no `cookies` and `origins`, as Playwright's storageState has");
  } catch (error) {
    throw new UsageError(`--storage-state ${file}: ${problemOf(error)}`, { cause: error });
  }
}

function isStorageState(value: unknown): value is StorageState {
  return (
    typeof value === "object" &&
    value !== null &&
    "cookies" in value &&
    Array.isArray(value.cookies) &&
    "origins" in value &&
    Array.isArray(value.origins)
  );
}
