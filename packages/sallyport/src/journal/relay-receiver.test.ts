import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { messageFacts, NOON, sessionFacts } from "../../test/journal-fixture.ts";
import { RecordIntake } from "./record-intake.ts";
import type { RelayReceiver } from "./relay-receiver.ts";
import { RelaySender } from "./relay-sender.ts";
import { RingConsumer } from "./ring-consumer.ts";
import { createRingMemory, ENTRY_HEAD_BYTES, entryField, entryKind } from "./ring-layout.ts";
import { RingProducer } from "./ring-producer.ts";

interface Ring {
  readonly receiver: RelayReceiver;
  readonly producer: RingProducer;
  readonly intake: RecordIntake;
  /** How often room was asked for. */
  readonly asked: () => number;
  /** Takes everything out of the ring: the kinds of the entries, and their texts. */
  drain(): { readonly kind: number; readonly text: string }[];
}

/** A ring of a journal whose disk takes nothing until it is drained; where there is room, that is told at once. */
function ringOf(): Ring {
  const memory = createRingMemory(64 * 1024);
  const consumer = new RingConsumer(memory);
  const producer = new RingProducer(memory);
  const intake = new RecordIntake(producer, { whenFull: "block", payloadBytes: 1024, onShed: () => {} });
  let asked = 0;
  const rooms: (() => void)[] = [];
  const room = async (content: number): Promise<void> => {
    asked += 1;
    if (asked > 1000) throw new Error("room is asked for without end, and nothing else happens");
    while (!producer.hasRoom(content)) await new Promise<void>((resolve) => void rooms.push(resolve));
  };
  return {
    receiver: intake.relay(room),
    producer,
    intake,
    asked: () => asked,
    drain() {
      const entries: { kind: number; text: string }[] = [];
      const position = consumer.read(({ kind, hasText, text }) => {
        entries.push({ kind, text: hasText ? text : "" });
        return true;
      });
      consumer.release(position);
      for (const done of rooms.splice(0)) done();
      return entries;
    },
  };
}

/** What another process sends of what is done with its journal. */
async function sent(record: (sender: RelaySender) => void): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  const sender = new RelaySender({
    whenFull: "shed",
    onShed: () => {},
    send: (entries) => {
      all.push(entries);
      return Promise.resolve();
    },
  });
  record(sender);
  await sender.pump();
  return Buffer.concat(all);
}

const ready = { type: "gate", level: "info", message: "ready" } as const;

const message = (verdict: "pass" | "drop") => (sender: RelaySender) => {
  const session = sender.session(sessionFacts());
  session.message(
    messageFacts({ verdict, ...(verdict === "pass" ? {} : { code: "threat.depth" }) }, "hello"),
  );
};
const tell = (sender: RelaySender): void => void sender.append(NOON, ready);
const words = (change: (word: (field: number, value: number) => void) => void) => (bytes: Buffer) =>
  change((field, value) => void bytes.writeInt32LE(value, field * 4));
const text = (from: string, to: string) => (bytes: Buffer) => void bytes.write(to, bytes.indexOf(from));

describe("RelayReceiver", () => {
  it("lets everything else go on where there is room for a message, but not for its name", async () => {
    const ring = ringOf();
    const entries = await sent((sender) => {
      sender.session(sessionFacts()).message(messageFacts({ name: "n".repeat(256) }));
    });
    // All but what a message without a name takes.
    while (ring.producer.hasRoom(1000)) ring.intake.append(NOON, { ...ready, detail: "x".repeat(500) });
    while (ring.producer.hasRoom(300)) ring.intake.append(NOON, ready);
    const taking = ring.receiver.take(entries);
    await setImmediate();
    await setImmediate();
    expect(ring.asked()).toBeLessThan(10);
    ring.drain();
    await taking;
    expect(ring.drain().map(({ kind }) => kind)).toContain(entryKind.message);
  });

  it("ends the sessions that a process began which is gone by the time they find room", async () => {
    const ring = ringOf();
    const entries = await sent((sender) => void sender.session(sessionFacts()).message(messageFacts()));
    while (ring.intake.append(NOON, ready) === "taken");
    const taking = ring.receiver.take(entries);
    ring.receiver.end();
    ring.drain();
    await taking;
    expect(ring.drain().map(({ kind }) => kind)).toEqual([
      entryKind.session,
      entryKind.message,
      entryKind.sessionEnd,
    ]);
  });

  it.each([
    ["without an end", tell, words((word) => word(entryField.length, 0))],
    ["that ends before its fields do", tell, words((word) => word(entryField.length, -8))],
    ["that ends between two places", tell, words((word) => word(entryField.length, ENTRY_HEAD_BYTES + 4))],
    ["that is longer than what came", tell, words((word) => word(entryField.length, 1 << 20))],
    ["with more text than it has", tell, words((word) => word(entryField.text, 1 << 20))],
    ["with less than nothing", message("pass"), words((word) => word(entryField.payload, -1))],
    ["at no time", tell, (bytes: Buffer) => void bytes.writeDoubleLE(1e300, 8)],
    ["at a time that is no number", tell, (bytes: Buffer) => void bytes.writeDoubleLE(NaN, 8)],
    ["whose event is no JSON", tell, text("{", "[")],
    ["whose event is none", tell, text('"type"', '"tipe"')],
    ["that is none of theirs", tell, words((word) => word(entryField.kind, entryKind.erase))],
    ["of a session of nobody", message("pass"), text('"route":"/chat"', '"route":["cha"]')],
    ["whose code is none", message("drop"), text('"code":"threat.depth"', '"code":["reat.depth"]')],
    [
      "in which somebody else is said to have read",
      (sender: RelaySender) =>
        void sender.append(NOON, { type: "journal", what: "stopped", detail: "process 1" }),
      () => {},
    ],
  ])("refuses an entry %s, and the journal goes on", async (_, record, change) => {
    const ring = ringOf();
    const entries = Buffer.from(await sent(record));
    change(entries);
    await expect(ring.receiver.take(entries)).rejects.toThrow("no records of this version");
    expect(ring.drain().filter(({ kind }) => kind === entryKind.message)).toEqual([]);
    await ring.receiver.take(await sent(message("drop")));
    expect(ring.drain().map(({ kind }) => kind)).toContain(entryKind.message);
  });
});
