import type {
  BackTestAsked,
  ConversationAsked,
  DeskAnswer,
  DeskReader,
  ExportAsked,
  SearchAsked,
  VerifyAsked,
} from "../../hosts/admin/admin-desk.ts";
import type {
  ConversationPage,
  JournalPage,
  JournalStatus,
  JournalVerification,
} from "../../hosts/dashboard/journal-message.ts";
import type { ObservedRefusals, WorkProgress } from "../../hosts/dashboard/policy-message.ts";
import { problemOf } from "../../problem-of.ts";
import type { BackTestDone, BackTestSource } from "./desk-back-test.ts";
import { observedDesk } from "./desk-observed.ts";
import type { DeskPlace } from "./desk-reading.ts";
import { searchDesk } from "./desk-search.ts";
import { statusDesk, verifyDesk } from "./desk-status.ts";

/** What the thread that reads answers. */
export interface DeskCalls {
  status(place: DeskPlace): Promise<DeskAnswer<Omit<JournalStatus, "verification">>>;
  search(place: DeskPlace, reader: DeskReader, asked: SearchAsked): Promise<DeskAnswer<JournalPage>>;
  conversation(
    place: DeskPlace,
    reader: DeskReader,
    asked: ConversationAsked,
  ): Promise<DeskAnswer<ConversationPage>>;
  observed(place: DeskPlace, reader: DeskReader, since: number): Promise<DeskAnswer<ObservedRefusals>>;
  verify(place: DeskPlace, asked: VerifyAsked): Promise<DeskAnswer<JournalVerification>>;
  backTest(
    place: DeskPlace,
    order: { readonly reader: DeskReader; readonly asked: BackTestAsked; readonly source: BackTestSource },
  ): Promise<BackTestDone>;
  /** Answers the number under which its pieces are asked for. */
  openExport(place: DeskPlace, reader: DeskReader, asked: ExportAsked): Promise<DeskAnswer<number>>;
  /** The next piece; `null`: there are no more. */
  nextPiece(number: number): Promise<string | null>;
  closeExport(number: number): void;
}

/** What it tells meanwhile. */
export interface DeskTold {
  progress(progress: WorkProgress): void;
}

/** Answers in the thread that reads. @param tell takes how far a work is */
export function answerDesk(tell: (progress: WorkProgress) => void): DeskCalls {
  const exports = new Map<number, AsyncGenerator<string>>();
  let last = 0;
  return {
    status: statusDesk,
    search: (place, reader, asked) => whole(() => searchDesk(place, reader, asked)),
    conversation: (place, reader, asked) =>
      whole(async () => {
        // With every dialect: only where it is needed.
        const { conversationDesk } = await import("./desk-conversation.ts");
        return await conversationDesk(place, reader, asked);
      }),
    observed: (place, reader, since) => whole(() => observedDesk(place, reader, since)),
    verify: (place, asked) => verifyDesk(place, asked, (done, of) => tell({ done, of, records: 0 })),
    async backTest(place, order) {
      // With every guard: only where it is needed.
      const { backTestDesk } = await import("./desk-back-test.ts");
      return await backTestDesk(place, order, tell);
    },
    openExport: (place, reader, asked) =>
      whole(async () => {
        const { exportDesk } = await import("./desk-export.ts");
        const opened = await exportDesk(place, reader, asked);
        if (!opened.ok) return opened;
        exports.set(++last, opened.value);
        return { ok: true, value: last };
      }),
    async nextPiece(number) {
      const { value, done } = (await exports.get(number)?.next()) ?? { value: undefined, done: true };
      if (done !== true) return value;
      exports.delete(number);
      return null;
    },
    closeExport(number) {
      void exports.get(number)?.return(null);
      exports.delete(number);
    },
  };
}

/** A disk that fails is an answer. */
async function whole<T>(read: () => Promise<DeskAnswer<T>>): Promise<DeskAnswer<T>> {
  try {
    return await read();
  } catch (error) {
    return { ok: false, status: 503, problem: `the journal cannot be read: ${problemOf(error)}` };
  }
}
