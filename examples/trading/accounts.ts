import type { Fill } from "./book.ts";

/** An order that a trader gave. The price is in cents. */
export interface Order {
  readonly id: string;
  readonly account: string;
  readonly side: "buy" | "sell";
  readonly price: number;
  readonly quantity: number;
}

interface Account {
  shares: number;
  /** In cents. */
  money: number;
  /** What became of the last orders, by their ids. */
  readonly done: Map<string, Fill>;
}

const moneyAtFirst = 10_000_000;
const rememberedOrders = 1000;

/** What everybody has. An account begins when it is first asked about. */
export class Accounts {
  readonly #accounts = new Map<string, Account>();

  /** What became of an order that was carried out before; `null`: it is new. */
  find({ account, id }: Order): Fill | null {
    return this.#of(account).done.get(id) ?? null;
  }

  /** Books what an order brought. */
  book({ account: name, id, side }: Order, fill: Fill): void {
    const account = this.#of(name);
    const shares = side === "buy" ? fill.filled : -fill.filled;
    account.shares += shares;
    account.money -= shares * fill.price;
    account.done.set(id, fill);
    const [oldest] = account.done.keys();
    if (account.done.size > rememberedOrders && oldest !== undefined) account.done.delete(oldest);
  }

  /**
   * A statement, line by line. Whoever wrote this wrote down all that they knew: the bank account and the card among it. Both
   * numbers are those that everybody's examples use.
   */
  statement(name: string): readonly string[] {
    const { shares, money } = this.#of(name);
    return [
      `Account of ${name}`,
      `Shares: ${shares}`,
      `Money: ${(money / 100).toFixed(2)}`,
      "Paid in by card 4111 1111 1111 1111, 100000.00",
      "Paid out to DE89 3704 0044 0532 0130 00",
    ];
  }

  #of(name: string): Account {
    const found = this.#accounts.get(name) ?? { shares: 0, money: moneyAtFirst, done: new Map() };
    this.#accounts.set(name, found);
    return found;
  }
}
