import { describe, expect, it } from "vitest";

import { NOON, TemporaryJournal } from "../../test/journal-fixture.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { isEraseOrdered, signEraseOrder } from "./erase-order.ts";
import { originOf, privateKeyOf } from "./journal-keys.ts";
import { createKeyring } from "./keyring.ts";
import { MerkleFrontier } from "./merkle-frontier.ts";

describe("isEraseOrdered", () => {
  it("takes an order of the journal's own key, for its user alone, for a minute", async () => {
    using journal = new TemporaryJournal();
    using other = new TemporaryJournal();
    const keyring = await createKeyring(journal.directory, journal.master);
    const foreign = await createKeyring(other.directory, other.master);
    const { verifier } = keyring;
    for (const user of ["alice", "", 'a"\ntime 7\n\n', "时间"]) {
      const order = signEraseOrder(user, keyring, NOON);
      expect(isEraseOrdered(order, { user, verifier, now: NOON })).toBe(true);
      expect(isEraseOrdered(order, { user, verifier, now: NOON + 60_000 })).toBe(true);
      expect(isEraseOrdered(order, { user, verifier, now: NOON - 60_000 })).toBe(true);
      expect(isEraseOrdered(order, { user, verifier, now: NOON + 60_001 })).toBe(false);
      expect(isEraseOrdered(order, { user, verifier, now: NOON - 60_001 })).toBe(false);
      expect(isEraseOrdered(order, { user: `${user}!`, verifier, now: NOON })).toBe(false);
      expect(isEraseOrdered(order, { user, verifier: foreign.verifier, now: NOON })).toBe(false);
      const theirs = signEraseOrder(user, { ...foreign, journal: keyring.journal }, NOON);
      expect(isEraseOrdered(theirs, { user, verifier, now: NOON })).toBe(false);
    }
  });

  it("takes nothing else: no text, no order that was changed, no other note of the journal, and no verifier that is none", async () => {
    using journal = new TemporaryJournal();
    const keyring = await createKeyring(journal.directory, journal.master);
    const asked = { user: "alice", verifier: keyring.verifier, now: NOON };
    const order = signEraseOrder("alice", keyring, NOON);
    const origin = originOf(keyring.journal);
    const tree = new MerkleFrontier();
    const checkpoint = signCheckpoint(
      { origin, size: 0, root: tree.root(), chain: Buffer.alloc(32), time: NOON },
      privateKeyOf(keyring.signingKey),
    );
    for (const text of [
      "",
      "time 1",
      `time ${NOON}`,
      order.replace(`time ${NOON}`, `time ${NOON + 1}`),
      order.replace("alice", "alicf"),
      checkpoint,
      checkpoint.replace("time ", `time ${NOON}\ntime `),
    ])
      expect(isEraseOrdered(text, asked)).toBe(false);
    expect(isEraseOrdered(order, { ...asked, verifier: "none" })).toBe(false);
    expect(isEraseOrdered(order, { ...asked, verifier: "" })).toBe(false);
  });
});
