import { describe, expect, it } from "vitest";

import { messageFacts, NOON, sessionFacts } from "../../test/journal-fixture.ts";
import { RecordIntake } from "./record-intake.ts";
import { RingConsumer } from "./ring-consumer.ts";
import { createRingMemory, entryKind } from "./ring-layout.ts";
import { RingProducer } from "./ring-producer.ts";

const ready = { type: "gate", level: "info", message: "ready" } as const;

interface Ring {
  readonly intake: RecordIntake;
  readonly sheds: number[];
  /** Takes everything out of the ring: the kinds of the entries, and their texts. */
  drain(): { readonly kind: number; readonly text: string }[];
}

function ringOf(whenFull: "shed" | "block"): Ring {
  const memory = createRingMemory(64 * 1024);
  const consumer = new RingConsumer(memory);
  const sheds: number[] = [];
  const intake = new RecordIntake(new RingProducer(memory), {
    whenFull,
    payloadBytes: 1024,
    onShed: () => sheds.push(sheds.length),
  });
  return {
    intake,
    sheds,
    drain() {
      const entries: { kind: number; text: string }[] = [];
      const position = consumer.read(({ kind, hasText, text }) => {
        entries.push({ kind, text: hasText ? text : "" });
        return true;
      });
      consumer.release(position);
      return entries;
    },
  };
}

/** Offers events until one finds no room; how many did. */
function fill({ intake }: Ring, detail: string): number {
  let taken = 0;
  while (intake.append(NOON, { ...ready, detail }) === "taken") taken += 1;
  return taken;
}

describe("RecordIntake", () => {
  it("tells the end of a session that said nothing more under another policy", () => {
    const ring = ringOf("shed");
    const session = ring.intake.session(sessionFacts());
    session.message(messageFacts());
    session.follow(sessionFacts({ policy: "p2" }));
    session.end();
    expect(ring.drain().map(({ kind }) => kind)).toEqual([
      entryKind.session,
      entryKind.message,
      entryKind.sessionEnd,
    ]);
  });

  it("tells of a session once, before its first message, and of its end only where it was told of", () => {
    const ring = ringOf("shed");
    const silent = ring.intake.session(sessionFacts());
    silent.end();
    const session = ring.intake.session(sessionFacts());
    session.message(messageFacts());
    session.message(messageFacts());
    session.end();
    expect(ring.drain().map(({ kind }) => kind)).toEqual([
      entryKind.session,
      entryKind.message,
      entryKind.message,
      entryKind.sessionEnd,
    ]);
  });

  it("takes nothing of a message while there is no room for its session or its name, and all of it later", () => {
    const ring = ringOf("block");
    const session = ring.intake.session(sessionFacts());
    session.message(messageFacts());
    fill(ring, "x".repeat(1000));
    fill(ring, "");
    const late = ring.intake.session(sessionFacts({ session: "late", route: "/".repeat(200) }));
    expect(late.message(messageFacts())).toBe("full");
    expect(session.message(messageFacts({ name: "n".repeat(200) }))).toBe("full");
    ring.drain();
    expect(session.message(messageFacts({ name: "n".repeat(200) }))).toBe("taken");
    expect(late.message(messageFacts())).toBe("taken");
    expect(ring.drain().map(({ kind }) => kind)).toEqual([
      entryKind.name,
      entryKind.message,
      entryKind.session,
      entryKind.message,
    ]);
    expect(ring.sheds).toEqual([]);
  });

  it("tells of sessions that ended while there was no room when there is some, in their order", () => {
    const ring = ringOf("block");
    const sessions = ["a", "b"].map((session) => ring.intake.session(sessionFacts({ session })));
    for (const session of sessions) session.message(messageFacts());
    fill(ring, "x".repeat(1000));
    fill(ring, "");
    for (const session of sessions) session.end();
    // Still none: what is offered next tells them first.
    expect(ring.intake.append(NOON, ready)).toBe("full");
    ring.drain();
    expect(ring.intake.append(NOON, ready)).toBe("taken");
    expect(ring.drain().map(({ kind }) => kind)).toEqual([
      entryKind.sessionEnd,
      entryKind.sessionEnd,
      entryKind.event,
    ]);
  });

  it("tells what it shed when a quarter of the ring is free, and not before", () => {
    const ring = ringOf("shed");
    fill(ring, "x".repeat(1000));
    expect(ring.intake.append(NOON + 5, { ...ready, detail: "x".repeat(1000) })).toBe("shed");
    expect(ring.intake.hasToldAll).toBe(false);
    expect(ring.intake.append(NOON + 6, ready)).toBe("shed");
    ring.drain();
    expect(ring.intake.append(NOON + 7, ready)).toBe("taken");
    expect(ring.intake.hasToldAll).toBe(true);
    const [told] = ring.drain();
    expect(JSON.parse(told?.text ?? "")).toMatchObject({
      what: "shed",
      records: 3,
      from: NOON,
      to: NOON + 6,
    });
    expect(ring.sheds).toHaveLength(1);
  });

  it("sheds all that comes after its end, whatever it is to do when it is full", () => {
    const ring = ringOf("block");
    ring.intake.end();
    expect(ring.intake.append(NOON, ready)).toBe("shed");
  });
});
