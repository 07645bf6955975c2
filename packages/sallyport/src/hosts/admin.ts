import { timingSafeEqual, createHash, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { isIPv6, type AddressInfo } from "node:net";
import { parseHost } from "../protocol/host.ts";
import { isLoopback } from "../guards/loopback.ts";
import type { MemoryBans } from "../state/memory-bans.ts";
import type { MetricsText } from "./metrics.ts";
import { answer } from "./well-known.ts";

/** What the admin API works on. */
export interface AdminOptions {
  readonly host: string;
  readonly port: number;
  /** A file with the token that callers present; made, for the owner alone, where it is not there. `null`: reading only. */
  readonly tokenFile: string | null;
  readonly metricsText: () => Promise<MetricsText>;
  /** What was decided under an incident's id; `null` when it is not known any more. */
  readonly findIncident: (incident: string) => unknown;
  readonly bans: Omit<MemoryBans, "find" | "size">;
  /** Ends the open connections of banned addresses. Answers how many. */
  readonly closeBanned: () => number | Promise<number>;
  /** Why the gate is not ready; empty when it is. */
  readonly problems: () => readonly string[] | Promise<readonly string[]>;
  /** Reloads the configuration. Answers what is wrong with it; then the one before stays in force. */
  readonly reload: () => Promise<readonly string[]>;
}

/** The admin API, while it listens. */
export interface Admin {
  readonly url: string;
  close(): void;
}

type Handler = (request: {
  readonly options: AdminOptions;
  readonly name: string;
  readonly body: unknown;
}) => Promise<Reply> | Reply;

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const MAX_BODY_BYTES = 16 * 1024;
const TOKEN_BYTES = 32;

/** Routes that change something, or tell who was here: they want the token always. */
const privileged: Readonly<Record<string, Handler>> = {
  "GET /incidents/": async ({ options, name }) =>
    found(await options.findIncident(name), `no incident ${JSON.stringify(name)} is known any more`),
  "GET /bans": ({ options }) => ({ status: 200, body: { bans: options.bans.list(Date.now()) } }),
  "POST /bans": ({ options, body }) => addBan(options, body),
  "DELETE /bans/": ({ options, name }) =>
    found(options.bans.remove(name) ? { removed: name } : null, `${JSON.stringify(name)} is not banned`),
  "POST /reload": async ({ options }) => {
    const problems = await options.reload();
    return problems.length === 0
      ? { status: 200, body: { reloaded: true } }
      : { status: 422, body: { reloaded: false, problems } };
  },
};

/**
 * Opens the admin API: `/metrics`, `/ready`, `/live` for everybody on loopback; incidents, bans and reload for holders of the
 * token, which every request from elsewhere must present. Refuses any Host but its own, so that no page can reach it by DNS
 * rebinding, and any request with an Origin.
 */
export async function openAdmin(options: AdminOptions): Promise<Admin> {
  const token = options.tokenFile === null ? null : await loadToken(options.tokenFile);
  const loopback = isLoopback(options.host);
  const server = createServer(
    { requestTimeout: 10_000, connectionsCheckingInterval: 5000 },
    (incoming, response) => {
      serve(incoming, response, { options, token, loopback }).catch(() => response.destroy());
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.host, port: options.port }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = isIPv6(options.host) ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Access {
  readonly options: AdminOptions;
  readonly token: Buffer | null;
  readonly loopback: boolean;
}

async function serve(incoming: IncomingMessage, response: ServerResponse, access: Access): Promise<void> {
  const { options, token, loopback } = access;
  if (incoming.headers.origin !== undefined || (loopback && !isOwnHost(incoming.headers.host)))
    return answer(response, 403, { error: "not for pages" });
  const authorized = token !== null && holds(incoming, token);
  if (!loopback && !authorized)
    return answer(response, 401, { error: "a token is needed" }, { "WWW-Authenticate": "Bearer" });
  const path = (incoming.url ?? "").split("?", 1)[0] ?? "";
  if (incoming.method === "GET" && path === "/metrics") {
    const { contentType, body } = await options.metricsText();
    response.writeHead(200, { "Content-Type": contentType });
    return void response.end(body);
  }
  if (incoming.method === "GET" && path === "/live") return answer(response, 200, { status: "live" });
  if (incoming.method === "GET" && path === "/ready") {
    const problems = await options.problems();
    return answer(response, problems.length === 0 ? 200 : 503, {
      status: problems.length === 0 ? "ready" : "not ready",
      problems,
    });
  }
  const [handler, name] = find(incoming.method ?? "", path);
  if (handler === null) return answer(response, 404, { error: "nothing here" });
  if (!authorized) {
    const error = token === null ? "set admin.tokenFile to use this" : "a token is needed";
    return answer(
      response,
      token === null ? 403 : 401,
      { error },
      token === null ? {} : { "WWW-Authenticate": "Bearer" },
    );
  }
  const { status, body } = await handler({ options, name, body: await readJson(incoming) });
  answer(response, status, body);
}

function find(method: string, path: string): [Handler | null, string] {
  const exact = privileged[`${method} ${path}`];
  if (exact !== undefined) return [exact, ""];
  const slash = path.indexOf("/", 1);
  if (slash === -1) return [null, ""];
  return [privileged[`${method} ${path.slice(0, slash + 1)}`] ?? null, decode(path.slice(slash + 1))];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isOwnHost(value: string | undefined): boolean {
  const parsed = parseHost(value ?? "");
  return parsed.ok && (parsed.host === "localhost" || isLoopback(parsed.host.replace(/^\[(.*)\]$/, "$1")));
}

function found(body: unknown, error: string): Reply {
  return body === null ? { status: 404, body: { error } } : { status: 200, body };
}

async function addBan(options: AdminOptions, body: unknown): Promise<Reply> {
  const { address, reason, seconds } = (typeof body === "object" && body !== null ? body : {}) as Readonly<
    Record<string, unknown>
  >;
  const lasting = seconds === undefined || seconds === null;
  if (typeof address !== "string" || (!lasting && !(typeof seconds === "number" && seconds > 0))) {
    return {
      status: 422,
      body: { error: 'expected { "address": "203.0.113.7", "reason": "…", "seconds": 3600 }' },
    };
  }
  const until = seconds === undefined || seconds === null ? null : Date.now() + seconds * 1000;
  const added = options.bans.add(address, {
    reason: typeof reason === "string" ? reason.slice(0, 200) : "by hand",
    until,
  });
  if (!added.ok) return { status: 422, body: { error: added.problem } };
  return { status: 200, body: { ...added.ban, closed: await options.closeBanned() } };
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let size = 0;
  // Read to its end whatever its size, so that the answer is not lost with the connection; only so much of it is kept.
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size <= MAX_BODY_BYTES) pieces.push(piece);
  }
  if (size > MAX_BODY_BYTES) return undefined;
  try {
    return JSON.parse(Buffer.concat(pieces).toString("utf8"));
  } catch {
    return undefined;
  }
}

async function loadToken(file: string): Promise<Buffer> {
  const known = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (known !== null) {
    if (known.trim().length < 16) throw new Error(`${file}: expected a token of at least 16 characters`);
    return digest(known.trim());
  }
  const made = randomBytes(TOKEN_BYTES).toString("base64url");
  await writeFile(file, `${made}\n`, { mode: 0o600, flag: "wx" });
  return digest(made);
}

/** Tokens are compared by digest, in constant time (CWE-208). */
function holds(incoming: IncomingMessage, token: Buffer): boolean {
  const presented = /^Bearer ([^\s]+)$/i.exec(incoming.headers.authorization ?? "")?.[1];
  return presented !== undefined && timingSafeEqual(digest(presented), token);
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
