import { spawn } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { openReader } from "../src/journal/journal-reader.ts";
import { localMasterKey } from "../src/journal/master-key.ts";
import { searchJournal } from "../src/journal/search-journal.ts";
import { verifyJournal } from "../src/journal/verify-journal.ts";

/** What is left of a journal whose writer was killed so many times. */
export interface Killed {
  readonly kills: number;
  /** Messages that the writers said were on the disk. */
  readonly acknowledged: number;
  /** Of these, how many are not there, or not with their content. */
  readonly lost: number;
  readonly found: number;
  readonly segments: number;
  readonly faults: readonly string[];
}

/** Starts a writer under load and kills it at a random moment, again and again on the same journal; then looks what is there. */
export async function killJournal(kills: number): Promise<Killed> {
  const directory = mkdtempSync(join(tmpdir(), "sallyport-kill-"));
  const master = randomBytes(32);
  writeFileSync(join(directory, "master.key"), master.toString("base64"), { mode: 0o600 });
  try {
    const acknowledged = new Set<number>();
    let next = 0;
    for (let kill = 0; kill < kills; kill++) {
      const until = await runAndKill(directory, next);
      for (let number = next; number < until; number++) acknowledged.add(number);
      // What was written and not acknowledged has numbers of its own.
      next = until + 1_000_000;
    }
    return await look(directory, master, { kills, acknowledged });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The number that the writer acknowledged last. */
async function runAndKill(directory: string, first: number): Promise<number> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("journal-child.ts", import.meta.url)), directory, String(first)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const lines = randomInt(1, 6);
  let last = first;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    seen += 1;
    if (seen !== lines) continue;
    for (let turns = randomInt(200); turns > 0; turns--) await turn();
    child.kill("SIGKILL");
  }
  await ended;
  if (seen < lines) throw new Error("the writer ended by itself");
  return last;
}

async function look(
  directory: string,
  master: Uint8Array,
  { kills, acknowledged }: { readonly kills: number; readonly acknowledged: ReadonlySet<number> },
): Promise<Killed> {
  const journal = join(directory, "journal");
  const opened = await openReader(journal, localMasterKey(master));
  if (!opened.ok) throw new Error(opened.problem);
  const missing = new Set(acknowledged);
  let found = 0;
  for await (const { record, payload } of searchJournal(opened.reader, { payloads: true })) {
    if (record.type !== "message") continue;
    found += 1;
    if (payload?.toString() === `message ${record.size}`) missing.delete(record.size);
  }
  const { faults, segments } = await verifyJournal({ directory: journal });
  return {
    kills,
    acknowledged: acknowledged.size,
    lost: missing.size,
    found,
    segments,
    faults: faults.map(({ what }) => what),
  };
}
