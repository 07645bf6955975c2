import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { localDisk } from "../packages/sallyport/src/journal/journal-disk.ts";
import { openJournal } from "../packages/sallyport/src/journal/journal-writer.ts";
import { readProofs } from "../packages/sallyport/src/journal/journal-proof.ts";
import { grantReader, writeReaderKey } from "../packages/sallyport/src/journal/reader-key.ts";
import { listSegments } from "../packages/sallyport/src/journal/list-segments.ts";
import { readKeyring } from "../packages/sallyport/src/journal/keyring.ts";
import { localMasterKey } from "../packages/sallyport/src/journal/master-key.ts";
import { PAYLOAD_KEYS, PayloadKeys } from "../packages/sallyport/src/journal/payload-keys.ts";
import { applyRetention } from "../packages/sallyport/src/journal/retain-segments.ts";

// Writes examples/verify-journal/vectors anew: after a change of the format, and only then. Keys are drawn anew each time.
// With --retired only the journal of which segments were retired, from the other one.
const vectors = fileURLToPath(new URL("../examples/verify-journal/vectors", import.meta.url));
const directory = join(vectors, "journal");
const master = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
/** A first frame alone is shorter, and with the block behind it longer. */
const FIRST_BLOCK_BYTES = 400;
const noon = Date.UTC(2026, 10, 30, 12);

async function writeJournal(): Promise<void> {
  rmSync(vectors, { recursive: true, force: true });
  mkdirSync(vectors, { recursive: true });
  writeFileSync(join(vectors, "test-master-key.txt"), `${master.toString("base64")}\n`);
  for (let round = 0; round < 3; round++) {
    const opened = await openJournal({ directory, master: localMasterKey(master) });
    if (!opened.ok) throw new Error(opened.problem);
    const { journal } = opened;
    // That it began is a block of its own, each time.
    while ((listSegments(directory).at(-1)?.bytes ?? 0) < FIRST_BLOCK_BYTES) await nextTurn();
    const facts = { route: "/chat", address: "192.0.2.7", user: "alice", policy: "p1" };
    const session = journal.session({ session: `session-${round}`, ...facts });
    for (let number = 0; number < 3; number++) {
      const bytes = Buffer.from(`{"type":"say","text":"${round}.${number}"}`);
      const time = noon + round * 1000 + number;
      session.message({
        time,
        direction: number === 1 ? "outbound" : "inbound",
        opcode: "text",
        size: bytes.length,
        verdict: number === 2 ? "drop" : "pass",
        name: "say",
        ...(number === 2 ? { code: "leak.card-number", incident: "AAAAAAAAAAAA" } : {}),
        payload: { kind: number === 1 ? "redacted" : "full", bytes },
      });
      await journal.flush();
    }
    await journal.close(noon + round * 1000 + 10);
  }
  for (const role of ["viewer", "analyst"] as const) {
    const granted = await grantReader(directory, localMasterKey(master), role);
    if (!granted.ok) throw new Error(granted.problem);
    writeReaderKey(join(vectors, `test-${role}-key.txt`), granted.reader);
  }
  const proofs = await readProofs(directory);
  // The checkpoint beside the segments covers all frames.
  const block = proofs.block(3, proofs.size);
  const consistency = proofs.consistency(6, proofs.size);
  writeFileSync(join(vectors, "inclusion.json"), `${JSON.stringify(block, null, 2)}\n`);
  writeFileSync(join(vectors, "consistency.json"), `${JSON.stringify(consistency, null, 2)}\n`);
}

/** The same journal a day later, when only its last segment is retained. */
async function writeRetired(): Promise<void> {
  const copy = join(vectors, "retired");
  rmSync(copy, { recursive: true, force: true });
  cpSync(directory, copy, { recursive: true });
  const read = await readKeyring(copy, localMasterKey(master));
  if (read?.ok !== true) throw new Error("the journal has no keys");
  const { keyring } = read;
  const payloadKeys = new PayloadKeys(join(copy, PAYLOAD_KEYS), keyring);
  const limits = { ageMs: null, bytes: 0 };
  const options = { directory: copy, keyring, disk: localDisk, payloadKeys, limits };
  while (applyRetention(options, noon + 86_400_000) !== null);
  rmSync(join(copy, PAYLOAD_KEYS), { recursive: true });
}

if (!process.argv.includes("--retired")) await writeJournal();
await writeRetired();
