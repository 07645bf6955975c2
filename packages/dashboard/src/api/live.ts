import { SallyportSocket } from "@sallyport/client";
import { signal, type ReadonlySignal } from "@preact/signals";

import type {
  GateSample,
  LiveMessage,
  LiveRequest,
  SeenEvent,
} from "../../../sallyport/src/hosts/dashboard/live-message.ts";
import { createSampleHistory, type SampleHistory } from "./sample-history.ts";
import { askWho } from "./sign-in.ts";
import { viewer } from "./viewer.ts";

/** How the page hears of the gate. `waiting`: nothing was heard yet. */
export type Link = "waiting" | "live" | "lost";

type Hello = Extract<LiveMessage, { type: "hello" }>;
type Events = Extract<LiveMessage, { type: "events" }>;
type SeenSession = Extract<LiveMessage, { type: "session" }>;

const link = signal<Link>("waiting");
const hello = signal<Hello | null>(null);
const problems = signal<readonly string[]>([]);
const sample = signal<GateSample | null>(null);
const clockAheadMs = signal(0);
const listeners = new Set<(events: readonly SeenEvent[], left: number) => void>();
const history = createSampleHistory();

/** What the page hears of the gate: its samples, its events, and whether it is there. */
export const live: {
  readonly link: ReadonlySignal<Link>;
  /** What the gate said first. */
  readonly hello: ReadonlySignal<Hello | null>;
  /** Why the gate is not well. */
  readonly problems: ReadonlySignal<readonly string[]>;
  /** The newest sample; a new one each second. */
  readonly sample: ReadonlySignal<GateSample | null>;
  readonly history: Pick<SampleHistory, "last">;
  /** How far the gate's clock is ahead of this machine's. */
  readonly clockAheadMs: ReadonlySignal<number>;
} = { link, hello, problems, sample, history, clockAheadMs };

/** Hears every batch of events. Answers what ends that. */
export function onEvents(listener: (events: readonly SeenEvent[], left: number) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Milliseconds since the epoch, by the gate's clock: what its times are compared with. */
export function gateNow(): number {
  return Date.now() + clockAheadMs.value;
}

/** A sample comes each second: after so long without one the gate counts as lost. */
const SILENCE = { intervalMs: 4000, timeoutMs: 4000 };
const RECONNECT = { firstMs: 500, longestMs: 5000, lastingMs: 5000 };

/** The connection that is watched, and who is told. */
let watched: { readonly id: string; readonly take: (seen: SeenSession) => void } | null = null;
let socket: SallyportSocket | null = null;

/** Hears how a connection is, once a second. One at a time. Answers what ends that. @param id of its session */
export function watchLive(id: string, take: (seen: SeenSession) => void): () => void {
  const own = { id, take };
  watched = own;
  subscribe();
  return () => {
    if (watched !== own) return;
    watched = null;
    subscribe();
  };
}

function subscribe(): void {
  // Whoever is signed out says nothing more.
  if (socket?.readyState !== SallyportSocket.OPEN || !viewer.value) return;
  const request: LiveRequest = {
    type: "subscribe",
    topics: ["samples", "events"],
    ...(watched === null ? {} : { session: watched.id }),
  };
  socket.send(JSON.stringify(request));
}

/** Listens to the gate until the signal is aborted. */
export function listen(signalOfEnd: AbortSignal): void {
  const own = new SallyportSocket("/dashboard/live", [], {
    ticket: false,
    heartbeat: SILENCE,
    reconnect: RECONNECT,
    signal: signalOfEnd,
  });
  socket = own;
  own.addEventListener("open", () => subscribe());
  own.addEventListener("message", ({ data }) => hear(JSON.parse(String(data))));
  // Why a handshake was refused no browser tells: the gate is asked whether anybody is signed in.
  own.addEventListener("lost", () => lost());
  own.addEventListener("close", ({ detail }) => {
    if (detail.cause === "aborted") return;
    lost();
    setTimeout(() => {
      if (!signalOfEnd.aborted) listen(signalOfEnd);
    }, RECONNECT.longestMs);
  });
  signalOfEnd.addEventListener("abort", () => {
    link.value = "waiting";
  });
}

function lost(): void {
  link.value = "lost";
  void askWho();
}

function hear(message: LiveMessage): void {
  switch (message.type) {
    case "hello":
      hello.value = message;
      clockAheadMs.value = message.now - Date.now();
      link.value = "live";
      break;
    case "history":
      history.seed(message.samples);
      sample.value = message.samples.at(-1) ?? sample.value;
      break;
    case "sample":
      history.take(message);
      sample.value = message;
      clockAheadMs.value = message.at - Date.now();
      link.value = "live";
      break;
    case "events":
      hearEvents(message);
      break;
    case "session":
      if (message.id === watched?.id) watched.take(message);
      // What was said while a connection ended may have come late, to the next one.
      else subscribe();
      break;
    case "problems":
      problems.value = message.problems;
      break;
  }
}

function hearEvents({ events, left }: Events): void {
  for (const listener of listeners) listener(events, left);
}
