import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { isIPv6, type AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Emit } from "../events.ts";
import { isLoopback } from "../guards/loopback.ts";
import type { AdminConfig } from "../policy/admin-options.ts";
import { parseHost } from "../protocol/host.ts";
import { forEvent } from "../session/admission.ts";
import { MAX_BODY_BYTES, pathOf, readBody, readQuery } from "./admin/admin-exchange.ts";
import type { AdminGate } from "./admin/admin-gate.ts";
import { createAdminLimits, type AdminLimits } from "./admin/admin-limits.ts";
import { unprocessable, type AdminReply, type AdminRoute } from "./admin/admin-route.ts";
import { adminRoutes, findRoute } from "./admin/admin-routes.ts";
import {
  findCaller,
  loadAdminTokens,
  mayAct,
  presentedDigest,
  type AdminCaller,
  type AdminToken,
} from "./admin/admin-tokens.ts";
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
}

/** The admin API, open. */
export interface Admin {
  readonly url: string;
  /** No further requests; those that are being answered still are. */
  close(): void;
}

interface Access {
  readonly gate: AdminGate;
  readonly emit: Emit;
  readonly routes: readonly AdminRoute[];
  readonly tokens: readonly AdminToken[];
  readonly limits: AdminLimits;
  readonly loopback: boolean;
  readonly now: () => number;
}

/** A request to the API, and who makes it. */
interface Asked {
  readonly incoming: IncomingMessage;
  readonly method: string;
  readonly target: string;
  readonly address: string;
  readonly caller: AdminCaller | null;
}

/** A refusal, with what its status asks for. */
interface Refused extends AdminReply {
  /** Whether it stands in the log. */
  readonly recorded: boolean;
}

const CLOSE_WITHIN_MS = 1000;
/** Whoever takes nothing of a long answer for so long is left, milliseconds. */
const READ_WITHIN_MS = 30_000;

/**
 * Opens the admin API: `/metrics`, `/ready`, `/live` and its documentation for everybody on loopback; everything else, and
 * everything elsewhere, for holders of a token whose role may. Refuses any Host but its own, so that no page can reach it by
 * DNS rebinding, and any request with an Origin. Wrong tokens are bounded for each address, calls for each token. What
 * changes something or tells about persons is recorded, and so is who was refused.
 */
export async function openAdmin({
  config,
  gate,
  emit,
  version,
  now = () => performance.now(),
}: AdminOptions): Promise<Admin> {
  const access: Access = {
    gate,
    emit,
    routes: adminRoutes(version),
    tokens: await loadAdminTokens(config),
    limits: createAdminLimits(),
    loopback: isLoopback(config.host),
    now,
  };
  const server = createServer(
    { requestTimeout: 10_000, connectionsCheckingInterval: 5000 },
    (incoming, response) => {
      serve(incoming, response, access).catch((error: unknown) => fail(response, error, emit));
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: config.host, port: config.port }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = isIPv6(config.host) ? `[${config.host}]` : config.host;
  return {
    url: `http://${host}:${port}`,
    close() {
      server.close();
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN_MS).unref();
    },
  };
}

async function serve(incoming: IncomingMessage, response: ServerResponse, access: Access): Promise<void> {
  const who = identify(incoming, access);
  if ("refused" in who) return await send(response, { ...who, access });
  const { asked } = who;
  const found = findRoute(access.routes, asked.method, pathOf(asked.target));
  if (found.route === null) {
    const { methods } = found;
    const refused =
      methods.length === 0
        ? refusal(404, "nothing here")
        : { ...refusal(405, "not this method"), headers: { Allow: methods.join(", ") } };
    return await send(response, { asked, refused, access });
  }
  const refused = mayCall(asked, found.route, access);
  if (refused !== null) return await send(response, { asked, refused, access });
  const reply = await call(found.route, { asked, name: found.name, access });
  if (found.route.recorded) record(asked, reply, access);
  await write(response, reply);
}

/** Who asks; or why nobody is asked further. */
function identify(
  incoming: IncomingMessage,
  { tokens, limits, loopback, now }: Access,
): { readonly asked: Asked } | { readonly asked: Asked; readonly refused: Refused } {
  const { method = "", url: target = "", headers, socket } = incoming;
  const nobody: Asked = { incoming, method, target, address: socket.remoteAddress ?? "", caller: null };
  if (headers.origin !== undefined || (loopback && !isOwnHost(headers.host)))
    return { asked: nobody, refused: refusal(403, "not for pages") };
  const presented = tokens.length === 0 ? null : presentedDigest(headers.authorization);
  if (presented === null) return { asked: nobody };
  const blockedMs = limits.blockedMs(nobody.address, now());
  if (blockedMs > 0) return { asked: nobody, refused: tooMany("too many wrong tokens", blockedMs) };
  const caller = findCaller(tokens, presented);
  if (caller !== null) return { asked: { ...nobody, caller } };
  const ms = limits.wrongToken(nobody.address, now());
  const refused = ms === 0 ? challenge("the token is not right") : tooMany("too many wrong tokens", ms);
  return { asked: nobody, refused: { ...refused, recorded: true } };
}

/** Why a caller may not use a route; `null`: it may. */
function mayCall(
  { caller }: Asked,
  { role, id }: AdminRoute,
  { tokens, loopback, limits, now }: Access,
): Refused | null {
  const least = role ?? (loopback ? null : "viewer");
  if (least !== null) {
    if (tokens.length === 0)
      return refusal(403, "this gate has no token: write admin.tokenFile in its configuration");
    if (caller === null) return challenge("a token is needed");
    if (!mayAct(caller.role, least))
      return { ...refusal(403, `the role ${least} is needed, and yours is ${caller.role}`), recorded: true };
  }
  // Whoever floods one route without a token keeps nobody from asking another whether the gate lives.
  const ms = limits.call(caller === null ? `anybody: ${id}` : caller.name, now());
  return ms === 0 ? null : tooMany("too many calls", ms);
}

async function call(
  route: AdminRoute,
  { asked, name, access }: { readonly asked: Asked; readonly name: string; readonly access: Access },
): Promise<AdminReply> {
  const query = readQuery(asked.target);
  if (query === null) return unprocessable(["expected every parameter of the query once"]);
  const { bodyBytes = MAX_BODY_BYTES } = route;
  const body = route.body === null ? { value: undefined } : await readBody(asked.incoming, bodyBytes);
  if (body === null) return unprocessable([`expected a body of JSON, of at most ${bodyBytes / 1024} KiB`]);
  const { caller, address } = asked;
  return await route.answer({ gate: access.gate, caller, address, name, query, body: body.value });
}

function refusal(status: number, error: string): Refused {
  return { status, body: { error }, detail: error, recorded: false };
}

/** RFC 6750 3. */
function challenge(error: string): Refused {
  return { ...refusal(401, error), headers: { "WWW-Authenticate": "Bearer" } };
}

function tooMany(error: string, ms: number): Refused {
  return { ...refusal(429, error), headers: { "Retry-After": String(Math.max(1, Math.ceil(ms / 1000))) } };
}

async function send(
  response: ServerResponse,
  { asked, refused, access }: { readonly asked: Asked; readonly refused: Refused; readonly access: Access },
): Promise<void> {
  if (refused.recorded) record(asked, refused, access);
  await write(response, refused);
}

function record(
  { method, target, address, caller }: Asked,
  { status, body, detail }: AdminReply,
  { emit }: Access,
): void {
  emit({
    type: "admin",
    name: caller?.name ?? null,
    role: caller?.role ?? null,
    address,
    method,
    path: forEvent(pathOf(target)),
    status,
    detail: forEvent(detail ?? JSON.stringify(body)),
  });
}

async function write(
  response: ServerResponse,
  { status, body, contentType, pieces, headers = {} }: AdminReply,
): Promise<void> {
  if (contentType === undefined) return answer(response, status, body, headers);
  response.writeHead(status, {
    "Content-Type": contentType,
    "X-Content-Type-Options": "nosniff",
    ...headers,
  });
  if (pieces === undefined) return void response.end(String(body));
  response.setTimeout(READ_WITHIN_MS, () => response.destroy());
  // Whoever goes before the end is no failure of the call.
  await pipeline(Readable.from(pieces), response).catch(() => response.destroy());
}

function fail(response: ServerResponse, error: unknown, emit: Emit): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  emit({ type: "gate", level: "error", message: "an admin call failed", detail });
  if (response.headersSent) response.destroy();
  else answer(response, 500, { error: "it failed: see the log" });
}

function isOwnHost(value: string | undefined): boolean {
  const parsed = parseHost(value ?? "");
  return parsed.ok && (parsed.host === "localhost" || isLoopback(parsed.host.replace(/^\[(.*)\]$/, "$1")));
}
