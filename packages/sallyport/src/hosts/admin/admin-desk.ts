import type { AdminRole } from "../../policy/admin-options.ts";
import type {
  ConversationPage,
  JournalPage,
  JournalStatus,
  VerificationState,
} from "../dashboard/journal-message.ts";
import type { BackTestState, ObservedRefusals } from "../dashboard/policy-message.ts";

/** Who reads, and why. */
export interface DeskReader {
  /** The name of the token, or of the person. */
  readonly name: string;
  readonly role: AdminRole;
  /** Where from. */
  readonly address: string;
  /** Why whole contents are read; `null`: they are not. It is recorded. */
  readonly reason: string | null;
}

/** What was asked for, or why it is not answered, with the status that says so. */
export type DeskAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly status: DeskStatus; readonly problem: string };

/**
 * 404: it is not there. 409: there is no journal, or it runs already. 422: not understood. 429: too many at once.
 * 503: it cannot be read now, such as without its key. 504: it took too long.
 */
export type DeskStatus = 404 | 409 | 422 | 429 | 503 | 504;

/** Which records are asked for: as `journal search` takes it. */
export interface DeskFilter {
  readonly text?: string | undefined;
  readonly user?: string | undefined;
  readonly session?: string | undefined;
  readonly address?: string | undefined;
  readonly route?: string | undefined;
  readonly guard?: string | undefined;
  readonly verdict?: string | undefined;
  readonly name?: string | undefined;
  readonly incident?: string | undefined;
  readonly type?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** A page of records. */
export interface SearchAsked {
  readonly filter: DeskFilter;
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor: string | null;
}

/** A page of a conversation. */
export interface ConversationAsked {
  /** A session, or an incident. */
  readonly subject: string;
  readonly limit: number;
  readonly cursor: string | null;
  /** So many bytes of each content at most. */
  readonly contentBytes: number;
}

/** What becomes of an export. */
export interface ExportAsked {
  readonly filter: DeskFilter;
  readonly format: "jsonl" | "csv" | "har";
}

/** What a journal is verified against, where somebody kept it elsewhere. */
export interface VerifyAsked {
  readonly checkpoint?: string | undefined;
  readonly publicKey?: string | undefined;
}

/** A policy that recorded traffic is played to. */
export interface BackTestAsked {
  /** The text of a configuration; absent: the file that the gate was started with, as it is now. */
  readonly policy?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly session?: string | undefined;
  readonly route?: string | undefined;
}

/**
 * Reads the gate's journal for the admin API, apart from its event loop: in a thread that is there while somebody reads. Every reading is
 * a record of the journal before anything is shown. What a reader sees of contents follows from the role: `viewer` and `operator` read with the
 * keys of the journal's role `viewer` and see none; `investigator` and `admin` with all, and whole contents only with a reason.
 */
export interface AdminDesk {
  status(): Promise<DeskAnswer<JournalStatus>>;
  search(reader: DeskReader, asked: SearchAsked): Promise<DeskAnswer<JournalPage>>;
  conversation(reader: DeskReader, asked: ConversationAsked): Promise<DeskAnswer<ConversationPage>>;
  /** Pieces of a text, each read when it is asked for. */
  export(reader: DeskReader, asked: ExportAsked): Promise<DeskAnswer<AsyncIterable<string>>>;
  /** Begins to verify it; its state says how far that is. */
  verify(reader: DeskReader, asked: VerifyAsked): Promise<DeskAnswer<VerificationState>>;
  /** What guards that observe would have refused since a time, milliseconds since 1970. */
  observed(reader: DeskReader, since: number): Promise<DeskAnswer<ObservedRefusals>>;
  /** Begins to play recorded traffic to a policy; `backTestState` says how far that is. */
  backTest(reader: DeskReader, asked: BackTestAsked): Promise<DeskAnswer<BackTestState>>;
  /** The last one, or the one that runs; `null`: there was none. */
  backTestState(): BackTestState | null;
  /** Ends the one that runs. Answers whether there was one. */
  cancelBackTest(): boolean;
}
