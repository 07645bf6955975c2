/** What guards that read messages cost on harmless ones: `npm run bench:messages`. */
import { measureThreat } from "./messages/threat.ts";

console.log("| threat, all defaults, on 1 KiB of | bytes | beside `JSON.parse` of it | µs |");
console.log("| --- | --: | --: | --: |");
for (const { name, bytes, ratio, microseconds } of await measureThreat())
  console.log(`| ${name} | ${bytes} | ${ratio.toFixed(2)} | ${microseconds.toFixed(2)} |`);
