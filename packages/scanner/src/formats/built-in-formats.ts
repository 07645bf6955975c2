import { json } from "./json.ts";
import type { ReportFormat } from "./report-format.ts";
import { text } from "./text.ts";

/** Every format of `--format`. A new one is a line here. */
export const builtInFormats: readonly ReportFormat[] = [text, json];
