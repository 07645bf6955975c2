import { userInfo } from "node:os";

import { serveControl } from "../src/hosts/journal-control.ts";
import { recordReading } from "../src/hosts/record-reading.ts";
import type { JournalReading } from "../src/journal/journal-record.ts";
import { openJournal } from "../src/journal/journal-writer.ts";
import { readMasterKey } from "../src/journal/master-key.ts";

// A gate that writes a journal, one that hears what it is asked and never answers, or a command that reads.
const [what = "", directory = "", key = "", command = ""] = process.argv.slice(2);
const master = readMasterKey(key);
if (!master.ok) throw new Error(master.problem);

if (what === "read") {
  const { username: by } = userInfo();
  const reading: JournalReading = {
    role: "investigator",
    reader: null,
    by,
    command,
    reason: null,
    asked: {},
  };
  process.stdout.write(`${JSON.stringify(await recordReading({ directory, key: master.key }, reading))}\n`);
} else {
  const opened = await openJournal({ directory, master: master.key, pace: { gatherMs: 5 } });
  if (!opened.ok) throw new Error(opened.problem);
  const { journal } = opened;
  const silent = {
    record: () => {
      process.stdout.write("asked\n");
      return new Promise<never>(() => {});
    },
    verifier: "",
    erase: () => Promise.resolve(null),
    takeKeys: () => Promise.resolve({ ok: true } as const),
  };
  await serveControl(what === "silent" ? silent : journal, { directory });
  process.stdout.write("ready\n");
}
