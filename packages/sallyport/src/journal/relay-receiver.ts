import { Buffer } from "node:buffer";
import { type Appended, EMPTY, type Lost } from "./journal-session.ts";
import { isRelayed } from "./relayed-entry.ts";
import { ENTRY_HEAD_BYTES, entryKind } from "./ring-layout.ts";
import type { RingEntry } from "./ring-producer.ts";
import { EntryView, type RingView } from "./ring-view.ts";

/** What a receiver needs of the journal that it is an entrance of. */
export interface RelayPort {
  readonly push: (entry: RingEntry) => boolean;
  readonly offer: (entry: RingEntry | null, lost: Lost) => Appended;
  /** The number of a name; `null` where there is no room to tell it. */
  readonly name: (name: string) => number | null;
  /** A number for another session. */
  readonly nextSession: () => number;
  readonly end: (number: number) => void;
  /** Nothing is written any more. */
  readonly hasEnded: () => boolean;
  /** Waits until so much content goes in. */
  readonly room: (content: number) => Promise<void>;
}

/**
 * Takes in what one other process has gathered: its sessions and names get numbers of this journal. What finds no room waits, and
 * with it the other process, which sheds or stops reading as the journal says.
 */
export class RelayReceiver {
  readonly #port: RelayPort;
  readonly #sessions = new Map<number, number>();
  readonly #names = new Map<number, string>();
  #hasGone = false;

  constructor(port: RelayPort) {
    this.#port = port;
  }

  /** Takes entries, as `RelaySender` sends them. Resolves when the journal has them all; rejects where they are none. */
  async take(entries: Uint8Array): Promise<void> {
    // Where a message stands in memory is nobody's to choose: fields of eight bytes want their place.
    const bytes = new Uint8Array(entries);
    const view = new EntryView(bytes.buffer);
    for (let at = 0; at < bytes.length;) {
      const length = view.move(at);
      if (!isRelayed(view, bytes.length - at)) throw new Error("these are no records of this version");
      // Room for less would be there at once, again and again, and nothing else in this process would have its turn.
      while (!this.#take(view)) await this.#port.room(length - ENTRY_HEAD_BYTES + this.#nameBytes(view));
      at += length;
    }
    // It went while this waited for room.
    if (this.#hasGone) this.end();
  }

  /** The other process has gone, and its connections with it. */
  end(): void {
    this.#hasGone = true;
    for (const number of this.#sessions.values()) this.#port.end(number);
    this.#sessions.clear();
  }

  /** `false`: there is no room for it. */
  #take(view: RingView): boolean {
    const { kind, number, time } = view;
    switch (kind) {
      case entryKind.session:
        return this.#session(view);
      case entryKind.sessionEnd: {
        const known = this.#sessions.get(number);
        if (known !== undefined) this.#port.end(known);
        this.#sessions.delete(number);
        return true;
      }
      case entryKind.name:
        this.#names.set(number, view.text);
        return true;
      case entryKind.message: {
        const name = this.#nameOf(view);
        return this.#offer(name === null ? null : { ...this.#message(view), name }, time);
      }
      default:
        return this.#offer({ ...EMPTY, time, text: view.text }, time);
    }
  }

  #session({ number, text }: RingView): boolean {
    const known = this.#sessions.get(number) ?? this.#port.nextSession();
    this.#sessions.set(number, known);
    return (
      this.#port.hasEnded() || this.#port.push({ ...EMPTY, kind: entryKind.session, number: known, text })
    );
  }

  #nameOf({ name }: RingView): number | null {
    const text = name === 0 ? undefined : this.#names.get(name);
    return text === undefined ? 0 : this.#port.name(text);
  }

  /** What the name of a message takes, if it goes before it. */
  #nameBytes({ kind, name }: RingView): number {
    const text = kind === entryKind.message ? this.#names.get(name) : undefined;
    return text === undefined ? 0 : ENTRY_HEAD_BYTES + Buffer.byteLength(text) + 7;
  }

  #message(view: RingView): RingEntry {
    const { kind, time, number, sequence, size, flags, payload, hasText } = view;
    return {
      kind,
      time,
      // One that nobody began is told as lost by whoever writes it.
      number: this.#sessions.get(number) ?? 0,
      sequence,
      size,
      flags,
      name: 0,
      payload,
      text: hasText ? view.text : null,
    };
  }

  /** Nobody empties a ring that has ended: what still comes is counted. */
  #offer(entry: RingEntry | null, time: number): boolean {
    if (this.#port.hasEnded()) this.#port.offer(null, { time });
    return this.#port.hasEnded() || (entry !== null && this.#port.push(entry));
  }
}
