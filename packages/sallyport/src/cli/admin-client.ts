import { access as canAccess, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseNetworkAddress } from "../policy/network-address.ts";
import { renderProblem } from "../policy/problem.ts";
import { asMapping, type RawMapping } from "../policy/raw-config.ts";
import { DEFAULT_CONFIG } from "../policy/run-flags.ts";
import { shown } from "./table.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

/** How a command reaches the admin API of a running gate. */
export interface AdminAccess {
  /** HOST:PORT or a URL; absent: as the configuration has it. */
  readonly admin?: string;
  /** The file with the token; absent: that of the configuration. */
  readonly tokenFile?: string;
  /** The gate's configuration, where `admin` is absent. Default: `sallyport.yaml` in the directory. */
  readonly config?: string;
  /** What relative paths are relative to. Default: the process's own directory. */
  readonly directory?: string;
  /** `globalThis.fetch`, or a test's. */
  readonly fetch?: typeof globalThis.fetch;
}

/** One request to the admin API. */
export interface AdminRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
}

/** What the gate answered, or what to tell the operator and the exit code that says it to machines. */
export type AdminAnswer =
  | { readonly ok: true; readonly body: RawMapping }
  | { readonly ok: false; readonly message: string; readonly exitCode: number };

// A gate on the same machine or network answers from memory.
const TIMEOUT_MS = 5000;

/** Asks the admin API of a running gate. Never rejects. */
export async function askAdmin(access: AdminAccess, request: AdminRequest): Promise<AdminAnswer> {
  const found = await findAdmin(access);
  if ("message" in found) return found;
  const { base, tokenFile } = found;
  const token = await readToken(tokenFile);
  if (token === null) return usage(`--token-file ${tokenFile}: expected a file that can be read`);
  try {
    const response = await (access.fetch ?? globalThis.fetch)(base + request.path, {
      method: request.method,
      headers: {
        ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = asMapping(await response.json().catch(() => null)) ?? {};
    return response.ok ? { ok: true, body } : refused(response.status, body);
  } catch (cause) {
    return unreachable(`${base.replace(/^http:\/\//, "")}: ${reasonOf(cause)}`);
  }
}

/** Where the API is, and the file with its token. */
interface AdminPlace {
  readonly base: string;
  readonly tokenFile: string | undefined;
}

type Unanswered = AdminAnswer & { readonly ok: false };

async function findAdmin(access: AdminAccess): Promise<AdminPlace | Unanswered> {
  if (access.admin !== undefined) {
    const base = baseOf(access.admin);
    return base === null
      ? usage("expected --admin HOST:PORT, or its URL, of a running gate")
      : { base, tokenFile: access.tokenFile };
  }
  const directory = access.directory ?? process.cwd();
  const file = resolve(directory, access.config ?? DEFAULT_CONFIG);
  const exists = access.config !== undefined || (await isThere(join(directory, DEFAULT_CONFIG)));
  return exists
    ? await adminOfConfig(file, access)
    : usage("expected --admin HOST:PORT of a running gate, or --config FILE with its configuration");
}

async function adminOfConfig(file: string, { tokenFile }: AdminAccess): Promise<AdminPlace | Unanswered> {
  // With every guard: only where it is needed.
  const { loadConfig } = await import("../policy/load-config.ts");
  const loaded = await loadConfig(file);
  if (!loaded.ok)
    return usage(
      [...loaded.problems.map(renderProblem), "Mend it, or use --admin and --token-file"].join("\n"),
    );
  const { admin } = loaded.config;
  if (admin === null)
    return usage(
      `${file}: it has no \`admin\`. Write \`admin: { address: 127.0.0.1:9090, tokenFile: admin.token }\`, and start the gate anew`,
    );
  if (admin.port === 0)
    return usage(`${file}: \`admin.address\` asks for a free port: say with --admin which it is`);
  const host = admin.host.includes(":") ? `[${admin.host}]` : admin.host;
  const [first] = admin.tokens;
  return {
    base: `http://${host}:${admin.port}`,
    tokenFile: tokenFile ?? admin.tokenFile ?? first?.tokenFile,
  };
}

/** The start of the API's URLs; `null` for what is neither HOST:PORT nor a URL without path, query or credentials. */
function baseOf(admin: string): string | null {
  if (/^https?:\/\//.test(admin)) {
    const url = URL.parse(admin);
    const isPlain = url !== null && url.href === `${url.origin}/`;
    return isPlain ? url.origin : null;
  }
  const address = parseNetworkAddress(admin);
  if (address === null || address.port === 0) return null;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `http://${host}:${address.port}`;
}

async function isThere(file: string): Promise<boolean> {
  return await canAccess(file).then(
    () => true,
    () => false,
  );
}

/** `fetch` itself says no more than that it failed; what is under that says why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** Says what went wrong; answers the exit code. */
export function reportAdminFailure(
  { message, exitCode }: AdminAnswer & { readonly ok: false },
  terminal: Terminal,
): number {
  terminal.err(`${message.split("\n").map(shown).join("\n")}\n`);
  return exitCode;
}

function refused(status: number, body: RawMapping): Unanswered {
  const problems = Array.isArray(body["problems"]) ? body["problems"].map(String) : [];
  const error = typeof body["error"] === "string" ? body["error"] : "";
  if (status === 401) return usage("The gate does not accept this token: use --token-file.");
  if (status === 403) return usage(`The gate does not allow it: ${error}`);
  // What is wrong in particular says more than that something is.
  const said = problems.length > 0 ? problems.join("\n") : error;
  if (status !== 404 && status !== 422)
    return unreachable(`it answered ${status}${said === "" ? "" : `: ${said}`}`);
  return usage(said === "" ? `it answered ${status}` : said);
}

function usage(message: string): Unanswered {
  return { ok: false, message, exitCode: exitCodes.usage };
}

function unreachable(reason: string): Unanswered {
  const message = `The gate's admin endpoint cannot be reached: ${reason}`;
  return { ok: false, message, exitCode: exitCodes.unreachable };
}

// Empty when no token is needed; `null` when there should be one and is not.
async function readToken(file: string | undefined): Promise<string | null> {
  if (file === undefined) return "";
  return await readFile(file, "utf8").then(
    (text) => text.trim(),
    () => null,
  );
}
