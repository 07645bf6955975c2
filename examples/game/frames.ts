import type { Flag, Player } from "./board.ts";

/** What a client says: a step of so many units, or a flag for a cell. */
export type ClientFrame =
  | { readonly is: "step"; readonly right: number; readonly down: number }
  | { readonly is: "flag"; readonly column: number; readonly row: number };

/** What a byte of a step is more than what it means. */
const rest = 4;
/** Flags in one frame. */
const mostFlags = 1000;

/**
 * Reads a client's frame, as most games do: by its first byte, and without a look at whether the rest can be.
 *
 * `01 dx dy` is a step, `02 x y` a flag.
 */
export function readFrame(bytes: Uint8Array): ClientFrame | null {
  const [kind, first = 0, second = 0] = bytes;
  if (kind === 1) return { is: "step", right: first - rest, down: second - rest };
  if (kind === 2) return { is: "flag", column: first, row: second };
  return null;
}

/** `11` and JSON: who is there, with how many flags, and which of them the reader is. */
export function rosterFrame(players: readonly Player[], you: Player): Uint8Array {
  const roster = {
    you: you.id,
    players: players.map(({ id, name, flags }) => ({ id, name, flags })),
  };
  return Buffer.concat([Buffer.of(0x11), Buffer.from(JSON.stringify(roster))]);
}

/** `12`, and for each player their id and where they stand: `x` and `y` in seven bits and seven bits. */
export function placesFrame(players: readonly Player[]): Uint8Array {
  const places = players.flatMap(({ id, x, y }) => [id, x >> 7, x & 127, y >> 7, y & 127]);
  return Uint8Array.from([0x12, ...places]);
}

/** `13`, and for each flag its column, its row and whose it is. As many frames as it takes; none for no flags. */
export function flagFrames(flags: readonly Flag[]): readonly Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < flags.length; at += mostFlags) {
    const some = flags.slice(at, at + mostFlags);
    frames.push(Uint8Array.from([0x13, ...some.flatMap(({ column, row, owner }) => [column, row, owner])]));
  }
  return frames;
}
