import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { isIPv6, type AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Emit, SallyportEvent } from "../events.ts";
import { isLoopback } from "../guards/loopback.ts";
import type { AdminConfig } from "../policy/admin-options.ts";
import { traceOf } from "../problem-of.ts";
import {
  identify,
  mayCall,
  mayStill,
  noLonger,
  record,
  refusal,
  type AdminAccess,
  type Asked,
  type Refused,
} from "./admin/admin-access.ts";
import { MAX_BODY_BYTES, pathOf, readBody, readQuery } from "./admin/admin-exchange.ts";
import type { AdminGate } from "./admin/admin-gate.ts";
import { createAdminLimits } from "./admin/admin-limits.ts";
import { unprocessable, type AdminReply, type AdminRoute } from "./admin/admin-route.ts";
import { adminRoutes, findRoute, type FoundRoute } from "./admin/admin-routes.ts";
import { findCaller, loadAdminTokens, type AdminCaller, type AdminToken } from "./admin/admin-tokens.ts";
import { atPace, ReadPace, type ReadPaceOptions } from "./admin/read-pace.ts";
import { DashboardFiles } from "./dashboard/dashboard-files.ts";
import {
  DashboardSessions,
  type DashboardSessionsOptions,
  type SessionOwner,
} from "./dashboard/dashboard-sessions.ts";
import { Dashboard } from "./dashboard/dashboard.ts";
import { openLiveServer, type LiveServer } from "./dashboard/live-server.ts";
import { OidcLogout } from "./dashboard/oidc-logout.ts";
import { OidcSignIn } from "./dashboard/oidc-sign-in.ts";
import { OwnPage } from "./dashboard/own-page.ts";
import { roleOfClaims } from "./dashboard/role-of-claims.ts";
import { answer } from "./well-known.ts";

/** What the admin API is made of. */
export interface AdminOptions {
  readonly config: AdminConfig;
  readonly gate: AdminGate;
  /** Takes the record of its use. */
  readonly emit: Emit;
  /** Of the package, for the documentation. */
  readonly version: string;
  /** Monotonic milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
  /** Where the build of the dashboard is. Default: in this package. */
  readonly dashboardDirectory?: URL;
  /** Connections at a time; the gate's own need descriptors, too. Default: 1,000. */
  readonly maxConnections?: number;
  /** Milliseconds in which nothing happens on a connection that waits for an answer, or does not take one. Default: 120,000; the longest call takes half of that. */
  readonly silentMs?: number;
  /** How slowly a long answer may be taken. Default: 16 KiB a second, half a minute behind. */
  readonly readPace?: ReadPaceOptions;
}

/** The admin API, open. */
export interface Admin {
  readonly url: string;
  /**
   * Reads the tokens of another configuration. What it answers puts them in force, also for who has signed in: whose token is gone or worth
   * less loses what they saw. Rejects with what is wrong; then nothing has changed.
   */
  prepare(config: AdminConfig): Promise<() => void>;
  /** No further requests; those that are being answered still are. */
  close(): void;
}

/** What a request is served with. */
interface Serving {
  readonly access: AdminAccess;
  readonly gate: AdminGate;
  readonly routes: readonly AdminRoute[];
  readonly dashboard: Dashboard;
  readonly readPace: ReadPaceOptions | undefined;
}

type Changed = DashboardSessionsOptions["changed"];

const CLOSE_WITHIN_MS = 1000;
const MAX_CONNECTIONS = 1000;
const SILENT_MS = 120_000;
/** Where this process finds itself that listens everywhere. */
const ANY_ADDRESS: ReadonlyMap<string, string> = new Map([
  ["0.0.0.0", "127.0.0.1"],
  ["::", "[::1]"],
]);

/**
 * Opens the admin address: `/metrics`, `/ready`, `/live` and the documentation of the API for everybody on loopback; the page of the
 * dashboard, which holds no data; everything else, and everything elsewhere, for holders of a token whose role may, and for who has signed
 * in to the dashboard. Refuses any Host but its own, so that no page can reach it by DNS rebinding, and any page but the dashboard's.
 * Wrong tokens are bounded for each address, calls for each token. What changes something or tells about persons is recorded, and so is
 * who was refused.
 */
export async function openAdmin(options: AdminOptions): Promise<Admin> {
  const { config, gate, emit, version, dashboardDirectory } = options;
  const { maxConnections = MAX_CONNECTIONS, silentMs = SILENT_MS, readPace } = options;
  let live: LiveServer | null = null;
  const changed: Changed = (session, what) => live?.leave(session, what);
  const access = accessOf(options, await loadAdminTokens(config), changed);
  const oidc = config.oidc === null ? null : new OidcSignIn(config.oidc, access);
  const logout = config.oidc === null ? null : new OidcLogout(config.oidc, access);
  const files = new DashboardFiles(dashboardDirectory);
  const dashboard = new Dashboard({ access, files, version, oidc, logout });
  const serving: Serving = { access, gate, routes: adminRoutes(version), dashboard, readPace };
  const server = createServer(
    { requestTimeout: 10_000, connectionsCheckingInterval: 5000 },
    (incoming, response) => {
      response.setTimeout(silentMs, () => response.destroy());
      serve(incoming, response, serving).catch((error: unknown) => fail(response, error, emit));
    },
  );
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: config.host, port: config.port }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = isIPv6(config.host) ? `[${config.host}]` : config.host;
  const url = `http://${host}:${port}`;
  if (access.page.isKnown)
    live = await openLiveServer({
      server,
      ownUrl: `http://${ANY_ADDRESS.get(config.host) ?? host}:${port}`,
      origins: access.page.origins(port),
      sessions: access.sessions,
      gate,
      version,
      emit,
      now: access.now,
    });
  return {
    url,
    async prepare(next) {
      const tokens = await loadAdminTokens(next);
      return () => {
        access.tokens = tokens;
        access.roles = next.oidc?.roles ?? {};
        access.sessions.review();
      };
    },
    close() {
      oidc?.close();
      logout?.close();
      live?.close().catch((error: unknown) => emit(failure(error)));
      server.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN_MS).unref();
    },
  };
}

function accessOf(
  { config, emit, now = () => performance.now() }: AdminOptions,
  tokens: readonly AdminToken[],
  changed: Changed,
): AdminAccess {
  const callerOf = (owner: SessionOwner): AdminCaller | null =>
    owner.kind === "token" ? findCaller(access.tokens, owner.digest) : oidcCaller(owner, access.roles);
  const access: AdminAccess = {
    tokens,
    roles: config.oidc?.roles ?? {},
    callerOf,
    limits: createAdminLimits(),
    loopback: isLoopback(config.host),
    page: new OwnPage(config.host, config.url),
    sessions: new DashboardSessions({ callerOf, now, changed }),
    emit,
    now,
  };
  return access;
}

function oidcCaller(
  { name, values }: Extract<SessionOwner, { kind: "oidc" }>,
  roles: AdminAccess["roles"],
): AdminCaller | null {
  const role = roleOfClaims(values, roles);
  return role === null ? null : { name, role };
}

async function serve(incoming: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const { access, routes, dashboard } = serving;
  if (await dashboard.serve(incoming, response)) return;
  const who = identify(incoming, access);
  if ("refused" in who) return send(response, { ...who, access });
  const { asked } = who;
  const found = findRoute(routes, asked.method, pathOf(asked.target));
  if (found.route === null) {
    const { methods } = found;
    const refused =
      methods.length === 0
        ? refusal(404, "nothing here")
        : { ...refusal(405, "not this method"), headers: { Allow: methods.join(", ") } };
    return send(response, { asked, refused, access });
  }
  const refused = mayCall(asked, found.route, access);
  if (refused !== null) return send(response, { asked, refused, access });
  const read = await readCall(found.route, asked);
  // A body may come so slowly that who sends it may less by its end.
  if (!mayStill(asked)) return send(response, { asked, refused: noLonger(), access });
  const reply = "status" in read ? read : await call(found, { ...read, asked, gate: serving.gate });
  if (found.route.recorded) record(asked, reply, access);
  // What was done is done, and is answered; what is only shown is not.
  if (asked.method === "GET" && !mayStill(asked))
    return send(response, { asked, refused: noLonger(), access });
  await write(response, reply, { serving, asked });
}

/** What a caller sent, not checked yet. */
interface Sent {
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Reads what was sent to a route; or answers why it cannot be read. */
async function readCall(
  { body: shape, bodyBytes = MAX_BODY_BYTES }: AdminRoute,
  { incoming, target }: Asked,
): Promise<Sent | AdminReply> {
  const query = readQuery(target);
  if (query === null) return unprocessable(["expected every parameter of the query once"]);
  const body = shape === null ? { value: undefined } : await readBody(incoming, bodyBytes);
  if (body === null) return unprocessable([`expected a body of JSON, of at most ${bodyBytes / 1024} KiB`]);
  return { query, body: body.value };
}

async function call(
  { route, name }: FoundRoute,
  { asked, gate, query, body }: Sent & { readonly asked: Asked; readonly gate: AdminGate },
): Promise<AdminReply> {
  const { caller, address } = asked;
  return await route.answer({ gate, caller, address, name, query, body });
}

function send(
  response: ServerResponse,
  {
    asked,
    refused,
    access,
  }: { readonly asked: Asked; readonly refused: Refused; readonly access: AdminAccess },
): void {
  if (refused.recorded) record(asked, refused, access);
  answer(response, refused.status, refused.body, refused.headers);
}

/** For whom something is written, and with what. */
interface Reader {
  readonly serving: Serving;
  readonly asked: Asked;
}

async function write(response: ServerResponse, reply: AdminReply, reader: Reader): Promise<void> {
  const { status, body, contentType, pieces, headers = {} } = reply;
  if (contentType === undefined) return answer(response, status, body, headers);
  response.writeHead(status, {
    "Content-Type": contentType,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...headers,
  });
  if (pieces === undefined) return void response.end(String(body));
  const { asked, serving } = reader;
  const { access, readPace } = serving;
  const tooSlow = (): void => leave(response, asked, access);
  const pacing = { pace: new ReadPace(readPace), now: access.now, tooSlow };
  // Whoever goes before the end is no failure of the call.
  await pipeline(
    Readable.from(pieces),
    (read) =>
      atPace(
        whileTrue(read, () => mayStill(asked)),
        pacing,
      ),
    response,
  ).catch(() => response.destroy());
}

/** Ends an answer that is taken too slowly, so that what it holds is there for others; its reader sees that it was not whole. */
function leave(response: ServerResponse, asked: Asked, { emit }: AdminAccess): void {
  if (response.destroyed) return;
  response.destroy();
  emit({
    type: "gate",
    level: "warn",
    message: "admin: an answer was ended before it was whole, since it was taken too slowly",
    detail: `${asked.caller?.name ?? "nobody known"} at ${asked.address}: ${asked.method} ${pathOf(asked.target)}`,
  });
}

async function* whileTrue(pieces: AsyncIterable<string>, mayGoOn: () => boolean): AsyncGenerator<string> {
  for await (const piece of pieces) {
    if (!mayGoOn()) throw new Error("whoever reads may no longer");
    yield piece;
  }
}

function fail(response: ServerResponse, error: unknown, emit: Emit): void {
  emit(failure(error));
  if (response.headersSent) response.destroy();
  else answer(response, 500, { error: "it failed: see the log" });
}

function failure(error: unknown): SallyportEvent {
  const detail = traceOf(error);
  return { type: "gate", level: "error", message: "an admin call failed", detail };
}
