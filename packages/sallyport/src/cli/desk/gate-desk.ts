import { dirname, resolve } from "node:path";
import type {
  AdminDesk,
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
  VerificationState,
} from "../../hosts/dashboard/journal-message.ts";
import type { BackTestState, ObservedRefusals } from "../../hosts/dashboard/policy-message.ts";
import { problemOf } from "../../problem-of.ts";
import type { Config } from "../../policy/effective-config.ts";
import { routeId } from "../../policy/route-id.ts";
import { DeskWork } from "./desk-work.ts";
import type { DeskPlace } from "./desk-reading.ts";
import { type DeskThread, startDeskThread } from "./desk-thread.ts";

/** What a desk is told of its gate. */
export interface GateDeskOptions {
  /** The configuration in force. */
  readonly config: () => Config;
  /** The directory that the gate was started in. */
  readonly directory: string;
  /** What guards that observe found lately, where no journal tells; `null`: nobody keeps it here. */
  readonly observed: (since: number) => ObservedRefusals | null;
}

/** Readings at once: each has blocks of the journal in memory. */
const MOST_AT_ONCE = 4;
/** The thread ends when nobody has read for so long, milliseconds. */
const IDLE_MS = 300_000;
/** Every reading answers sooner by itself, milliseconds: a thread that does not is ended. */
const LATEST_MS = 60_000;
const OFF = "this gate keeps no journal: write `journal` in its configuration, or start it with --journal";
const BUSY: DeskAnswer<never> = { ok: false, status: 429, problem: "too many readings at once: ask again" };

/** Reads the journal of a gate in threads that are there while somebody reads: nothing of it takes the gate's event loop. */
export class GateDesk implements AdminDesk {
  readonly #options: GateDeskOptions;
  readonly #verification = new DeskWork<NonNullable<VerificationState["report"]>>();
  readonly #backTest = new DeskWork<NonNullable<BackTestState["result"]>>();
  #thread: DeskThread | null = null;
  #idle: NodeJS.Timeout | undefined;
  #reading = 0;

  constructor(options: GateDeskOptions) {
    this.#options = options;
  }

  async status(): Promise<DeskAnswer<JournalStatus>> {
    const answer = await this.#read((thread, place) => thread.calls.ask("status", place));
    return answer.ok ? { ok: true, value: { ...answer.value, verification: this.#verified() } } : answer;
  }

  search(reader: DeskReader, asked: SearchAsked): Promise<DeskAnswer<JournalPage>> {
    return this.#read((thread, place) => thread.calls.ask("search", place, reader, asked));
  }

  conversation(reader: DeskReader, asked: ConversationAsked): Promise<DeskAnswer<ConversationPage>> {
    return this.#read((thread, place) => thread.calls.ask("conversation", place, reader, asked));
  }

  async observed(reader: DeskReader, since: number): Promise<DeskAnswer<ObservedRefusals>> {
    if (this.#options.config().journal !== null)
      return await this.#read((thread, place) => thread.calls.ask("observed", place, reader, since));
    const value = this.#options.observed(since);
    return value === null ? { ok: false, status: 409, problem: OFF } : { ok: true, value };
  }

  async export(reader: DeskReader, asked: ExportAsked): Promise<DeskAnswer<AsyncIterable<string>>> {
    const place = this.#place();
    if (place === null) return { ok: false, status: 409, problem: OFF };
    if (this.#reading >= MOST_AT_ONCE) return BUSY;
    let opener: DeskThread | null = null;
    // It counts as a reading until its last piece is taken.
    const opened = await this.#read((thread) => {
      opener = thread;
      return thread.calls.ask("openExport", place, reader, asked);
    });
    if (!opened.ok || opener === null) return opened.ok ? BUSY : opened;
    this.#begin();
    return { ok: true, value: piecesOf(opener, opened.value, () => this.#end()) };
  }

  async verify(reader: DeskReader, asked: VerifyAsked): Promise<DeskAnswer<VerificationState>> {
    const place = this.#place();
    if (place === null) return { ok: false, status: 409, problem: OFF };
    const begun = this.#verification.begin(reader.name, async (thread) => {
      const answer = await thread.calls.ask("verify", place, asked);
      return answer.ok ? { ok: true, result: answer.value } : { ok: false, problems: [answer.problem] };
    });
    const state = this.#verified();
    if (!begun || state === null)
      return { ok: false, status: 409, problem: "it is being verified already: see its state" };
    return { ok: true, value: state };
  }

  async backTest(reader: DeskReader, asked: BackTestAsked): Promise<DeskAnswer<BackTestState>> {
    const { config, directory } = this.#options;
    const place = this.#place();
    if (place === null) return { ok: false, status: 409, problem: OFF };
    const named = config().file;
    const file = named === null ? null : resolve(directory, named);
    if (file === null && asked.policy === undefined)
      return {
        ok: false,
        status: 422,
        problem: "policy: expected a text, since the gate was started without a file",
      };
    const source = { file, directory: file === null ? directory : dirname(file) };
    const order = { reader, asked, source };
    const begun = this.#backTest.begin(reader.name, (thread) => thread.calls.ask("backTest", place, order));
    const state = this.backTestState();
    if (!begun || state === null)
      return { ok: false, status: 409, problem: "one is being played already: see its state, or end it" };
    return { ok: true, value: state };
  }

  backTestState(): BackTestState | null {
    return this.#backTest.state;
  }

  cancelBackTest(): boolean {
    return this.#backTest.cancel();
  }

  /** Ends every thread, whatever it does. */
  close(): void {
    clearTimeout(this.#idle);
    this.#thread?.end();
    this.#verification.cancel();
    this.#backTest.cancel();
  }

  #verified(): VerificationState | null {
    const { state } = this.#verification;
    if (state === null) return null;
    const { result, problems, ...rest } = state;
    return { ...rest, report: result, problem: problems[0] ?? null };
  }

  #place(): DeskPlace | null {
    const { journal, routes } = this.#options.config();
    if (journal === null) return null;
    const { directory, key, payloadKeys } = journal;
    const dialects = Object.fromEntries(routes.map((route) => [routeId(route), route.guards["dialect"]]));
    return { directory, key, payloadKeys, dialects };
  }

  async #read<T>(
    ask: (thread: DeskThread, place: DeskPlace) => Promise<DeskAnswer<T>>,
  ): Promise<DeskAnswer<T>> {
    const place = this.#place();
    if (place === null) return { ok: false, status: 409, problem: OFF };
    if (this.#reading >= MOST_AT_ONCE) return BUSY;
    const thread = this.#begin();
    const late = setTimeout(() => thread.end(), LATEST_MS);
    try {
      return await ask(thread, place);
    } catch (error) {
      return { ok: false, status: 504, problem: `the reading ended before its answer: ${problemOf(error)}` };
    } finally {
      clearTimeout(late);
      this.#end();
    }
  }

  #begin(): DeskThread {
    clearTimeout(this.#idle);
    this.#reading += 1;
    if (this.#thread !== null) return this.#thread;
    const thread = startDeskThread(
      () => {},
      () => {
        if (this.#thread === thread) this.#thread = null;
      },
    );
    this.#thread = thread;
    return thread;
  }

  #end(): void {
    this.#reading -= 1;
    if (this.#reading > 0) return;
    this.#idle = setTimeout(() => this.#thread?.end(), IDLE_MS);
    this.#idle.unref();
  }
}

/**
 * The pieces of an export, of the thread that opened it: in another one the same number is somebody else's. No generator, which
 * would not learn of an end before its first piece: whoever goes that soon gives the place back, too.
 */
function piecesOf({ calls }: DeskThread, number: number, done: () => void): AsyncIterable<string> {
  let isOpen = true;
  const end = (): IteratorReturnResult<undefined> => {
    if (isOpen) {
      isOpen = false;
      calls.tell("closeExport", number);
      done();
    }
    return { done: true, value: undefined };
  };
  const next = async (): Promise<IteratorResult<string, undefined>> => {
    try {
      const piece = isOpen ? await calls.ask("nextPiece", number) : null;
      return piece === null ? end() : { done: false, value: piece };
    } catch (error) {
      end();
      throw error;
    }
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: async () => end() }) };
}
