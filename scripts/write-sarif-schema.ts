// Writes packages/scanner/test/sarif/sarif.schema.json: what SARIF 2.1.0 (OASIS) says of a log. `node scripts/write-sarif-schema.ts CLONE`,
// where CLONE is a clone of github.com/oasis-tcs/sarif-spec. Facts only: names, types, bounds, enumerations; no description.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [clone = ""] = process.argv.slice(2);
const FILE = "sarif-2.1/schema/sarif-schema-2.1.0.json";

const published = execFileSync("git", ["-C", clone, "show", `HEAD:${FILE}`], {
  encoding: "utf8",
  maxBuffer: 1 << 24,
});

/** Whether the keys of an object are names that the format gives, and none of JSON Schema. */
const NAMES = new Set(["properties", "definitions", "patternProperties"]);
const PROSE = new Set(["description", "title", "$comment", "default"]);

function factsOf(value: unknown, areNames: boolean): unknown {
  if (Array.isArray(value)) return value.map((each) => factsOf(each, false));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => areNames || !PROSE.has(key))
      .map(([key, of]) => [key, factsOf(of, !areNames && NAMES.has(key))]),
  );
}

// Draft 7 reads it as draft 4 does: `id` is called `$id`, and exclusive bounds are not used in it.
const draft7 = published
  .replace('"http://json-schema.org/draft-04/schema#"', '"http://json-schema.org/draft-07/schema#"')
  .replace('"id": "https:', '"$id": "https:');
const schema: unknown = factsOf(JSON.parse(draft7), false);
const target = new URL("../packages/scanner/test/sarif/sarif.schema.json", import.meta.url);
writeFileSync(fileURLToPath(target), `${JSON.stringify(schema)}\n`);
