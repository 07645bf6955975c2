import { askGate, gateUrl, type GateAnswer } from "./ask-gate.ts";
import { closeComesBack, incidentOf } from "./close-policy.ts";
import { later } from "./later.ts";
import type { End } from "./socket-events.ts";
import { DEFAULTS, type SocketOptions } from "./socket-options.ts";

/** A ticket is a token, and so is a proof (RFC 7515 7.1). */
const TICKET = /^[\w.~-]{1,4096}$/;

/** What is known of an end where it happens. */
export type Happened = Partial<End> &
  Pick<End, "cause"> & {
    /** Whether an attempt after it makes sense. Default: no. */
    readonly comesBack?: boolean;
    /** Not before so long. Default: 0. */
    readonly retryAfterMs?: number;
  };

/** One connection, and whom it tells what becomes of it. */
export interface ConnectionTerms {
  readonly address: URL;
  readonly protocols: readonly string[];
  readonly options: SocketOptions;
  /** Whether the token of the connection before is worth nothing any more. */
  readonly fresh: boolean;
  /** Nothing is told any more once it is aborted. */
  readonly signal: AbortSignal;
  /** There is a socket, and it is opening. */
  opening(socket: WebSocket): void;
  /** `null`: without a ticket. */
  opened(socket: WebSocket, answer: GateAnswer | null): void;
  message(event: MessageEvent, socket: WebSocket): void;
  readonly ended: (what: Happened) => void;
}

/** What presents a ticket to the gate, as subprotocol entries. */
async function credentialEntries(ticket: unknown, { address, options }: ConnectionTerms): Promise<string[]> {
  if (typeof ticket !== "string" || !TICKET.test(ticket)) throw new TypeError("no ticket");
  const url = gateUrl(address, address.pathname);
  const proof = await options.key?.prove({ method: "GET", url, token: ticket });
  return [`sallyport.ticket.${ticket}`, ...(proof ? [`sallyport.proof.${proof}`] : [])];
}

function openSocket(terms: ConnectionTerms, protocols: string[], answer: GateAnswer | null): void {
  const { address, options, signal, ended } = terms;
  const { WebSocket = globalThis.WebSocket, timeoutMs = DEFAULTS.timeoutMs } = options;
  const socket = new WebSocket(address.href, protocols);
  let isOpen = false;
  let error: unknown = null;
  const listen = { signal };
  socket.addEventListener(
    "open",
    () => {
      isOpen = true;
      tooLate();
      terms.opened(socket, answer);
    },
    listen,
  );
  socket.addEventListener("message", (event) => terms.message(event, socket), listen);
  socket.addEventListener(
    "error",
    (event) => {
      error = Reflect.get(event, "error");
      // A `close` follows in the same task; Node 22 leaves it out where nothing answered.
      if (!isOpen) later(0, () => ended({ cause: "handshake", error, comesBack: true }), signal);
    },
    listen,
  );
  socket.addEventListener(
    "close",
    ({ code, reason, wasClean }) =>
      ended({
        cause: isOpen ? "closed" : "handshake",
        code,
        reason,
        wasClean,
        error,
        incident: incidentOf(reason),
        comesBack: closeComesBack(code, reason),
      }),
    listen,
  );
  const tooLate = later(timeoutMs, () => ended({ cause: "timeout", comesBack: true }), signal);
  terms.opening(socket);
}

/** Opens one connection: fetches a ticket, unless the options say otherwise, and presents it. Never rejects. */
export async function connect(terms: ConnectionTerms): Promise<void> {
  const { address, protocols, options, fresh, signal } = terms;
  let answer: GateAnswer | null = null;
  let offered = [...protocols];
  try {
    if (options.ticket !== false) {
      const body = { route: address.pathname };
      const asked = await askGate({ purpose: "ticket", address, body, options, fresh, signal });
      if (signal.aborted) return;
      if (!("body" in asked)) return terms.ended(asked);
      answer = asked;
      offered = [...(await credentialEntries(asked.body.ticket, terms)), ...offered, "sallyport.v1"];
      if (signal.aborted) return;
    }
    openSocket(terms, offered, answer);
  } catch (error) {
    if (!signal.aborted) terms.ended({ cause: "network", error, comesBack: true });
  }
}
