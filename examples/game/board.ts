/** Cells of the board, and units of way in one of them. */
export const columns = 48;
/** See `columns`. */
export const rows = 30;
/** See `columns`. */
export const unitsPerCell = 32;

/** Somebody on the board. `x` and `y` are in units; the id is from 1 to `mostPlayers`. */
export interface Player {
  readonly id: number;
  readonly name: string;
  x: number;
  y: number;
  /** Cells with this player's flag. */
  flags: number;
}

/** A cell and whose flag stands there; `owner` 0: nobody's. */
export interface Flag {
  readonly column: number;
  readonly row: number;
  readonly owner: number;
}

/** What has changed since somebody asked last. */
export interface Changes {
  readonly moved: readonly Player[];
  readonly flags: readonly Flag[];
}

/** As many ids as a byte below 128 has. */
const mostPlayers = 127;

/**
 * The board: where everybody stands, and whose flags are where. Who walks over somebody else's flag takes it.
 *
 * It believes what it is told of steps and cells: how long a step may be, and that a cell is one of the board, is for the gate.
 */
export class Board {
  readonly #players = new Map<number, Player>();
  readonly #owners = new Uint8Array(columns * rows);
  readonly #moved = new Set<Player>();
  readonly #changedCells = new Set<number>();

  /** Everybody who is there, in the order in which they came. */
  get players(): readonly Player[] {
    return [...this.#players.values()];
  }

  /** Puts somebody on the board; `null` where it is full. */
  join(name: string): Player | null {
    let id = 1;
    while (this.#players.has(id)) id += 1;
    if (id > mostPlayers) return null;
    const place = (id * 19) % columns;
    const player = { id, name, x: (place + 0.5) * unitsPerCell, y: (rows / 2) * unitsPerCell, flags: 0 };
    this.#players.set(id, player);
    this.#moved.add(player);
    return player;
  }

  /** Takes somebody off the board, with all of their flags. */
  leave(player: Player): void {
    this.#players.delete(player.id);
    this.#moved.delete(player);
    for (const [cell, owner] of this.#owners.entries()) if (owner === player.id) this.#set(cell, 0);
  }

  /** Moves somebody by so many units. Nobody leaves the board. */
  step(player: Player, right: number, down: number): void {
    player.x = within(player.x + right, columns * unitsPerCell);
    player.y = within(player.y + down, rows * unitsPerCell);
    this.#moved.add(player);
    const cell = cellOf(Math.floor(player.x / unitsPerCell), Math.floor(player.y / unitsPerCell));
    if (this.#owners[cell] !== 0) this.#set(cell, player.id);
  }

  /** Plants a flag where none stands. */
  plant(player: Player, column: number, row: number): void {
    const cell = cellOf(column, row);
    if (this.#owners[cell] === 0) this.#set(cell, player.id);
  }

  /** All flags that stand. */
  flags(): readonly Flag[] {
    return [...this.#owners.keys()].map((cell) => this.#flagAt(cell)).filter(({ owner }) => owner !== 0);
  }

  /** What has changed since this was asked last. */
  takeChanges(): Changes {
    const changes = {
      moved: [...this.#moved],
      flags: [...this.#changedCells].map((cell) => this.#flagAt(cell)),
    };
    this.#moved.clear();
    this.#changedCells.clear();
    return changes;
  }

  #set(cell: number, owner: number): void {
    const before = this.#players.get(this.#owners[cell] ?? 0);
    if (before !== undefined) before.flags -= 1;
    const after = this.#players.get(owner);
    if (after !== undefined) after.flags += 1;
    this.#owners[cell] = owner;
    this.#changedCells.add(cell);
  }

  #flagAt(cell: number): Flag {
    return { column: cell % columns, row: Math.floor(cell / columns), owner: this.#owners[cell] ?? 0 };
  }
}

function cellOf(column: number, row: number): number {
  return row * columns + column;
}

function within(value: number, end: number): number {
  return Math.max(0, Math.min(end - 1, value));
}
