/** What the clients speak. A target is measured in the cases of its own. */
export type Transport = "plain" | "tls" | "socket.io" | "broadcast";

/** What is measured of each target: CPU of one operation, or memory of one connection. */
export type Case = {
  readonly name: string;
  readonly title: string;
  readonly over: Transport;
} & (
  | {
      readonly kind: "echo";
      readonly size: number;
      /** Messages in flight on each connection. */
      readonly window: number;
      /** Messages of a round, on each connection. */
      readonly messages: number;
    }
  | {
      /** One message for all connections; what is measured is one of those that arrive. */
      readonly kind: "broadcast";
      readonly size: number;
      readonly connections: number;
      readonly messages: number;
    }
  | { readonly kind: "handshakes"; readonly freshTokens: boolean; readonly count: number }
  | { readonly kind: "idle"; readonly connections: number }
);

/** Open connections of the echo cases. */
export const CONNECTIONS = 100;
/** Handshakes at a time. */
export const CONCURRENT_HANDSHAKES = 16;
/** Users who come again and again where a case does not ask for new ones. */
export const REGULARS = 64;

const idle = { kind: "idle", title: "memory per idle connection" } as const;

/** Every case, in the order of the tables. */
export const cases: readonly Case[] = [
  echo("plain", ["125 B", 125], 1, 200),
  echo("plain", ["125 B", 125], 16, 1600),
  echo("plain", ["1 KiB", 1024], 1, 200),
  echo("plain", ["1 KiB", 1024], 16, 960),
  echo("plain", ["16 KiB", 16_384], 1, 60),
  echo("plain", ["256 KiB", 262_144], 1, 6),
  handshake("plain", { title: "handshake, known token", freshTokens: false }),
  handshake("plain", { title: "handshake, new token", freshTokens: true }),
  { ...idle, name: "idle", over: "plain", connections: 2000 },
  echo("tls", ["125 B", 125], 1, 200),
  echo("tls", ["125 B", 125], 16, 1600),
  handshake("tls", { title: "handshake, known token", freshTokens: false }),
  { ...idle, name: "idle-tls", over: "tls", connections: 1000 },
  echo("socket.io", ["125 B", 125], 1, 200),
  echo("socket.io", ["125 B", 125], 16, 960),
  echo("socket.io", ["1 KiB", 1024], 1, 200),
  {
    name: "broadcast",
    title: "125 B to 1,000",
    over: "broadcast",
    kind: "broadcast",
    size: 125,
    connections: 1000,
    messages: 100,
  },
];

/** The name of something over a transport: plain is not said. */
export function nameOver(name: string, over: Transport): string {
  return over === "plain" ? name : `${name}-${over}`;
}

function echo(
  over: Transport,
  [label, size]: readonly [string, number],
  window: number,
  messages: number,
): Case {
  const name = nameOver(`${label.replace(" ", "")}-w${window}`, over);
  return { name, title: `${label} W${window}`, over, kind: "echo", size, window, messages };
}

function handshake(over: Transport, what: { readonly title: string; readonly freshTokens: boolean }): Case {
  const name = nameOver(what.freshTokens ? "handshake-fresh" : "handshake", over);
  return { ...what, name, over, kind: "handshakes", count: 1000 };
}
