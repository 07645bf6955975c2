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
/** Between two revocations at most, and half of it in the middle. A gate looks four times a second: revocations begin at any moment between two. */
const PAUSE_MS = 250;
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

/** Revokes one user of a gate; answers how long after the call each of both sockets was closed. */
async function revoke(
  { admin }: Gate,
  token: string,
  {
    user,
    sockets: [here, there],
  }: { readonly user: string; readonly sockets: readonly [WebSocket, WebSocket] },
): Promise<readonly [here: number, there: number]> {
  const begun = performance.now();
  const closing = Promise.all([closedAfter(here, begun), closedAfter(there, begun)]);
  const asking = async (): Promise<void> => {
    const answer = await fetch(`${admin}/revocations`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ user }),
    });
    if (answer.status !== 200) throw new Error(`a revocation was answered with ${answer.status}`);
  };
  const [closed] = await Promise.all([closing, asking()]);
  return closed;
}

/** Revokes users at the gates in turn, one about every eighth of a second, whether the sockets of those before are closed or not. */
export async function measureRevocations(
  pair: GatePair,
  sockets: readonly (readonly [WebSocket, WebSocket])[],
  { users }: SilentUsers,
): Promise<Closings> {
  const closings: Promise<readonly [here: number, there: number]>[] = [];
  for (const [index, both] of sockets.entries()) {
    await delay(Math.random() * PAUSE_MS);
    const [at, other] = index % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    const { user = "" } = users[index] ?? {};
    const closing = revoke(pair.gates[at], pair.token, { user, sockets: [both[at], both[other]] });
    // Told when all have begun.
    closing.catch(() => {});
    closings.push(closing);
  }
  const all = await Promise.all(closings);
  return { here: all.map(([here]) => here), there: all.map(([, there]) => there) };
}

/** As a table shows it. */
export function wordsOf(closings: readonly number[]): string {
  const ms = (share: number): string => quantile(closings, share).toFixed(0);
  return `${ms(0.5)}, ${ms(0.99)}, ${ms(1)} ms`;
}
