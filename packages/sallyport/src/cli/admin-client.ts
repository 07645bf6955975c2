import { readFile } from "node:fs/promises";
import { parseNetworkAddress } from "../policy/network-address.ts";
import { asMapping, type RawMapping } from "../policy/raw-config.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

/** How a command reaches the admin API of a running gate. */
export interface AdminAccess {
  /** HOST:PORT. */
  readonly admin?: string;
  /** The file with its token. */
  readonly tokenFile?: string;
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
  const address = parseNetworkAddress(access.admin ?? "");
  if (address === null || address.port === 0) return usage("expected --admin HOST:PORT of a running gate");
  const token = await readToken(access.tokenFile);
  if (token === null) return usage(`--token-file ${access.tokenFile}: expected a file that can be read`);
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  try {
    const response = await (access.fetch ?? globalThis.fetch)(
      `http://${host}:${address.port}${request.path}`,
      {
        method: request.method,
        headers: {
          ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
          ...(request.body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
    );
    const body = asMapping(await response.json().catch(() => null)) ?? {};
    return response.ok ? { ok: true, body } : refused(response.status, body);
  } catch (cause) {
    return unreachable(`${host}:${address.port}: ${reasonOf(cause)}`);
  }
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
  terminal.err(`${message}\n`);
  return exitCode;
}

function refused(status: number, body: RawMapping): AdminAnswer {
  if (status === 401 || status === 403)
    return usage("The gate does not accept this token: use --token-file.");
  const problems = Array.isArray(body["problems"]) ? body["problems"].map(String) : [];
  const error = typeof body["error"] === "string" ? [body["error"]] : [];
  const said = [...error, ...problems].join("\n");
  if (status !== 404 && status !== 422) return unreachable(`it answered ${status}`);
  return usage(said === "" ? `it answered ${status}` : said);
}

function usage(message: string): AdminAnswer {
  return { ok: false, message, exitCode: exitCodes.usage };
}

function unreachable(reason: string): AdminAnswer {
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
