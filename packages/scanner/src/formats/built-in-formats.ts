import { html } from "./html.ts";
import { json } from "./json.ts";
import { junit } from "./junit.ts";
import type { ReportFormat } from "./report-format.ts";
import { sarif } from "./sarif.ts";
import { text } from "./text.ts";

/** Every format of `--format`. A new one is a line here. */
export const builtInFormats: readonly ReportFormat[] = [text, json, html, sarif, junit];
