/** What is seen of a long list. Lengths in pixels. */
export interface VirtualList {
  readonly count: number;
  readonly rowHeight: number;
  /** Of the part in which rows are seen. */
  readonly height: number;
  readonly scrollTop: number;
}

/** Rows that stand above and below what is seen, so that a turn of the wheel finds them there. */
const BEYOND = 8;

/** Which rows are to be there: from `first` up to and without `end`. */
export function rowsInView({ count, rowHeight, height, scrollTop }: VirtualList): {
  readonly first: number;
  readonly end: number;
} {
  const top = Math.floor(Math.max(0, scrollTop) / rowHeight);
  const bottom = Math.ceil((Math.max(0, scrollTop) + Math.max(0, height)) / rowHeight);
  const end = Math.min(count, bottom + BEYOND);
  return { first: Math.max(0, Math.min(top - BEYOND, end)), end };
}

/** How many rows there are at once at most: so many elements serve them all, in turns. */
export function slotsOf({ rowHeight, height }: VirtualList): number {
  // A row of which a part is seen at either end.
  return Math.ceil(Math.max(0, height) / rowHeight) + 1 + 2 * BEYOND;
}

/** Where to scroll so that a row is seen whole: nowhere else than needed. */
export function scrollToRow(row: number, { rowHeight, height, scrollTop }: VirtualList): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, top + rowHeight - height);
}

/** The row that a key leads to; `null`: the key leads nowhere. @param row the one now; -1: none */
export function rowAfterKey(
  key: string,
  row: number,
  { count, rowHeight, height }: VirtualList,
): number | null {
  const page = Math.max(1, Math.floor(height / rowHeight) - 1);
  const rows: Readonly<Record<string, number>> = {
    ArrowDown: row + 1,
    ArrowUp: row < 0 ? count - 1 : row - 1,
    PageDown: row + page,
    PageUp: row - page,
    Home: 0,
    End: count - 1,
  };
  const next = rows[key];
  return next === undefined || count === 0 ? null : Math.min(count - 1, Math.max(0, next));
}
