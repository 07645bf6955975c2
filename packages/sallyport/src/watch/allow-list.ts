import type { Subject } from "../events.ts";
import {
  createAddressTable,
  parseRange,
  type AddressRange,
  type AddressTable,
} from "../guards/address-table.ts";

/** Whom the watch leaves alone. */
export class AllowList {
  readonly #table: AddressTable;
  readonly #ranges: readonly AddressRange[];
  readonly #users: ReadonlySet<string>;

  /** @param addresses addresses and CIDR ranges that were checked */
  constructor(addresses: readonly string[], users: readonly string[]) {
    this.#table = createAddressTable(addresses);
    this.#ranges = addresses.flatMap((text) => {
      const parsed = parseRange(text);
      return parsed.ok ? [parsed.range] : [];
    });
    this.#users = new Set(users);
  }

  /** Whether a subject is on the list. A subnet is, as soon as one address of it is: it cannot be banned in part. */
  has({ kind, value }: Subject): boolean {
    if (kind === "user") return this.#users.has(value);
    return kind === "address" && this.hasAddress(value);
  }

  /** Whether an address, or any of a range, is on the list. */
  hasAddress(value: string): boolean {
    if (!value.includes("/")) return this.#table.find(value) !== null;
    const parsed = parseRange(value);
    if (!parsed.ok) return false;
    const { family, first, last } = parsed.range;
    return this.#ranges.some(
      (range) => range.family === family && range.first <= last && range.last >= first,
    );
  }

  /** Whether a user is on the list. */
  hasUser(user: string): boolean {
    return this.#users.has(user);
  }
}
