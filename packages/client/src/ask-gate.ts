import { parseRetryAfter } from "./backoff.ts";
import { incidentOf, statusComesBack } from "./close-policy.ts";
import type { End } from "./socket-events.ts";
import { DEFAULTS, type SocketOptions } from "./socket-options.ts";

/** Why a request to the gate brought nothing. */
export interface GateFailure extends Partial<Pick<End, "status" | "incident" | "error">> {
  readonly cause: "token" | "network" | "refused";
  /** Whether the same request may succeed later. */
  readonly comesBack: boolean;
  /** Not before so long. Default: 0. */
  readonly retryAfterMs?: number;
}

/** What stands in an answer of the gate: for a ticket all of it, for a refresh the times. What is acted upon is checked. */
export interface GateBody {
  readonly ticket?: unknown;
  readonly session?: string;
  readonly refreshSecret?: string;
  readonly expiresAt?: unknown;
  readonly refreshAt?: unknown;
  readonly heartbeat?: unknown;
}

/** What the gate answers. */
export interface GateAnswer {
  readonly body: GateBody;
  /** The gate's wall clock less ours, milliseconds: its times are read by its own clock, where the platform shows it. */
  readonly clockOffsetMs: number;
}

/** A request to the gate. */
export interface GateRequest {
  readonly options: Pick<SocketOptions, "token" | "key" | "credentials" | "fetch" | "timeoutMs">;
  readonly purpose: "ticket" | "refresh";
  /** Of the WebSocket. */
  readonly address: URL;
  readonly body: Readonly<Record<string, string | undefined>>;
  /** Whether the token before this one is worth nothing any more. */
  readonly fresh: boolean;
  readonly signal: AbortSignal;
}

async function readRefusal(response: Response): Promise<GateFailure> {
  const { status, headers } = response;
  const { incident = "" }: Readonly<Record<string, unknown>> = Object(
    await response.json().catch(() => null),
  );
  return {
    cause: "refused",
    status,
    incident: incidentOf(`sallyport:${String(incident)}`),
    retryAfterMs: parseRetryAfter(headers.get("Retry-After"), Date.now()),
    comesBack: statusComesBack(status),
  };
}

/** A path of the gate's, as the browser asks for it. */
export function gateUrl({ origin }: URL, path: string): string {
  return origin.replace("ws", "http") + path;
}

/** Rejects when a signal, which nobody else has, is aborted. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    // eslint-disable-next-line unicorn/prefer-add-event-listener
    signal.onabort = () => reject(signal.reason);
  });
}

/** The token and the proof, as header fields. */
async function credentialFields(
  { purpose, fresh, options }: GateRequest,
  url: string,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { token, key } = options;
  const given = token && (await Promise.race([token({ purpose, fresh, signal }), whenAborted(signal)]));
  const [, scheme = "Bearer", value = null] = /^(?:(\S+) )?(\S+)$/.exec(given ?? "") ?? [];
  return {
    ...(value && { Authorization: `${scheme} ${value}` }),
    ...(key && { DPoP: await key.prove({ method: "POST", url, token: value }) }),
  };
}

async function askOnce(request: GateRequest): Promise<GateAnswer | GateFailure> {
  const { purpose, address, body, options } = request;
  const url = gateUrl(address, `/.sallyport/${purpose}`);
  const { fetch = globalThis.fetch, credentials = "same-origin", timeoutMs = DEFAULTS.timeoutMs } = options;
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
  let cause: GateFailure["cause"] = "token";
  try {
    const headers = await credentialFields(request, url, signal);
    cause = "network";
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Sallyport-Request": "1", ...headers },
      body: JSON.stringify(body),
      credentials,
      // A token goes nowhere but where it was meant for.
      redirect: "error",
      signal,
    });
    if (!response.ok) return await readRefusal(response);
    const now = Date.now();
    return {
      body: Object(await response.json()),
      clockOffsetMs: (Date.parse(response.headers.get("Date") ?? "") || now) - now,
    };
  } catch (error) {
    return { cause, error, comesBack: true };
  }
}

/**
 * Asks the gate for a ticket, or to put a new proof in force. Where it does not accept the token (401), the hook is asked once
 * for a fresh one, and no more. Never rejects.
 */
export async function askGate(request: GateRequest): Promise<GateAnswer | GateFailure> {
  const answer = await askOnce(request);
  const again =
    "status" in answer && answer.status === 401 && request.options.token !== undefined && !request.fresh;
  return again ? await askOnce({ ...request, fresh: true }) : answer;
}
