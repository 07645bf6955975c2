import type { ComponentChildren, CSSProperties, VNode } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";

import { Icon } from "./icon.tsx";
import { rowAfterKey, rowsInView, scrollToRow, type VirtualList } from "./virtual-window.ts";

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
  readonly order?: Order;
  readonly setOrder?: (order: Order) => void;
  /** Stands there where there are no rows. */
  readonly children: ComponentChildren;
}

const ROW_HEIGHT = 36;
const HEAD_HEIGHT = 34;

/** A table of which only the rows that are seen exist, so that fifty thousand scroll as ten do. Arrows, Page, Home, End and Enter work. */
export function DataTable<Row>(props: DataTableProps<Row>): VNode {
  const { label, columns, rows, total = rows.length, want, idOf, open, children } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [scrollTop, setScrollTop] = useState(0);
  const height = useHeight(scroller) - HEAD_HEIGHT;
  // The row is remembered, not its place: rows come and go above it. One that is not loaded yet has a place alone.
  const [active, setActive] = useState<{ readonly place: number; readonly id: string | null } | null>(null);
  const known = active === null || active.id !== null ? undefined : rows[active.place];
  const activeId = active === null ? null : known === undefined ? active.id : idOf(known);
  const list: VirtualList = { count: total, rowHeight: ROW_HEIGHT, height, scrollTop };
  const { first, end } = rowsInView(list);
  useEffect(() => {
    if (end > rows.length) want?.(end);
  }, [end, rows.length, want]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    const place = activeId === null ? (active?.place ?? -1) : rows.findIndex((row) => idOf(row) === activeId);
    const chosen = rows[place];
    if (event.key === "Enter" && chosen !== undefined) return open?.(chosen);
    const next = rowAfterKey(event.key, place, list);
    if (next === null) return;
    event.preventDefault();
    const row = rows[next];
    setActive({ place: next, id: row === undefined ? null : idOf(row) });
    if (scroller.current !== null) scroller.current.scrollTop = scrollToRow(next, list);
  };

  if (rows.length === 0) return <div class="table-empty">{children}</div>;
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
      <Head {...props} />
      <div role="rowgroup" class="table-body" style={{ height: `${total * ROW_HEIGHT}px` }}>
        {rows.slice(first, end).map((row, index) => {
          const name = idOf(row);
          return (
            <div
              key={name}
              id={`${id}-${name}`}
              role="row"
              class="table-row"
              aria-rowindex={first + index + 2}
              aria-selected={name === activeId}
              data-opens={open !== undefined}
              style={{ transform: `translateY(${(first + index) * ROW_HEIGHT}px)` }}
              onClick={() => open?.(row)}
            >
              {columns.map(({ key, numeric, narrow, cell }) => (
                <div key={key} role="gridcell" class={cellClass({ numeric, narrow })}>
                  {cell(row)}
                </div>
              ))}
            </div>
          );
        })}
        <NotLoaded first={Math.max(first, rows.length)} end={end} />
      </div>
    </div>
  );
}

/** Rows that are on their way. */
function NotLoaded({ first, end }: { readonly first: number; readonly end: number }): VNode[] {
  return Array.from({ length: Math.max(0, end - first) }, (_, index) => (
    <div
      key={first + index}
      role="row"
      class="table-row"
      aria-rowindex={first + index + 2}
      style={{ transform: `translateY(${(first + index) * ROW_HEIGHT}px)` }}
    >
      <div role="gridcell" class="table-cell muted">
        …
      </div>
    </div>
  ));
}

function Head<Row>({ columns, order, setOrder }: DataTableProps<Row>): VNode {
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

function useHeight(element: { readonly current: HTMLElement | null }): number {
  const [height, setHeight] = useState(600);
  const measured = useRef<HTMLElement | null>(null);
  const observer = useRef<ResizeObserver | null>(null);
  // The table is not there while it is empty: looked at after each drawing.
  useLayoutEffect(() => {
    if (element.current === measured.current) return;
    measured.current = element.current;
    observer.current?.disconnect();
    observer.current = null;
    if (element.current === null) return;
    observer.current = new ResizeObserver(([entry]) => setHeight(entry?.contentRect.height ?? 0));
    observer.current.observe(element.current);
  });
  useEffect(() => () => observer.current?.disconnect(), []);
  return height;
}
