import type { RawRequest, TicketOrder } from "./probe/handshake.ts";
import type { Page } from "./probe/get-page.ts";

/** How the one-time ticket of a handshake is fetched, and how it is presented. */
export interface TicketSettings {
  /** Where it is asked for, by POST; null: at the target's host, where a gate of Sallyport gives them. */
  readonly url: URL | null;
  /** The field of the answer that it stands in. */
  readonly field: string;
  /** The parameter of the handshake's query that it goes into; null: an entry of `Sec-WebSocket-Protocol`, as a gate of Sallyport takes it. */
  readonly parameter: string | null;
}

/** Where a gate of Sallyport gives tickets. */
export const TICKET_PATH = "/.sallyport/ticket";
/** What a gate answers where the application chooses no subprotocol: browsers have to be answered one of those that they offer. */
export const TICKET_ANSWER = "sallyport.v1";

const PREFIX = "sallyport.ticket.";
const SUBPROTOCOLS = "sec-websocket-protocol";
const TOKEN = /^[!#$%&'*+.^_`|~\w-]{1,4096}$/;

/**
 * The request with a ticket in it, as a page presents one. Without `Authorization`, which no page can send with a handshake: it was shown to
 * whoever gave the ticket.
 */
export function withTicket(
  { headers, path, ...request }: RawRequest,
  ticket: string,
  { parameter }: TicketSettings,
): RawRequest {
  const kept = headers.filter(([name]) => name.toLowerCase() !== "authorization");
  if (parameter !== null) {
    const pair = `${encodeURIComponent(parameter)}=${encodeURIComponent(ticket)}`;
    return { ...request, headers: kept, path: `${path}${path.includes("?") ? "&" : "?"}${pair}` };
  }
  const offered = kept.filter(isOffer).map(([, value]) => value);
  const value = [`${PREFIX}${ticket}`, ...offered, TICKET_ANSWER].join(", ");
  return {
    ...request,
    path,
    headers: [...kept.filter((header) => !isOffer(header)), ["Sec-WebSocket-Protocol", value]],
  };
}

function isOffer([name]: readonly [string, string]): boolean {
  return name.toLowerCase() === SUBPROTOCOLS;
}

/** Whether a subprotocol that was selected is offered with a ticket, and is none of the application's. */
export function isOfTicket(subprotocol: string, settings: TicketSettings | null): boolean {
  return settings !== null && settings.parameter === null && subprotocol === TICKET_ANSWER;
}

/** The ticket in an answer; null where there is none. One that cannot stand where it has to go is none. */
export function ticketOf({ status, text }: Page, { field, parameter }: TicketSettings): string | null {
  if (status < 200 || status > 299) return null;
  const found = fieldOf(text, field);
  if (typeof found !== "string" || found === "") return null;
  return parameter !== null || TOKEN.test(found) ? found : null;
}

function fieldOf(text: string, field: string): unknown {
  try {
    let value: unknown = JSON.parse(text);
    for (const name of field.split(".")) {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
      value = Reflect.get(value, name);
    }
    return value;
  } catch {
    return undefined;
  }
}

/** Whether the page that asks may read the answer (Fetch 3.3): a ticket that it cannot read is none to it. */
export function mayRead({ headers }: Page, { foreignOrigin, headers: sent }: TicketOrder): boolean {
  if (foreignOrigin === null) return true;
  const allowed = headers["access-control-allow-origin"];
  if (!sent.some(([name]) => name.toLowerCase() === "cookie") && allowed === "*") return true;
  return allowed === foreignOrigin && headers["access-control-allow-credentials"] === "true";
}
