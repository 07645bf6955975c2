import { createCheckedSchema, type CheckedSchema } from "../src/guards/checked-schema.ts";
import type { DocumentFault } from "../src/guards/document-faults.ts";
import { parseLocated } from "../src/guards/located-document.ts";
import { bundleSchema, type BundleResult } from "../src/guards/schema-bundle.ts";
import type { Draft } from "../src/guards/schema-keywords.ts";

/** How a test reads its schema. */
export interface SchemaReading {
  readonly draft?: Draft;
  readonly depth?: number;
}

/** Bundles a schema that was written as text. */
export function bundleText(text: string, draft: Draft = "2020-12"): BundleResult {
  const located = parseLocated(text);
  if (!located.ok) throw new Error("the schema of a test is no document");
  return bundleSchema({ file: "a.json", document: located.document, path: [], draft });
}

/** What is wrong with a schema, as an operator reads it: `LINE:COLUMN #/place: expected …, found …. Mend`. */
export function faultsOf(schema: unknown, draft: Draft = "2020-12"): readonly string[] {
  const result = bundleText(JSON.stringify(schema), draft);
  return result.ok ? [] : result.faults.map(describeFault);
}

function describeFault({ place, found, expected, mend }: DocumentFault): string {
  const what = expected === "" ? found : `expected ${expected}, found ${found}`;
  return `${place}: ${what}${mend === "" ? "" : `. ${mend}`}`;
}

/** Compiles a schema, or throws what is wrong with it. */
export function compileChecked(
  schema: unknown,
  { draft = "2020-12", depth = 16 }: SchemaReading = {},
): CheckedSchema {
  const result = bundleText(JSON.stringify(schema), draft);
  if (!result.ok) throw new Error(result.faults.map(describeFault).join("\n"));
  return createCheckedSchema(result.bundle, { label: "a.json", depth });
}
