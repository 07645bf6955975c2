import { type KnownSession, knownSession } from "./block-builder.ts";
import type { SessionFacts } from "./journal-record.ts";
import { isRedacted } from "./message-flags.ts";
import type { PayloadKey } from "./payload-bundle.ts";
import { type PayloadKeys, subjectOf } from "./payload-keys.ts";

const DAY_MS = 86_400_000;

/** A session as the thread knows it that writes, and the keys of what is said in it today. */
export class Speaker {
  readonly known: KnownSession;
  #day = -1;
  #redacted: PayloadKey | null = null;
  #full: PayloadKey | null = null;

  /** @param text its facts, as JSON */
  constructor(text: string) {
    const facts: SessionFacts = JSON.parse(text);
    this.known = knownSession(facts);
  }

  /** The key of a payload, by its message's time and flags. */
  keyOf(time: number, flags: number, keys: PayloadKeys): PayloadKey {
    const day = Math.floor(time / DAY_MS);
    if (this.#day !== day) this.forgetKeys();
    this.#day = day;
    const subject = subjectOf(this.known.facts);
    if (isRedacted(flags)) return (this.#redacted ??= keys.keyOf(subject, time, "redacted"));
    return (this.#full ??= keys.keyOf(subject, time, "full"));
  }

  /** Asks for them anew: they were destroyed, or others are in use. */
  forgetKeys(): void {
    this.#redacted = null;
    this.#full = null;
  }
}
