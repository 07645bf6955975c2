// The book as it is shown: the best prices of either side.

const shownLevels = 8;

/** Keeps the book, and shows it when it is asked to. */
export class Ladder {
  #bodies;
  /** Shares by price: who buys, who sells. */
  #sides = [new Map(), new Map()];

  /** @param bids @param asks the parts of a table that show the sides */
  constructor(bids, asks) {
    this.#bodies = [bids, asks];
    for (const body of this.#bodies)
      for (let level = 0; level < shownLevels; level += 1) {
        const row = body.insertRow();
        row.insertCell();
        row.insertCell();
      }
  }

  /** The whole book, in place of what there was. */
  begin({ bids, asks }) {
    this.#sides = [new Map(bids), new Map(asks)];
  }

  change(updates) {
    for (const [side, price, quantity] of updates) {
      if (quantity === 0) this.#sides[side].delete(price);
      else this.#sides[side].set(price, quantity);
    }
  }

  /** The best price of a side, in cents; `null`: there is nobody. */
  best(side) {
    return this.#levels(side)[0]?.[0] ?? null;
  }

  show() {
    // The best prices are in the middle: of who sells they stand at the bottom.
    this.#fill(this.#bodies[1], this.#levels(1).slice(0, shownLevels).toReversed());
    this.#fill(this.#bodies[0], this.#levels(0).slice(0, shownLevels));
  }

  #levels(side) {
    const better = side === 0 ? -1 : 1;
    return [...this.#sides[side]].sort(([left], [right]) => better * (left - right));
  }

  #fill(body, levels) {
    for (const [index, row] of [...body.rows].entries()) {
      const [price, quantity] = levels[index] ?? [];
      const [priceCell, quantityCell] = row.cells;
      const [priceText, quantityText] = [price === undefined ? "" : euros(price), String(quantity ?? "")];
      if (priceCell.textContent !== priceText) priceCell.textContent = priceText;
      if (quantityCell.textContent === quantityText) continue;
      quantityCell.textContent = quantityText;
      quantityCell.style.setProperty("--depth", `${Math.min(100, (quantity ?? 0) / 9)}%`);
    }
  }
}

/** Cents as a price. */
export function euros(cents) {
  return (cents / 100).toFixed(2);
}
