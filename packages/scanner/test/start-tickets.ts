import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ScanSettings } from "../src/scan-settings.ts";
import type { Scene, SpecimenServer } from "./specimen.ts";
import { startWs } from "./start-ws.ts";

/** How an application gives tickets and takes them. */
export interface TicketSetup {
  /** The status for who asks for one; 200 gives it. Default: 401 for whoever has no cookie. */
  readonly give?: (request: IncomingMessage) => number;
  /** Headers of the answer. */
  readonly headers?: (request: IncomingMessage) => Readonly<Record<string, string>>;
  /** The body of the answer. Default: as a gate of Sallyport answers. */
  readonly write?: (ticket: string) => unknown;
  /** A ticket is good for as long as the server lives. Default: for once. */
  readonly keeps?: boolean;
  /** Any ticket is good, invented ones too. Default: those that were given. */
  readonly believes?: boolean;
  /** A handshake that may go without one. Default: none. */
  readonly admits?: (request: IncomingMessage) => boolean;
  /** The parameter of the query that it comes in. Default: as a gate takes it, in a subprotocol. */
  readonly parameter?: string;
}

/** A server that gives tickets, and what was asked of it. */
export interface TicketServer extends SpecimenServer {
  /** Bodies and headers of the requests for tickets. */
  readonly asked: { readonly url: string; readonly body: string; readonly request: IncomingMessage }[];
  /** Tickets that handshakes presented. */
  readonly presented: string[];
}

/** A user whom the server knows, with tickets of a gate. */
export const withTickets: Partial<ScanSettings> = {
  credentials: [["Cookie", "sid=open-sesame"]],
  ticket: { url: null, field: "ticket", parameter: null },
};

/** Whether the request has the user's cookie. */
export const isKnown = ({ headers }: IncomingMessage): boolean => headers.cookie === "sid=open-sesame";

/** Starts a server whose sockets need a one-time ticket, which it gives to whoever has the cookie. */
export async function startTickets(setup: TicketSetup = {}): Promise<TicketServer> {
  const { give = (request) => (isKnown(request) ? 200 : 401), headers = () => ({}), parameter } = setup;
  const { write = (ticket) => ({ ticket }), keeps = false, believes = false, admits = () => false } = setup;
  const asked: TicketServer["asked"][number][] = [];
  const presented: string[] = [];
  const good = new Set<string>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = "";
    for await (const piece of request.setEncoding("utf8")) body += String(piece);
    if (request.method !== "POST") return void response.writeHead(404).end();
    asked.push({ url: request.url ?? "", body, request });
    const status = give(request);
    const ticket = randomBytes(16).toString("base64url");
    if (status === 200) good.add(ticket);
    response.writeHead(status, headers(request));
    response.end(status === 200 ? JSON.stringify(write(ticket)) : `no: ${status}`);
  };
  const server = await startWs({
    onRequest: (request, response) => void answer(request, response).catch(() => response.destroy()),
    options: { handleProtocols: (offered) => (offered.has("sallyport.v1") ? "sallyport.v1" : false) },
    refuse(request) {
      const ticket = presentedBy(request, parameter);
      if (ticket !== null) presented.push(ticket);
      if (ticket === null) return admits(request) ? null : 403;
      const isGood = good.has(ticket);
      if (!keeps) good.delete(ticket);
      return isGood || believes ? null : 401;
    },
  });
  return { ...server, asked, presented };
}

/** The scene of such a server, for a user whom it knows. */
export function ticketScene(setup: TicketSetup = {}): Scene {
  return { start: () => startTickets(setup), settings: withTickets };
}

function presentedBy({ url = "/", headers }: IncomingMessage, parameter: string | undefined): string | null {
  if (parameter !== undefined) return new URL(url, "http://here").searchParams.get(parameter);
  const offered = headers["sec-websocket-protocol"] ?? "";
  return /sallyport\.ticket\.([\w-]+)/.exec(offered)?.[1] ?? null;
}
