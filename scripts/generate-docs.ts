// Writes what is generated from the source: `npm run docs`. With --check it writes nothing and fails when they differ.
import { generatedFiles, staleFiles, writeFiles } from "./generated-files.ts";

const files = generatedFiles();
if (process.argv.includes("--check")) {
  const stale = await staleFiles(files);
  for (const file of stale) console.error(`${file} is not what the source says: run npm run docs`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  await writeFiles(files);
  console.log(`wrote ${files.size} files`);
}
