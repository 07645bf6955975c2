import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { ForwardedHeader } from "../guards/client-address.ts";
import { DocumentFaults } from "../guards/document-faults.ts";
import type { Guard, GuardDefinition, GuardServices } from "../guards/guard.ts";
import type { QuotaScopes } from "../guards/quotas.ts";
import type { WatchOptions } from "../watch/watch-options.ts";
import { problemOf } from "../problem-of.ts";
import { builtInGuards } from "./built-in-guards.ts";
import type { AdminConfig } from "./admin-options.ts";
import type { ListenerTls, LogConfig } from "./config.ts";
import type { Config, JournalConfig, RouteConfig, RouteJournal, UpstreamConfig } from "./effective-config.ts";
import { MadeGuards } from "./made-guards.ts";
import { compileOutputs, type OutputPolicy } from "./output-policy.ts";
import { formatPath, type Problem } from "./problem.ts";
import { routeId } from "./route-id.ts";

/** The application behind a route, ready to connect to. */
export interface Upstream {
  readonly kind: "tcp" | "unix";
  readonly secure: boolean;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Absolute; `null` unless `kind` is `unix`. */
  readonly socketPath: string | null;
  /** Put before a request's path; empty for none. */
  readonly pathPrefix: string;
  /** PEM; `null`: the system's CAs. */
  readonly ca: string | null;
  readonly timeoutMs: number;
  /** As written; holds no secret. */
  readonly text: string;
}

/** One route in force. */
export interface Route {
  /** Its label in the log and the metrics: hosts and path. */
  readonly id: string;
  /** Lower case; may begin with `*.`; empty: any host. */
  readonly hosts: readonly string[];
  readonly path: string;
  readonly upstream: Upstream;
  readonly http: "refuse" | "forward";
  /** Whether messages may be compressed; then they are inflated for the guards. */
  readonly compression: "off" | "inspect";
  /** What the journal keeps of its messages; `null`: there is none. */
  readonly journal: RouteJournal | null;
  /** In the order in which they are asked. */
  readonly guards: readonly Guard[];
  /** How callers are known: `anonymous` or `jwt`. */
  readonly identityName: string;
}

/** One listener in force. */
export interface ListenerPolicy {
  /** The host; without brackets. */
  readonly address: string;
  readonly port: number;
  readonly tls: ListenerTls;
  readonly trustedProxies: readonly string[];
  readonly forwardedHeader: ForwardedHeader;
  /** Whether trusted proxies must begin each connection with a PROXY protocol header. */
  readonly proxyProtocol: boolean;
  /** Whether HTTP/2 is offered where TLS is spoken. */
  readonly http2: boolean;
}

/** A configuration compiled: immutable, and bound to each session that began under it. */
export interface Policy extends OutputPolicy {
  /** A short hash of the effective configuration: equal for equal configurations. */
  readonly version: string;
  readonly listeners: readonly ListenerPolicy[];
  readonly admin: AdminConfig | null;
  readonly log: LogConfig;
  /** `null`: off. Its key may be a text: it is never shown. */
  readonly journal: JournalConfig | null;
  /** What is watched for, and what is done about it; `null`: nothing is. */
  readonly watch: WatchOptions | null;
  readonly routes: readonly Route[];
  /** What a policy that comes after it may take over. */
  readonly made: MadeGuards;
  /** Keeps the guards at work until `release` was called once more. Answers itself. */
  hold(): Policy;
  /** Lets go; who compiled it holds it once. When nobody holds it, what the guards started is stopped. */
  release(): void;
}

/** A policy, or why its guards cannot be made. */
export type CompileResult =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** What guards are lent, but for what the policy knows of their route. */
export interface PolicyServices extends Omit<
  GuardServices,
  "route" | "routeHosts" | "routePath" | "quotas" | "tokens"
> {
  /** Counts and rates of every guard: give the same to the next policy. */
  readonly quotas: QuotaScopes;
}

interface Compilation {
  readonly config: Config;
  readonly services: PolicyServices;
  readonly definitions: readonly GuardDefinition<unknown>[];
  readonly problems: Problem[];
  readonly made: MadeGuards;
}

/** How a policy is compiled. */
export interface CompileOptions {
  /** The guards that there are, in order. Default: the built-in ones. */
  readonly definitions?: readonly GuardDefinition<unknown>[] | undefined;
  /** The policy that it comes after, whose guards it takes over where it would make the same; `null`: none, which is the default. */
  readonly after?: Policy | null;
}

/**
 * Makes the guards of every route. A guard that cannot be made is a problem at its key; then whatever was made is
 * disposed of, and no policy comes into force.
 */
export async function compilePolicy(
  config: Config,
  services: PolicyServices,
  { definitions = builtInGuards, after = null }: CompileOptions = {},
): Promise<CompileResult> {
  const made = new MadeGuards(after?.made ?? null);
  const compilation: Compilation = { config, services, definitions, problems: [], made };
  const routes: Route[] = [];
  for (const [index, route] of config.routes.entries())
    routes.push(await compileRoute(route, index, compilation));
  const outputs = await compileOutputs(config, (path, cause) =>
    compilation.problems.push(problemAt(config, path, cause)),
  );
  if (compilation.problems.length > 0) {
    made.release();
    return { ok: false, problems: compilation.problems };
  }
  const { admin, log, journal, watch } = config;
  const listeners = config.listeners.map(({ host, ...listener }) => ({ address: host, ...listener }));
  let holders = 1;
  const policy: Policy = {
    version: versionOf(config),
    listeners,
    admin,
    log,
    journal,
    watch,
    ...outputs,
    routes,
    made,
    hold: () => {
      holders += 1;
      return policy;
    },
    release: () => {
      holders -= 1;
      if (holders === 0) made.release();
    },
  };
  return { ok: true, policy };
}

async function compileRoute(route: RouteConfig, index: number, compilation: Compilation): Promise<Route> {
  const guards: Guard[] = [];
  for (const definition of compilation.definitions) {
    const options = route.guards[definition.name];
    if (options === undefined) continue;
    const guard = await makeGuard(definition, { options, index, route, before: guards }, compilation);
    if (guard !== null) guards.push(guard);
  }
  const { path, hosts, http, compression, journal } = route;
  const upstream = await compileUpstream(route.upstream, index, compilation);
  const id = routeId(route);
  const name = identityName(route);
  return { id, hosts, path, upstream, http, compression, journal, guards, identityName: name };
}

interface GuardPlace {
  readonly options: unknown;
  readonly index: number;
  readonly route: RouteConfig;
  /** The route's guards that are asked before it. */
  readonly before: readonly Guard[];
}

async function makeGuard(
  definition: GuardDefinition<unknown>,
  { options, index, route, before }: GuardPlace,
  { services, made, problems, config }: Compilation,
): Promise<Guard | null> {
  try {
    return await made.have({ definition, options, route: JSON.stringify([route.hosts, route.path]) }, () => {
      const lent = guardServices(services, definition.name, route);
      return definition.create(options, { ...lent, ...lentByOthers(before) });
    });
  } catch (cause) {
    problems.push(...problemsOf(config, ["routes", index, definition.name], cause));
    return null;
  }
}

/** A mistake in a document that the configuration points to stands at its own place in that document. */
function problemsOf(config: Config, path: readonly (string | number)[], cause: unknown): readonly Problem[] {
  if (!(cause instanceof DocumentFaults)) return [problemAt(config, path, cause)];
  return cause.faults.map(({ place, ...fault }) => Object.assign({ path: place }, fault));
}

/** What guards of a route lend to those behind them. */
function lentByOthers(before: readonly Guard[]): Pick<GuardServices, "tokens" | "speaks"> {
  const tokens = before.find((guard) => guard.tokens !== undefined)?.tokens;
  const speaks = before.find((guard) => guard.speaks !== undefined)?.speaks;
  return { ...(tokens !== undefined && { tokens }), ...(speaks !== undefined && { speaks }) };
}

async function compileUpstream(
  upstream: UpstreamConfig,
  index: number,
  { config, problems }: Compilation,
): Promise<Upstream> {
  const { target, text, caFile, timeoutMs } = upstream;
  const ca = await readCa(caFile).catch((cause: unknown) => {
    problems.push(problemAt(config, ["routes", index, "upstream", "ca"], cause));
    return null;
  });
  return { ...target, ca, timeoutMs, text };
}

async function readCa(file: string | null): Promise<string | null> {
  return file === null ? null : await readFile(file, "utf8");
}

function guardServices(
  { quotas, ...services }: PolicyServices,
  guard: string,
  route: RouteConfig,
): GuardServices {
  const id = routeId(route);
  return {
    ...services,
    quotas: quotas.of(`${guard} of ${id}`),
    route: id,
    routeHosts: route.hosts,
    routePath: route.path,
  };
}

function problemAt(config: Config, path: readonly (string | number)[], cause: unknown): Problem {
  const found = config.mask(problemOf(cause));
  return { file: config.file, path: formatPath(path), ...config.locate(path), found, expected: "", mend: "" };
}

/** The providers of a route, in the order in which they are asked. */
function identityName(route: RouteConfig): string {
  const identity = route.guards["identity"];
  if (typeof identity !== "object" || identity === null) return "anonymous";
  return Object.keys(identity)
    .filter((key) => key !== "mode")
    .join(", ");
}

function versionOf({ listeners, admin, log, journal, watch, alerts, telemetry, routes }: Config): string {
  // Whoever guesses at a key should not be told by a version whether it is that one.
  const shown = {
    journal: journal !== null && "text" in journal.key ? { ...journal, key: { text: "" } } : journal,
    alerts: alerts.map((alert) => Object.assign({}, alert, { url: "" })),
    telemetry: { ...telemetry, otlp: telemetry.otlp && { ...telemetry.otlp, headers: [] } },
  };
  const text = JSON.stringify({ listeners, admin, log, ...shown, watch, routes });
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
