import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createUnixServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { KeyService } from "../../test/key-service.ts";
import type { SallyportEvent } from "../events.ts";
import { openReader } from "../journal/journal-reader.ts";
import type { JournalReading } from "../journal/journal-record.ts";
import { searchJournal } from "../journal/search-journal.ts";
import type { AttachInput } from "../policy/attach-config.ts";
import type { JournalConfig } from "../policy/effective-config.ts";
import { attach } from "./attach.ts";
import { openGateJournal } from "./gate-journal.ts";
import { recordReading } from "./record-reading.ts";

describe("a gate's journal", () => {
  let directory: string;
  let service: KeyService;
  const reading: JournalReading = {
    role: "investigator",
    reader: null,
    by: "ada",
    command: "show",
    reason: null,
    asked: {},
  };
  const policy = (): AttachInput => ({
    journal: { directory },
    routes: [{ path: "/", identity: "anonymous", origin: { allow: ["https://app.example"] } }],
  });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "sallyport-gate-journal-"));
    service = new KeyService();
    return () => rmSync(directory, { recursive: true });
  });

  it("records for commands what they read, with a key that keeps itself to itself, and no socket is left", async () => {
    const attached = attach(createServer(), policy(), { journalKey: service.key });
    await attached.ready;
    expect(readdirSync(directory)).toContain("control.sock");
    expect(await recordReading({ directory, key: service.key }, reading)).toEqual({ ok: true });
    // Whoever names the key elsewhere names none here: what stands in its place is the same each time.
    await attached.reload(policy());
    await attached.drain();
    expect(readdirSync(directory)).not.toContain("control.sock");
    const opened = await openReader(directory, service.key);
    if (!opened.ok) throw new Error(opened.problem);
    const read = [];
    for await (const { record } of searchJournal(opened.reader, { text: "ada" })) read.push(record);
    expect(read).toMatchObject([{ what: "read", command: "show" }]);
  });

  it("does not begin where the key cannot be asked, and says why", async () => {
    service.failure = "the service cannot be reached";
    const attached = attach(createServer(), policy(), { journalKey: service.key });
    await expect(attached.ready).rejects.toThrow("the service cannot be reached");
  });

  it("does not begin where somebody answers for the journal whose process cannot be seen, as in another container", async () => {
    const config: JournalConfig = {
      directory,
      key: { text: "" },
      payloadKeys: null,
      payloads: "none",
      whenFull: "shed",
      checkpoints: null,
      retain: { ageMs: null, bytes: null },
    };
    // There, too, the gate is the first process: its number says nothing here.
    writeFileSync(join(directory, "writer.lock"), `${process.pid} 1\n`);
    const other = createUnixServer((socket) => void socket.destroy());
    other.listen(join(directory, "control.sock"));
    await once(other, "listening");
    const refused = await openGateJournal(config, () => {}, service.key);
    expect(refused).toEqual({ ok: false, problem: expect.stringContaining("another container") });
    expect(readFileSync(join(directory, "writer.lock"), "utf8")).toBe(`${process.pid} 1\n`);
    // It is gone: what it left is nobody's.
    other.close();
    await once(other, "close");
    const opened = await openGateJournal(config, () => {}, service.key);
    if (!opened.ok) throw new Error(opened.problem);
    expect(await opened.journal.close()).toBe(true);
  });

  it("is written all the same where commands cannot ask it, and an alarm says so", async () => {
    writeFileSync(join(directory, "control.sock"), "");
    const events: SallyportEvent[] = [];
    const config: JournalConfig = {
      directory,
      key: { text: "" },
      payloadKeys: null,
      payloads: "none",
      whenFull: "shed",
      checkpoints: null,
      retain: { ageMs: null, bytes: null },
    };
    const opened = await openGateJournal(config, (event) => events.push(event), service.key);
    if (!opened.ok) throw new Error(opened.problem);
    opened.journal.take({ type: "gate", level: "info", message: "ready" });
    expect(await opened.journal.close()).toBe(true);
    expect(events).toContainEqual(
      expect.objectContaining({ level: "warn", message: "the journal cannot be asked by commands" }),
    );
  });
});
