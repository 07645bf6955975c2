import type { WorkProgress } from "./policy-message.ts";

/** What the journal kept of a message's content. */
export type KeptContent = "none" | "digest" | "redacted" | "full";

/** Why a content that was kept is not shown: the role may not see it, no reason was given, or it was erased. */
export type WithheldContent = "role" | "reason" | "erased";

/** A record, as it is listed. Texts are as peers wrote them: show them inert. */
export interface JournalRow {
  /** Names it for ever: its frame, and its place there. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** `message`, or an event's type. */
  readonly type: string;
  readonly session: string | null;
  readonly route: string | null;
  readonly user: string | null;
  readonly address: string | null;
  readonly direction: "inbound" | "outbound" | null;
  /** What became of it, in a word. */
  readonly verdict: string;
  readonly guard: string | null;
  readonly code: string | null;
  readonly incident: string | null;
  /** Of a message: its number in the session, its bytes, what its dialect calls it, and what was kept. */
  readonly sequence: number | null;
  readonly size: number | null;
  readonly opcode: "text" | "binary" | null;
  readonly name: string | null;
  readonly kept: KeptContent;
  /** Of an event: what happened, in words. */
  readonly text: string;
}

/** Some records, the newest first. */
export interface JournalPage {
  readonly rows: readonly JournalRow[];
  /** Where the next page begins, for `cursor`; `null`: there is none. */
  readonly next: string | null;
  /** The time that a search may take was over: there may be more, also before `next`. */
  readonly cut: boolean;
  /** How many blocks were read, and how many an index left out. */
  readonly blocks: { readonly read: number; readonly skipped: number };
  /** What was not looked through, and why; empty where everything was. */
  readonly notes: readonly string[];
}

/** A content that is shown. */
export interface JournalContent {
  /** `bytes`: as rows of hexadecimal digits. `digest`: only a fingerprint of it was kept. */
  readonly form: "text" | "bytes" | "digest";
  readonly text: string;
  /** So many characters more, or bytes, are not here. */
  readonly left: number;
  /** It was longer than the journal keeps. */
  readonly truncated: boolean;
}

/** A record of a conversation. */
export interface ConversationEntry extends JournalRow {
  readonly content: JournalContent | null;
  /** Why a content that was kept is not here; `null`: it is, or none was kept. */
  readonly withheld: WithheldContent | null;
  /** What the route's dialect calls each part of the message. */
  readonly parts: readonly string[];
  /** So many messages before it were shed by the journal. */
  readonly missing: number;
  /** What its code means, and how to allow it. */
  readonly meaning: { readonly message: string; readonly mend: string } | null;
}

/** A session, or the handshake that was refused, in its order. */
export interface ConversationPage {
  /** `null`: it is of a handshake that was refused. */
  readonly session: string | null;
  /** The incident that was asked for, in it. */
  readonly incident: string | null;
  readonly entries: readonly ConversationEntry[];
  /** Where the next page begins, for `cursor`; `null`: there is none. */
  readonly next: string | null;
  readonly cut: boolean;
  /** How many contents of this page were kept and are not shown, by why. */
  readonly withheld: Readonly<Record<WithheldContent, number>>;
}

/** What a verification found. */
export interface JournalVerification {
  readonly ok: boolean;
  readonly segments: number;
  readonly retired: number;
  readonly frames: number;
  readonly records: number;
  readonly bytes: number;
  /** What is not as it was written: where, and what. At most 100. */
  readonly faults: readonly string[];
  readonly sound: readonly string[];
  /** What nobody can know from what was given. */
  readonly unknown: readonly string[];
  /** The public key by which others know this journal. */
  readonly verifier: string | null;
}

/** The last verification, or the one that runs. */
export interface VerificationState {
  readonly state: "running" | "done" | "failed";
  readonly by: string;
  readonly startedAt: string;
  readonly progress: WorkProgress;
  readonly report: JournalVerification | null;
  readonly problem: string | null;
}

/** What there is of a journal. */
export interface JournalStatus {
  readonly directory: string;
  readonly segments: number;
  /** Segments that are gone, with a tombstone. */
  readonly retired: number;
  readonly bytes: number;
  /** When its first segment here begins, ISO 8601; `null`: there is none. */
  readonly since: string | null;
  /** The newest checkpoint beside the segments; `null`: there is none, or it is not this journal's. */
  readonly checkpoint: { readonly frames: number; readonly at: string } | null;
  /** Whether its key is there: without it nothing is read, and everything is verified. */
  readonly key: { readonly ok: boolean; readonly problem: string | null };
  /** `null`: none was made since the gate began. */
  readonly verification: VerificationState | null;
}
