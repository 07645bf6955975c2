import { killJournal } from "../packages/sallyport/test/kill-journal.ts";

// `node scripts/kill-journal.ts 1000`: the test of the same name, with more kills.
const times = Number(process.argv[2] ?? 1000);
const started = performance.now();
const killed = await killJournal(times);
const seconds = Math.round((performance.now() - started) / 1000);
console.log(JSON.stringify({ ...killed, seconds }, null, 2));
if (killed.lost > 0 || killed.faults.length > 0) process.exitCode = 1;
