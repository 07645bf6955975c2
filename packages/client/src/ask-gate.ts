import { parseRetryAfter } from "./backoff.ts";
import type { SocketOptions } from "./socket-options.ts";

/** Why a request to the gate brought nothing. */
export interface GateFailure {
  readonly cause: "token" | "network" | "refused";
  /** Of the refusal; `null`: there was no answer that could be read. */
  readonly status: number | null;
  /** Under which the gate's operator finds the reason. */
  readonly incident: string | null;
  readonly retryAfterMs: number;
  /** What was thrown, where something was. */
  readonly error: unknown;
}

/** What the gate answers: for a ticket all of it, for a refresh the times. Nothing in it is believed to have a type. */
export interface GateAnswer {
  readonly body: Readonly<Record<string, unknown>>;
  /** The gate's wall clock less ours, milliseconds: its times are read by its own clock, where the platform shows it. */
  readonly clockOffsetMs: number;
}

/** A request to the gate. */
export interface GateRequest {
  readonly options: Pick<SocketOptions, "token" | "key" | "credentials" | "fetch">;
  readonly purpose: "connect" | "refresh";
  readonly url: string;
  readonly body: Readonly<Record<string, string>>;
  /** Whether the token before this one is worth nothing any more. */
  readonly fresh: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Rejects when the signal is aborted, whatever became of the promise. */
function unlessAborted<Value>(promise: Value | Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    Promise.resolve(promise).then(resolve, reject);
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function failure(cause: GateFailure["cause"], error: unknown): GateFailure {
  return { cause, error, status: null, incident: null, retryAfterMs: 0 };
}

async function readRefusal(response: Response): Promise<GateFailure> {
  const body: unknown = await response.json().catch(() => null);
  const incident = isRecord(body) ? body["incident"] : null;
  return {
    ...failure("refused", null),
    status: response.status,
    incident: typeof incident === "string" && /^[\w-]{1,64}$/.test(incident) ? incident : null,
    retryAfterMs: parseRetryAfter(response.headers.get("Retry-After"), Date.now()),
  };
}

/** The token and the proof, as header fields. */
async function credentialFields(request: GateRequest, signal: AbortSignal): Promise<Record<string, string>> {
  const { purpose, url, fresh, options } = request;
  const { token, key } = options;
  const given = token === undefined ? null : await unlessAborted(token({ purpose, fresh, signal }), signal);
  const [, scheme = "Bearer", value = ""] = /^(?:(\S+) )?(\S+)$/.exec(given ?? "") ?? [];
  return {
    ...(value === "" ? {} : { Authorization: `${scheme} ${value}` }),
    ...(key === undefined ? {} : { DPoP: await key.prove({ method: "POST", url, token: value || null }) }),
  };
}

async function askOnce(request: GateRequest): Promise<GateAnswer | GateFailure> {
  const { url, body, timeoutMs, options } = request;
  const { fetch = globalThis.fetch, credentials = "same-origin" } = options;
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
  let cause: GateFailure["cause"] = "token";
  try {
    const headers = await credentialFields(request, signal);
    cause = "network";
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Sallyport-Request": "1", ...headers },
      body: JSON.stringify(body),
      credentials,
      // A token goes nowhere but where it was meant for.
      redirect: "error",
      cache: "no-store",
      signal,
    });
    if (!response.ok) return await readRefusal(response);
    const now = Date.now();
    const answer: unknown = await response.json();
    if (!isRecord(answer)) throw new TypeError("not a JSON object");
    return { body: answer, clockOffsetMs: (Date.parse(response.headers.get("Date") ?? "") || now) - now };
  } catch (error) {
    return failure(cause, error);
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
