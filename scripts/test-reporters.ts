import { join } from "node:path";

import type { InlineConfig } from "vitest/node";

import { UnhandledErrors } from "./unhandled-errors.ts";

/** The variable that names a folder for the reports of a test run. */
export const REPORT_VARIABLE = "SALLYPORT_TEST_REPORT";

/** What is written there. */
export const reportFiles = { tests: "tests.json", unhandled: "unhandled.json" } as const;

/** How a test run tells how it went: as vitest does by itself, or by dots and reports in a folder. */
export function testReporters(directory: string | undefined): Pick<InlineConfig, "reporters"> {
  if (directory === undefined) return {};
  return {
    reporters: [
      "dot",
      ["json", { outputFile: join(directory, reportFiles.tests) }],
      new UnhandledErrors(join(directory, reportFiles.unhandled)),
    ],
  };
}
