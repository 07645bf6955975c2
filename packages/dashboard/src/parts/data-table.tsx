import type { ComponentChildren, CSSProperties, VNode } from "preact";
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { isAtHead } from "./at-head.ts";
import { Icon } from "./icon.tsx";
import { remNow } from "./rem-now.ts";
import { rowAfterKey, rowsInView, scrollToRow, slotsOf, type VirtualList } from "./virtual-window.ts";

/** A column of a {@link DataTable}. */
export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  /** A track of a CSS grid, such as `minmax(8rem, 2fr)`. */
  readonly width: string;
  /** Its track in a narrow window; absent: it is not there. */
  readonly narrow?: string;
  /** Set to the right, with figures of one width. */
  readonly numeric?: boolean;
  /** Whether its title orders the rows. */
  readonly sorts?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
}

/** In which order the rows stand. */
export interface Order {
  readonly key: string;
  readonly descending: boolean;
}

/** What {@link DataTable} shows. */
export interface DataTableProps<Row> {
  /** What the table is of, for who does not see it. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** How many there are, with those that are not loaded yet. Default: as many as `rows`. */
  readonly total?: number;
  /** Asks for so many rows, where some are seen that are not there. */
  readonly want?: (count: number) => void;
  readonly idOf: (row: Row) => string;
  /** Shows a row whole: a click on it, or Enter. */
  readonly open?: (row: Row) => void;
  /** The row that was shown whole before one came back to the table: there the keyboard goes on. */
  readonly from?: string | undefined;
  readonly order?: Order;
  readonly setOrder?: (order: Order) => void;
  /** Stands there where there are no rows. */
  readonly children: ComponentChildren;
}

/** Of a row and of the titles, as the stylesheet has them: in `rem`, so that they grow with the letters. */
const [ROW_REM, HEAD_REM] = [2.25, 2.125];

/** A table of which only the rows that are seen exist, so that fifty thousand scroll as ten do. Arrows, Page, Home, End and Enter work. */
export function DataTable<Row>(props: DataTableProps<Row>): VNode {
  const { label, columns, rows, total = rows.length, want, idOf, open, from, children } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [scrollTop, setScrollTop] = useState(0);
  const { height: whole, rem } = useMeasures(scroller);
  const [rowHeight, height] = [ROW_REM * rem, whole - HEAD_REM * rem];
  // The row is remembered, not its place: rows come and go above it. One that is not loaded yet has a place alone.
  const [active, setActive] = useState<ActiveRow | null>(null);
  const known = active === null || active.id !== null ? undefined : rows[active.place];
  const activeId = active === null ? null : known === undefined ? active.id : idOf(known);
  const list: VirtualList = { count: total, rowHeight, height, scrollTop };
  const { first, end } = rowsInView(list);
  const draw = useDrawnRows(columns, open);
  useEffect(() => {
    if (end > rows.length) want?.(end);
  }, [end, rows.length, want]);

  const hasBegun = useRef(false);
  useLayoutEffect(() => {
    const { current: shown } = scroller;
    if (hasBegun.current || shown === null) return;
    hasBegun.current = true;
    const place = from === undefined ? -1 : rows.findIndex((row) => idOf(row) === from);
    // Whoever has gone on meanwhile stays where they are.
    if (place < 0 || !isAtHead()) return;
    setActive({ place, id: from ?? null });
    shown.scrollTop = Math.max(0, place * rowHeight - shown.clientHeight / 2);
    shown.focus();
  });

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    const place = activeId === null ? (active?.place ?? -1) : placeOf(rows, activeId, { active, idOf });
    const chosen = rows[place];
    if (event.key === "Enter" && chosen !== undefined) return open?.(chosen);
    const next = rowAfterKey(event.key, place, list);
    if (next === null) return;
    event.preventDefault();
    const row = rows[next];
    const top = scrollToRow(next, list);
    // Drawn once for both: the event of the scrolling then finds it so.
    setActive({ place: next, id: row === undefined ? null : idOf(row) });
    setScrollTop(top);
    if (scroller.current !== null) scroller.current.scrollTop = top;
  };

  const { order, setOrder } = props;
  const head = useMemo(
    () => <Head columns={columns} order={order} setOrder={setOrder} />,
    [columns, order, setOrder],
  );
  if (rows.length === 0) return <div class="table-empty">{children}</div>;
  const slots = slotsOf(list);
  return (
    <div
      ref={scroller}
      class="table"
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={total + 1}
      aria-colcount={columns.length}
      aria-activedescendant={activeId === null ? undefined : `${id}-${activeId}`}
      style={tracksOf(columns)}
      onScroll={({ currentTarget }) => setScrollTop(currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
    >
      {head}
      <div role="rowgroup" class="table-body" style={{ height: `${total * rowHeight}px` }}>
        {rows.slice(first, end).map((row, index) => {
          const name = idOf(row);
          const place = first + index;
          // What leaves at one end comes in at the other: its elements are made once.
          const drawing = { id, name, place, slot: place % slots, rowHeight, isActive: name === activeId };
          return draw(row, drawing);
        })}
        <NotLoaded first={Math.max(first, rows.length)} end={end} rowHeight={rowHeight} />
      </div>
    </div>
  );
}

/** The row that the keyboard is at. */
interface ActiveRow {
  readonly place: number;
  /** `null`: it is not loaded yet. */
  readonly id: string | null;
}

/** Where a row stands now: mostly where it stood. -1: nowhere any more. */
function placeOf<Row>(
  rows: readonly Row[],
  id: string,
  { active, idOf }: { readonly active: ActiveRow | null; readonly idOf: (row: Row) => string },
): number {
  const before = active === null ? undefined : rows[active.place];
  if (active !== null && before !== undefined && idOf(before) === id) return active.place;
  return rows.findIndex((row) => idOf(row) === id);
}

/** How a row is drawn, beside what stands in it. */
interface Drawing {
  /** Of the table. */
  readonly id: string;
  /** Of the row. */
  readonly name: string;
  readonly place: number;
  /** The element that it has. */
  readonly slot: number;
  readonly rowHeight: number;
  readonly isActive: boolean;
}

interface Drawn<Row> extends Drawing {
  readonly row: Row;
  readonly cells: readonly VNode[];
  readonly node: VNode;
}

/** Draws rows, and anew only those that are others than before: a key that is held down draws two of them. */
function useDrawnRows<Row>(
  columns: readonly Column<Row>[],
  open: ((row: Row) => void) | undefined,
): (row: Row, drawing: Drawing) => VNode {
  const drawn = useRef<Map<string, Drawn<Row>>>(new Map());
  const of = useRef({ columns, open });
  // Rows move while a key of the mouse is down: the one that it was pressed on is meant.
  const pressed = useRef<Row | null>(null);
  const isSame = of.current.columns === columns && (of.current.open === undefined) === (open === undefined);
  of.current = { columns, open };
  const before: Map<string, Drawn<Row>> = isSame ? drawn.current : new Map();
  drawn.current = new Map();
  return (row, drawing) => {
    const kept = before.get(drawing.name);
    const now =
      kept !== undefined && kept.row === row && isLike(kept, drawing)
        ? kept
        : drawRow(row, drawing, {
            kept,
            columns,
            press: () => (pressed.current = row),
            open:
              open &&
              (({ detail }) => {
                // What does not come from a pointer has pressed nothing.
                of.current.open?.(detail === 0 ? row : (pressed.current ?? row));
              }),
          });
    drawn.current.set(drawing.name, now);
    return now.node;
  };
}

function isLike(one: Drawing, other: Drawing): boolean {
  return (
    one.place === other.place &&
    one.slot === other.slot &&
    one.isActive === other.isActive &&
    one.rowHeight === other.rowHeight
  );
}

interface RowParts<Row> {
  /** How it was drawn before. */
  readonly kept: Drawn<Row> | undefined;
  readonly columns: readonly Column<Row>[];
  readonly press: () => void;
  readonly open: ((event: MouseEvent) => void) | undefined;
}

function drawRow<Row>(row: Row, drawing: Drawing, parts: RowParts<Row>): Drawn<Row> {
  const { kept, columns, press, open } = parts;
  const { id, name, place, slot, rowHeight, isActive } = drawing;
  const cells =
    kept?.row === row
      ? kept.cells
      : columns.map(({ key, numeric, narrow, cell }) => (
          <div key={key} role="gridcell" class={cellClass({ numeric, narrow })}>
            {cell(row)}
          </div>
        ));
  const node = (
    <div
      key={slot}
      id={`${id}-${name}`}
      role="row"
      class="table-row"
      aria-rowindex={place + 2}
      aria-selected={isActive}
      data-opens={open !== undefined}
      style={{ transform: `translateY(${place * rowHeight}px)` }}
      onPointerDown={press}
      onClick={open}
    >
      {cells}
    </div>
  );
  return { ...drawing, row, cells, node };
}

/** Rows that are on their way. */
function NotLoaded({
  first,
  end,
  rowHeight,
}: {
  readonly first: number;
  readonly end: number;
  readonly rowHeight: number;
}): VNode[] {
  return Array.from({ length: Math.max(0, end - first) }, (_, index) => (
    <div
      key={first + index}
      role="row"
      class="table-row"
      aria-rowindex={first + index + 2}
      style={{ transform: `translateY(${(first + index) * rowHeight}px)` }}
    >
      <div role="gridcell" class="table-cell muted">
        …
      </div>
    </div>
  ));
}

function Head<Row>({
  columns,
  order,
  setOrder,
}: {
  readonly columns: readonly Column<Row>[];
  readonly order: Order | undefined;
  readonly setOrder: ((order: Order) => void) | undefined;
}): VNode {
  return (
    <div role="rowgroup" class="table-head">
      <div role="row" class="table-row" aria-rowindex={1}>
        {columns.map(({ key, title, numeric, narrow, sorts }) => {
          const isOrder = order?.key === key;
          const now = order?.descending === true ? "descending" : "ascending";
          return (
            <div
              key={key}
              role="columnheader"
              class={cellClass({ numeric, narrow })}
              aria-sort={sorts === true ? (isOrder ? now : "none") : undefined}
            >
              {sorts === true ? (
                <button
                  type="button"
                  class="table-sort"
                  data-order={isOrder ? now : undefined}
                  onClick={() =>
                    setOrder?.({ key, descending: isOrder ? !order.descending : numeric === true })
                  }
                >
                  {title}
                  <Icon name="next" />
                </button>
              ) : (
                title
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function cellClass({
  numeric,
  narrow,
}: {
  readonly numeric?: boolean | undefined;
  readonly narrow?: string | undefined;
}): string {
  return `table-cell${numeric === true ? " numeric" : ""}${narrow === undefined ? " wide-only" : ""}`;
}

function tracksOf<Row>(columns: readonly Column<Row>[]): CSSProperties {
  const narrow = columns.flatMap((column) => column.narrow ?? []);
  return {
    "--tracks": columns.map(({ width }) => width).join(" "),
    "--narrow-tracks": narrow.join(" "),
  };
}

interface Measures {
  /** Of the whole table, pixels. */
  readonly height: number;
  /** Pixels. */
  readonly rem: number;
}

function useMeasures(element: { readonly current: HTMLElement | null }): Measures {
  const [measures, setMeasures] = useState<Measures>(() => ({ height: 600, rem: remNow() }));
  const measured = useRef<HTMLElement | null>(null);
  const observer = useRef<ResizeObserver | null>(null);
  // The table is not there while it is empty: looked at after each drawing.
  useLayoutEffect(() => {
    if (element.current === measured.current) return;
    measured.current = element.current;
    observer.current?.disconnect();
    observer.current = null;
    if (element.current === null) return;
    const titles = element.current.querySelector(".table-head");
    const look = (): void => {
      const height = element.current?.clientHeight ?? 0;
      setMeasures({ height, rem: remNow() });
    };
    observer.current = new ResizeObserver(look);
    observer.current.observe(element.current);
    // Larger letters make higher titles, where the table stays as it is.
    if (titles !== null) observer.current.observe(titles);
  });
  useEffect(() => () => observer.current?.disconnect(), []);
  return measures;
}
