import { describe, expect, it } from "vitest";

import { readJournalKey } from "./journal-key.ts";
import { localMasterKey } from "./master-key.ts";
import { type ReaderKey, serializeReaderKey } from "./reader-key.ts";

const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7));

describe("readJournalKey", () => {
  it("tells a reader's key from the master key, and from what is neither", () => {
    const reader: ReaderKey = {
      id: "0123456789abcdef",
      role: "viewer",
      journal: "ab".repeat(16),
      verifier: "v",
      key: bytes,
    };
    expect(readJournalKey(serializeReaderKey(reader))).toEqual({ ok: true, key: reader });
    const master = readJournalKey(bytes.toString("base64"));
    expect(master.ok && "wrap" in master.key && master.key.id).toBe(localMasterKey(bytes).id);
    expect(readJournalKey("sallyport journal reader key 9")).toMatchObject({
      problem: expect.stringContaining("not a reader key"),
    });
    expect(readJournalKey("hello")).toMatchObject({ problem: expect.stringContaining("openssl rand") });
  });
});
