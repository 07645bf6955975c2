/** A row of the database, with all that stands in it. */
export interface Order {
  readonly id: string;
  readonly what: string;
  readonly card: string;
  readonly archive: string;
}

// The number of a test card, and a key that opens nothing.
const bicycle: Order = {
  id: "A-7",
  what: "a bicycle",
  card: "4111 1111 1111 1111",
  archive: "AKIAQ3LABONLY7Z2KM5X",
};
const rows = new Map([[bicycle.id, bicycle]]);

/** Finds an order; throws where there is none, as drivers of databases do. */
export function findOrder(id: string): Order {
  const found = rows.get(id);
  if (found === undefined) throw new Error(`no row in "orders" for ${id} at 10.0.3.7`);
  return found;
}
