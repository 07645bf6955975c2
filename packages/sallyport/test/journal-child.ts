import { readFileSync } from "node:fs";
import { join } from "node:path";

import { openJournal } from "../src/journal/journal-writer.ts";
import { readMasterKey } from "../src/journal/master-key.ts";

// Records numbered messages as fast as it can, and tells which number is on the disk, until it is killed.
const [directory = "", first = "0"] = process.argv.slice(2);
const key = readMasterKey(readFileSync(join(directory, "master.key"), "utf8"));
if (!key.ok) throw new Error(key.problem);
const opened = await openJournal({
  directory: join(directory, "journal"),
  master: key.key,
  whenFull: "block",
  ringBytes: 256 * 1024,
  limits: { segmentBytes: 256 * 1024, checkpointMs: 50 },
  pace: { gatherMs: 2 },
});
if (!opened.ok) throw new Error(opened.problem);
const { journal } = opened;
const session = journal.session({ session: first, route: "/", address: "::1", user: "load", policy: "p" });
for (let number = Number(first); ;) {
  for (let batch = 0; batch < 500; batch++) {
    const bytes = Buffer.from(`message ${number}`);
    const time = Date.now();
    const facts = { time, direction: "inbound", opcode: "text", size: number, verdict: "pass" } as const;
    const appended = session.message({ ...facts, payload: { kind: "full", bytes } });
    if (appended === "taken") number += 1;
    else await journal.room();
  }
  if (await journal.flush()) process.stdout.write(`${number}\n`);
}
