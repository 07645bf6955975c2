import type { ForwardedHeader } from "../guards/client-address.ts";
import type { PayloadKind } from "../journal/journal-record.ts";
import type { WatchOptions } from "../watch/watch-options.ts";
import type { AdminConfig } from "./admin-options.ts";
import type { ListenerTls, LogConfig, ParsedConfig, ParsedRoute } from "./config.ts";
import type { ParsedJournal } from "./journal-options.ts";
import {
  createAlerts,
  createTelemetry,
  type AlertConfig,
  type Environment,
  type TelemetryConfig,
} from "./output-config.ts";
import type { KeyPath, Position } from "./problem.ts";
import { isOff } from "./raw-config.ts";
import type { RedisConfig } from "./state-options.ts";
import { parseUpstream, type UpstreamTarget } from "./upstream-url.ts";

/** A listener, ready to be opened. File paths are absolute. */
export interface ListenerConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: ListenerTls;
  readonly trustedProxies: readonly string[];
  readonly forwardedHeader: ForwardedHeader;
  /** Whether trusted proxies must begin each connection with a PROXY protocol header. */
  readonly proxyProtocol: boolean;
  /** Whether HTTP/2 is offered where TLS is spoken. */
  readonly http2: boolean;
}

/** The application behind a route. */
export interface UpstreamConfig {
  readonly target: UpstreamTarget;
  /** The URL as written. */
  readonly text: string;
  /** Absolute; `null`: the system's CAs. */
  readonly caFile: string | null;
  readonly timeoutMs: number;
}

/** Where the master key of a journal is; a text holds the key itself, and is never shown. */
export type MasterKeySource = { readonly file: string } | { readonly text: string };

/** The journal of a gate. Paths are absolute. */
export interface JournalConfig {
  readonly directory: string;
  readonly key: MasterKeySource;
  /** Where payload keys are kept; `null`: in the directory. */
  readonly payloadKeys: string | null;
  /** What is kept of contents where a route says nothing; routes have it filled in. */
  readonly payloads: PayloadKind;
  readonly whenFull: "shed" | "block";
  /** How long segments are kept, and how much room they may take; `null`: no bound. */
  readonly retain: { readonly ageMs: number | null; readonly bytes: number | null };
  /** A file into which each checkpoint is written, too; `null`: none. */
  readonly checkpoints: string | null;
}

/** What the journal keeps of a route's messages. */
export interface RouteJournal {
  readonly payloads: PayloadKind;
  /** The share of messages whose content is kept, from 0 to 1; of every one the metadata is. */
  readonly sample: number;
}

/** A route with its guards' options in force. */
export interface RouteConfig {
  readonly path: string;
  /** Lower case; empty: any host. */
  readonly hosts: readonly string[];
  readonly upstream: UpstreamConfig;
  readonly http: "refuse" | "forward";
  readonly compression: "off" | "inspect";
  /** `null`: there is no journal. */
  readonly journal: RouteJournal | null;
  /** Options by guard name, defaults filled in. A guard that is off is absent. */
  readonly guards: Readonly<Record<string, unknown>>;
}

/** A configuration that was found whole: what `compilePolicy` takes. */
export interface Config {
  /** As the operator named it; `null` for the command line. */
  readonly file: string | null;
  readonly listeners: readonly ListenerConfig[];
  readonly admin: AdminConfig | null;
  readonly log: LogConfig;
  /** Where what nodes share is kept; `null`: in the memory of this process. Holds a password: never shown whole. */
  readonly state: RedisConfig | null;
  /** `null`: off. */
  readonly journal: JournalConfig | null;
  /** What is watched for, and what is done about it; `null`: nothing is. */
  readonly watch: WatchOptions | null;
  /** Who is told of findings. */
  readonly alerts: readonly AlertConfig[];
  /** Where events go besides the log, the metrics and the journal. */
  readonly telemetry: TelemetryConfig;
  readonly routes: readonly RouteConfig[];
  /** Where something stands in the file. */
  locate(path: KeyPath): Position;
  /** Takes the values of `${env:…}` and `${file:…}` out of a text: for everything that is shown. */
  mask(text: string): string;
}

// Keys of a route that are not guards.
const FRAME_KEYS = new Set(["path", "host", "upstream", "http", "compression", "journal"]);

/** Where the parts of an effective configuration come from. */
export interface ConfigOrigin {
  readonly file: string | null;
  /** The directory of relative socket paths. */
  readonly base: string;
  /** Where OpenTelemetry may be configured by the environment. */
  readonly env: Environment;
  locate(path: KeyPath): Position;
  mask(text: string): string;
}

/** Makes the effective configuration of one that passed the schema and every check. */
export function createConfig(parsed: ParsedConfig, origin: ConfigOrigin): Config {
  const journal = parsed.journal === null ? null : createJournal(parsed.journal);
  return {
    file: origin.file,
    listeners: parsed.listen.map(
      ({ address, tls, trustedProxies, forwardedHeader, proxyProtocol, http2 }) => ({
        ...address,
        // A missing `tls` elsewhere than on loopback is a problem, found by `checkConfig`.
        tls: tls ?? { kind: "development" },
        trustedProxies,
        forwardedHeader,
        proxyProtocol,
        http2,
      }),
    ),
    admin: parsed.admin ?? null,
    log: parsed.log,
    state: parsed.state,
    journal,
    watch: parsed.watch,
    alerts: createAlerts(parsed.alerts),
    telemetry: createTelemetry(parsed.telemetry, origin.env),
    routes: parsed.routes.map((route) =>
      Object.assign(createRoute(route, origin.base), { journal: routeJournal(route, journal) }),
    ),
    locate: (path) => origin.locate(path),
    mask: (text) => origin.mask(text),
  };
}

function createJournal(parsed: ParsedJournal): JournalConfig {
  const { directory, payloads, whenFull, retain, keyFile, key } = parsed;
  if (keyFile === undefined && key === undefined)
    throw new TypeError("a journal that was checked has no key");
  return {
    directory,
    key: keyFile === undefined ? { text: key ?? "" } : { file: keyFile },
    payloadKeys: parsed.payloadKeys ?? null,
    payloads,
    whenFull,
    retain,
    checkpoints: parsed.checkpoints ?? null,
  };
}

function routeJournal({ journal }: ParsedRoute, general: JournalConfig | null): RouteJournal | null {
  if (general === null) return null;
  return { payloads: journal?.payloads ?? general.payloads, sample: journal?.sample ?? 1 };
}

function createRoute(route: ParsedRoute, base: string): Omit<RouteConfig, "journal"> {
  const { path, host, http, compression, upstream } = route;
  const parsed = parseUpstream(upstream.url, base);
  if (!parsed.ok) throw new TypeError(`an upstream that was checked does not parse: ${upstream.url}`);
  const guards = Object.entries(route).filter(([key, options]) => !FRAME_KEYS.has(key) && !isOff(options));
  return {
    path,
    hosts: host,
    upstream: {
      target: parsed.target,
      text: upstream.url,
      caFile: upstream.ca ?? null,
      timeoutMs: upstream.timeout,
    },
    http,
    compression: compression === "inspect" ? "inspect" : "off",
    guards: Object.fromEntries(guards),
  };
}
