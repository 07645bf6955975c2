import type { ReportFormat } from "./report-format.ts";

/** The report as it is, as JSON. */
export const json: ReportFormat = {
  name: "json",
  render: (report) => `${JSON.stringify(report, null, 2)}\n`,
};
