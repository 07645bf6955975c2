import { rmSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { messageFacts, sessionFacts, startWriter, TemporaryJournal } from "../../test/journal-fixture.ts";
import { readProofs } from "./journal-proof.ts";
import { listSegments } from "./list-segments.ts";
import { leafHash } from "./merkle-frontier.ts";
import { provesConsistency, provesInclusion } from "./merkle-proof.ts";
import { verifyJournal } from "./verify-journal.ts";

function unbase64(steps: readonly string[] = []): Buffer[] {
  return steps.map((step) => Buffer.from(step, "base64"));
}

describe("readProofs", () => {
  it("proves every frame and every earlier state under the journal's last one", async () => {
    using journal = new TemporaryJournal();
    for (let round = 0; round < 3; round++) {
      const writer = await startWriter(journal);
      const session = writer.intake.session(sessionFacts());
      for (let block = 0; block < 3; block++) {
        session.message(messageFacts());
        writer.commit();
      }
      writer.close();
    }
    const { directory, keyring } = journal;
    const { head } = await verifyJournal({ directory, keyring });
    const root = Buffer.from(head?.root ?? "", "hex");
    const proofs = await readProofs(directory);
    expect(proofs.size).toBe(15);
    for (let index = 0; index < 15; index++) {
      const block = proofs.block(index, 15);
      const leaf = leafHash(Buffer.from(block?.leaf ?? "", "base64"));
      expect(provesInclusion(leaf, root, { index, size: 15, path: unbase64(block?.inclusion) })).toBe(true);
      const earlier = proofs.consistency(index + 1, 15);
      const from = { size: index + 1, root: Buffer.from(earlier?.root ?? "", "hex") };
      expect(provesConsistency(from, { size: 15, root }, unbase64(earlier?.consistency))).toBe(true);
    }
    expect(proofs.block(15, 15)).toBeNull();
    expect(proofs.block(3, 16)).toBeNull();
    expect(proofs.consistency(0, 15)).toBeNull();
  });

  it("reads up to where the chain breaks, and nothing where there is nothing", async () => {
    using journal = new TemporaryJournal();
    expect((await readProofs(journal.directory)).size).toBe(0);
    for (let round = 0; round < 3; round++) {
      const writer = await startWriter(journal);
      writer.intake.session(sessionFacts()).message(messageFacts());
      writer.close();
    }
    rmSync(listSegments(journal.directory)[1]?.path ?? "");
    expect((await readProofs(journal.directory)).size).toBe(3);
  });
});
