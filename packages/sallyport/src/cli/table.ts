import { printable } from "./printable.ts";
import { paint, type Terminal } from "./terminal.ts";

const GAP = 2;
/** Narrower than this a column says nothing. */
const MIN_WIDTH = 6;

/** What anybody wrote as it may be shown: it neither moves the cursor nor turns the direction of text (CWE-150). */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return "-";
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "-");
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, "\uFFFD");
}

/** A value as a line of JSON. What would act on a terminal is escaped, which says the same to a program: JSON itself leaves C1 and bidi as they are. */
export function jsonLine(value: unknown): string {
  return `${printable(JSON.stringify(value), { json: true })}\n`;
}

/**
 * Rows as aligned columns under their heads. On a terminal it is no wider than that: the widest columns are cut, which `…`
 * shows. Elsewhere nothing is cut.
 */
export function renderTable(
  heads: readonly string[],
  rows: readonly (readonly unknown[])[],
  terminal: Pick<Terminal, "colour" | "columns">,
): string {
  const cells = rows.map((row) => row.map(shown));
  const widths = fit(
    heads.map((head, column) => Math.max(head.length, ...cells.map((row) => row[column]?.length ?? 0))),
    terminal.columns ?? Number.POSITIVE_INFINITY,
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cut(cell, widths[column] ?? 0))
      .join(" ".repeat(GAP))
      .trimEnd();
  return [paint(terminal, "bold", line(heads)), ...cells.map(line)].map((text) => `${text}\n`).join("");
}

/** Takes from the widest column until all fit, or none can be narrower. */
function fit(widths: readonly number[], columns: number): readonly number[] {
  const fitted = [...widths];
  const gaps = GAP * (fitted.length - 1);
  for (;;) {
    const widest = Math.max(...fitted);
    const total = fitted.reduce((sum, width) => sum + width, gaps);
    if (total <= columns || widest <= MIN_WIDTH) return fitted;
    fitted[fitted.indexOf(widest)] = widest - 1;
  }
}

function cut(cell: string, width: number): string {
  return cell.length > width ? `${cell.slice(0, width - 1)}…` : cell.padEnd(width);
}

/** Names and values, one pair a line. */
export function renderPairs(
  pairs: readonly (readonly [string, unknown])[],
  terminal: Pick<Terminal, "colour">,
): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs
    .map(([name, value]) => `${paint(terminal, "dim", name.padEnd(width))}  ${shown(value)}\n`)
    .join("");
}
