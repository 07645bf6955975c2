import type { ComponentChildren, VNode } from "preact";

/** A column of a {@link PlainTable}. */
export interface PlainColumn<Row> {
  readonly title: string;
  /** Its cells name their rows. */
  readonly isHead?: boolean;
  /** Set to the right, with figures of one width. */
  readonly numeric?: boolean;
  /** What stands in it says by itself what it is: where there is no room for a table, it stands there without its title. */
  readonly bare?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
}

/** What {@link PlainTable} shows. */
export interface PlainTableProps<Row> {
  /** What the table is of. */
  readonly label: string;
  readonly columns: readonly PlainColumn<Row>[];
  readonly rows: readonly Row[];
  /** Names a row among the others. @param place from 0 */
  readonly idOf: (row: Row, place: number) => string;
}

/**
 * A small table, all of it there. Where its place is narrow each row is a few lines with the titles in them, so that nothing is beyond the edge. The
 * roles are written out: browsers forget them with the look of a table.
 */
export function PlainTable<Row>({ label, columns, rows, idOf }: PlainTableProps<Row>): VNode {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={label}>
      <table class="plain-table" role="table" aria-label={label}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ title, numeric }) => (
              <th
                key={title}
                role="columnheader"
                scope="col"
                class={numeric === true ? "numeric" : undefined}
              >
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row, place) => (
            <tr key={idOf(row, place)} role="row">
              {columns.map((column) => (
                <Cell key={column.title} column={column} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell<Row>({ column, row }: { readonly column: PlainColumn<Row>; readonly row: Row }): VNode {
  const { title, isHead, numeric, bare, cell } = column;
  if (isHead === true)
    return (
      <th role="rowheader" scope="row">
        {cell(row)}
      </th>
    );
  return (
    <td
      role="cell"
      class={numeric === true ? "numeric" : undefined}
      data-title={bare === true ? undefined : title}
    >
      {cell(row)}
    </td>
  );
}
