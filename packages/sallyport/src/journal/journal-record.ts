import type { DecisionVerdict, Direction, SallyportEvent } from "../events.ts";
import type { ReaderRole } from "./role-keys.ts";

/** What every record of a session is about. */
export interface SessionFacts {
  readonly session: string;
  readonly route: string;
  readonly address: string;
  readonly user: string | null;
  /** Which policy decided. */
  readonly policy: string;
}

/** What was done with a message. */
export type MessageVerdict = "pass" | Exclude<DecisionVerdict, "refuse">;

/**
 * What is kept of a message's content: nothing; a keyed digest, by which equal messages of one user and day are known; the
 * content as a guard redacted it; or all of it.
 */
export const payloadKinds = ["none", "digest", "redacted", "full"] as const;

/** One of them. */
export type PayloadKind = (typeof payloadKinds)[number];

/** One message, as it is told to the journal. */
export interface MessageFacts {
  /** Wall clock, milliseconds since 1970. */
  readonly time: number;
  readonly direction: Direction;
  readonly opcode: "text" | "binary";
  /** Payload bytes. */
  readonly size: number;
  readonly verdict: MessageVerdict;
  /** What its dialect calls it. */
  readonly name?: string | null;
  /** Why it did not pass. */
  readonly code?: string | undefined;
  readonly incident?: string | undefined;
  /** What is to be kept of its content. */
  readonly payload?: { readonly kind: Exclude<PayloadKind, "none">; readonly bytes: Uint8Array } | undefined;
}

/** A message as the journal has it. */
export interface MessageRecord extends SessionFacts {
  readonly type: "message";
  readonly time: number;
  /** Its number in its session, both directions together, from 1: a gap is a message that was shed. */
  readonly sequence: number;
  readonly direction: Direction;
  readonly opcode: "text" | "binary";
  readonly size: number;
  readonly verdict: MessageVerdict;
  readonly name: string | null;
  readonly guard: string | null;
  readonly code: string | null;
  readonly incident: string | null;
  readonly payload: PayloadKind;
  /** The content was longer than the journal keeps. */
  readonly truncated: boolean;
}

/** What the journal tells of itself. */
export type JournalNote =
  /** A writer began. */
  | { readonly type: "journal"; readonly what: "started"; readonly detail: string }
  /** A writer ended as it should: nothing is missing before this. */
  | { readonly type: "journal"; readonly what: "stopped"; readonly detail: string }
  /** So many records, and payload bytes in them, found no room, between two moments. */
  | {
      readonly type: "journal";
      readonly what: "shed";
      readonly records: number;
      readonly bytes: number;
      readonly from: number;
      readonly to: number;
    }
  /** A writer before this one did not end. `bytes` were set aside; `lost` frames that a checkpoint knows are not there. */
  | {
      readonly type: "journal";
      readonly what: "recovered";
      readonly bytes: number;
      readonly lost: number;
      readonly detail: string;
    }
  /** The clock went back, or far ahead. */
  | { readonly type: "journal"; readonly what: "clock"; readonly from: number; readonly to: number }
  /** Records waited, because the disk did not take them. */
  | {
      readonly type: "journal";
      readonly what: "disk";
      readonly from: number;
      readonly to: number;
      readonly detail: string;
    }
  /**
   * A segment was retired. `segment` is its SHA-256; `from` and `to` are the times of its first and last record; so many `keys` of
   * payloads went with it, of days of which nothing is left.
   */
  | {
      readonly type: "journal";
      readonly what: "retired";
      readonly segment: string;
      readonly number: number;
      readonly records: number;
      readonly from: number;
      readonly to: number;
      readonly reason: "age" | "size";
      readonly keys: number;
    }
  /** Payload keys of a person were destroyed. */
  | { readonly type: "journal"; readonly what: "erased"; readonly user: string; readonly keys: number }
  /** Somebody reads: this was on the disk before they saw anything. `late`: it was kept beside the journal until that was written again. */
  | ({ readonly type: "journal"; readonly what: "read"; readonly late?: true } & JournalReading)
  /** The journal's keys were changed. */
  | ({ readonly type: "journal"; readonly what: "keys" } & KeysChange);

/** Who reads what, and why, as the command says that reads. */
export interface JournalReading {
  readonly role: ReaderRole;
  /** The id of the reader's key; `null` for the master key. */
  readonly reader: string | null;
  /** The user of the operating system. */
  readonly by: string;
  readonly command: string;
  readonly reason: string | null;
  readonly asked: ReadingAsked;
}

/** What a reading asks for. Of a text that is searched only its length is kept: it may be the secret itself. */
export type ReadingAsked = Partial<Readonly<Record<IndexedField, string>>> & {
  readonly since?: number;
  readonly until?: number;
  /** In characters. */
  readonly textLength?: number;
};

/** What was done to the keys of a journal, and by whom, as the command says that did it. */
export interface KeysChange {
  readonly change: "rotated" | "granted" | "revoked";
  /** Whose key was given or taken; `null` where that of the journal was changed. */
  readonly reader: string | null;
  readonly role: ReaderRole | null;
  readonly by: string;
}

/** Everything that is recorded beside messages. */
export type JournalEvent = SallyportEvent | JournalNote;

/** An event as the journal has it. */
export type EventRecord = JournalEvent & { readonly time: number };

/** One record. */
export type JournalRecord = MessageRecord | EventRecord;

/** Fields by which records are found without reading all of them. */
export const indexedFields = [
  "session",
  "user",
  "address",
  "route",
  "guard",
  "verdict",
  "name",
  "incident",
] as const;

/** One of them. */
export type IndexedField = (typeof indexedFields)[number];
