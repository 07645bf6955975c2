/** Which side of the book: 0 is who buys, 1 who sells. */
export type Side = 0 | 1;

/** That so many shares stand at a price in cents, on a side; 0: none any more. */
export type Update = readonly [side: Side, price: number, quantity: number];

/** A price in cents and the shares that stand there. */
export type Level = readonly [price: number, quantity: number];

/** The whole book, best prices first. */
export interface Snapshot {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

/** What became of an order: how many shares were had, and at which price in cents on average (0 for none). */
export interface Fill {
  readonly filled: number;
  readonly price: number;
}

/** Prices on each side of the middle at which somebody stands. */
const depth = 20;
const mostAtPrice = 900;

/** The book of one share, with a market that is made up: what stands at each price changes all the time, and the middle wanders. */
export class Book {
  readonly #sides: readonly [Map<number, number>, Map<number, number>] = [new Map(), new Map()];
  readonly #random: () => number;
  #middle = 10_000;

  /** @param random numbers from 0 up to 1 */
  constructor(random: () => number = Math.random) {
    this.#random = random;
    this.change(depth * 40);
  }

  /** So many changes of the market. Returns them, and they are in force. */
  change(count: number): readonly Update[] {
    const updates: Update[] = [];
    while (updates.length < count) {
      if (this.#random() < 0.002) updates.push(...this.#wander());
      const side = this.#random() < 0.5 ? 0 : 1;
      updates.push(this.#set(side, this.#priceNear(side), Math.floor(this.#random() * mostAtPrice)));
    }
    return updates;
  }

  /** Everything that stands in it. */
  snapshot(): Snapshot {
    return { bids: this.#levels(0), asks: this.#levels(1) };
  }

  /** Takes what stands at this price or a better one; what is not to be had is not waited for. @returns what changed, besides */
  take(
    side: "buy" | "sell",
    price: number,
    quantity: number,
  ): Fill & { readonly updates: readonly Update[] } {
    const from: Side = side === "buy" ? 1 : 0;
    const updates: Update[] = [];
    let [filled, cost] = [0, 0];
    for (const [at, there] of this.#levels(from)) {
      if (filled === quantity || (side === "buy" ? at > price : at < price)) break;
      const taken = Math.min(there, quantity - filled);
      filled += taken;
      cost += taken * at;
      updates.push(this.#set(from, at, there - taken));
    }
    return { filled, price: filled === 0 ? 0 : Math.round(cost / filled), updates };
  }

  #priceNear(side: Side): number {
    const away = 1 + Math.floor(this.#random() * depth);
    return side === 0 ? this.#middle - away : this.#middle + away;
  }

  /** The middle moves by a cent, and what stood on the wrong side of it or too far away goes. */
  #wander(): readonly Update[] {
    this.#middle += this.#random() < 0.5 ? -1 : 1;
    const gone = ([0, 1] as const).flatMap((side) =>
      [...this.#sides[side].keys()]
        .filter((price) => {
          const away = side === 0 ? this.#middle - price : price - this.#middle;
          return away < 1 || away > depth;
        })
        .map((price) => [side, price] as const),
    );
    return gone.map(([side, price]) => this.#set(side, price, 0));
  }

  #set(side: Side, price: number, quantity: number): Update {
    if (quantity === 0) this.#sides[side].delete(price);
    else this.#sides[side].set(price, quantity);
    return [side, price, quantity];
  }

  #levels(side: Side): readonly Level[] {
    const better = side === 0 ? -1 : 1;
    return [...this.#sides[side]].sort(([left], [right]) => better * (left - right));
  }
}
