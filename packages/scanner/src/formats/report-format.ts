import type { Report } from "../report.ts";

/** How a report is written. */
export interface FormatOptions {
  /** Escape sequences for colours may be in it. */
  readonly colour: boolean;
}

/** A format of reports: `--format NAME`. It gets escaped, bounded text, and makes it safe for its own syntax. */
export interface ReportFormat {
  readonly name: string;
  /** The whole report as text, with a line feed at its end. */
  readonly render: (report: Report, options: FormatOptions) => string;
}
