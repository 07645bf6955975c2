/** What is measured of each target: CPU of one operation, or memory of one connection. */
export type Case = {
  readonly name: string;
  readonly title: string;
} & (
  | {
      readonly kind: "echo";
      readonly size: number;
      /** Messages in flight on each connection. */
      readonly window: number;
      /** Messages of a round, on each connection. */
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

/** Every case, in the order of the table. */
export const cases: readonly Case[] = [
  echo("125 B", 125, 1, 200),
  echo("125 B", 125, 16, 1600),
  echo("1 KiB", 1024, 1, 200),
  echo("1 KiB", 1024, 16, 960),
  echo("16 KiB", 16_384, 1, 60),
  echo("256 KiB", 262_144, 1, 6),
  {
    name: "handshake",
    title: "handshake, known token",
    kind: "handshakes",
    freshTokens: false,
    count: 1000,
  },
  {
    name: "handshake-fresh",
    title: "handshake, new token",
    kind: "handshakes",
    freshTokens: true,
    count: 1000,
  },
  { name: "idle", title: "memory per idle connection", kind: "idle", connections: 2000 },
];

function echo(label: string, size: number, window: number, messages: number): Case {
  const name = `${label.replace(" ", "")}-w${window}`;
  return { name, title: `${label} W${window}`, kind: "echo", size, window, messages };
}
