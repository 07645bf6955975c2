import { once } from "node:events";
import { Agent, request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { WebSocket } from "ws";
import type { Gate, GatePair } from "./gate-pair.ts";
import { quantile } from "../quantile.ts";

/** What handshakes of a round took. */
export interface Handshakes {
  /** Microseconds of CPU of both gates together, for one: its ticket, its connection and the end of it. */
  readonly gates: number;
  /** Milliseconds from the request for a ticket until the connection is open. */
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** Who connects, and how many at a time. */
export interface Callers {
  readonly origin: string;
  readonly tokens: readonly string[];
  readonly count: number;
}

const AT_ONCE = 8;

async function fetchTicket({ port }: Gate, agent: Agent, from: string, token: string): Promise<string> {
  const asked = request({
    agent,
    port,
    host: "127.0.0.1",
    method: "POST",
    path: "/.sallyport/ticket",
    headers: {
      Origin: from,
      Authorization: `Bearer ${token}`,
      "Content-Type": "application/json",
      "Sallyport-Request": "1",
    },
  });
  asked.end('{"route":"/bench"}');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what Node says of this event
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(`no ticket: ${response.statusCode} ${body}`);
  const [, ticket] = /"ticket":"([^"]+)"/.exec(body) ?? [];
  if (ticket === undefined) throw new Error("an answer without a ticket");
  return ticket;
}

async function connect(gate: Gate, agent: Agent, { origin }: Callers, token: string): Promise<number> {
  const begun = performance.now();
  const ticket = await fetchTicket(gate, agent, origin, token);
  // oxlint-disable-next-line sallyport/no-insecure-url -- loopback
  const socket = new WebSocket(
    `ws://127.0.0.1:${gate.port}/bench`,
    [`sallyport.ticket.${ticket}`, "sallyport.v1"],
    {
      origin,
      perMessageDeflate: false,
    },
  );
  await once(socket, "open");
  // It may be reset while it ends.
  socket.on("error", () => {});
  const took = performance.now() - begun;
  socket.close();
  await once(socket, "close");
  return took;
}

/** One round of handshakes with tickets, at the gates in turn. */
export async function measureHandshakes(pair: GatePair, callers: Callers): Promise<Handshakes> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const took: number[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < callers.count) {
      const index = next++;
      const gate = pair.gates[index % 2 === 0 ? 0 : 1];
      took.push(await connect(gate, agent, callers, callers.tokens[index % callers.tokens.length] ?? ""));
    }
  };
  const before = pair.cpuMicroseconds();
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const used = pair.cpuMicroseconds() - before;
  agent.destroy();
  return { gates: used / callers.count, medianMs: quantile(took, 0.5), p99Ms: quantile(took, 0.99) };
}
