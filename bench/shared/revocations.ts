import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import type { Gate, GatePair } from "./gate-pair.ts";
import { quantile } from "../quantile.ts";

/** Who is connected and says nothing: a connection of each at both gates. */
export interface SilentUsers {
  readonly origin: string;
  /** A token and its user, for each. */
  readonly users: readonly { readonly user: string; readonly token: string }[];
}

/** How long after the call a socket was closed, milliseconds. */
export interface Closings {
  /** At the gate that was told. */
  readonly here: readonly number[];
  /** At the other one. */
  readonly there: readonly number[];
}

const OPENING = 50;
const REVOKED = 4540;
/** Looks of a gate come four times a second: revocations begin at any moment between two. */
const PAUSE_MS = 300;
const PATIENCE_MS = 20_000;

async function open({ port }: Gate, origin: string, token: string): Promise<WebSocket> {
  // oxlint-disable-next-line sallyport/no-insecure-url -- loopback
  const socket = new WebSocket(`ws://127.0.0.1:${port}/bench`, {
    origin,
    headers: { Authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  await once(socket, "open");
  socket.on("error", () => {});
  return socket;
}

/** Opens the connections of silent users: of each the one at the first gate, and the one at the second. */
export async function openSilent(
  { gates: [one, other] }: GatePair,
  { origin, users }: SilentUsers,
): Promise<readonly (readonly [WebSocket, WebSocket])[]> {
  const opened: (readonly [WebSocket, WebSocket])[] = [];
  for (let index = 0; index < users.length; index += OPENING) {
    const some = users.slice(index, index + OPENING);
    const pairs = some.map(({ token }) =>
      Promise.all([open(one, origin, token), open(other, origin, token)] as const),
    );
    opened.push(...(await Promise.all(pairs)));
  }
  return opened;
}

async function closedAfter(socket: WebSocket, begun: number): Promise<number> {
  const [code] = await once(socket, "close", { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (code !== REVOKED) throw new Error(`a revoked socket was closed with ${code}`);
  return performance.now() - begun;
}

/** Revokes one user after the other, at the gates in turn. */
export async function measureRevocations(
  pair: GatePair,
  sockets: readonly (readonly [WebSocket, WebSocket])[],
  { users }: SilentUsers,
): Promise<Closings> {
  const [here, there]: [number[], number[]] = [[], []];
  for (const [index, both] of sockets.entries()) {
    await delay(Math.random() * PAUSE_MS);
    const [at, other] = index % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    const begun = performance.now();
    const closing = Promise.all([closedAfter(both[at], begun), closedAfter(both[other], begun)]);
    const answer = await fetch(`${pair.gates[at].admin}/revocations`, {
      method: "POST",
      headers: { Authorization: `Bearer ${pair.token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ user: users[index]?.user }),
    });
    if (answer.status !== 200) throw new Error(`a revocation was answered with ${answer.status}`);
    const [first, second] = await closing;
    here.push(first);
    there.push(second);
  }
  return { here, there };
}

/** As a table shows it. */
export function wordsOf(closings: readonly number[]): string {
  const ms = (share: number): string => quantile(closings, share).toFixed(0);
  return `${ms(0.5)}, ${ms(0.99)}, ${ms(1)} ms`;
}
