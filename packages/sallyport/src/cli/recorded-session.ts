import { Buffer } from "node:buffer";
import type { RefreshEvent } from "../events.ts";
import type { ConnectionFacts, Denial } from "../guards/guard.ts";
import type { MessageRecord } from "../journal/journal-record.ts";
import type { Route } from "../policy/policy.ts";
import { TestConnection } from "./policy-test-connection.ts";
import type { TestClock } from "./policy-test-clock.ts";
import { foundWell, type Found } from "./policy-test-verdict.ts";
import type { Known } from "./recorded-guards.ts";
import type { RecordedStage } from "./recorded-stage.ts";

/** A connection that is played once more. */
export interface RecordedSessionOptions {
  readonly stage: RecordedStage;
  readonly route: Route;
  readonly facts: ConnectionFacts;
  readonly clock: TestClock;
  /** Whether its handshake was recorded, so that it is known whose it is. */
  readonly isKnown: boolean;
  /** Whether its messages are played from the first one on. */
  readonly isWhole: boolean;
  /** Run when it ends. */
  readonly release: () => void;
}

/** What became of a recorded message. */
export interface PlayedMessage {
  /** What the guards could see of it. */
  readonly content: Known["content"];
  /** `null`: the connection was over before it came. */
  readonly found: Found | null;
  /** Messages that were recorded of this session and are not in the journal: they were shed. */
  readonly missing: number;
}

/** A message longer than this is not played without its content: its length alone would have to be made up in memory. */
const MOST_FILLED = 64 * 1024 * 1024;

/** One recorded connection under another policy: its messages go through the guards at the time at which they came. */
export class RecordedSession {
  readonly #options: RecordedSessionOptions;
  readonly #connection: TestConnection;
  readonly #needsAll: boolean;
  /** Something that was said before is not known, so that who has to have heard it all cannot go on. */
  #hasGap: boolean;
  /** Of the last message; `null`: nobody knows which one is the first. */
  #sequence: number | null;
  #over: Denial | null = null;
  #overAt = 0;

  constructor(options: RecordedSessionOptions) {
    const { stage, route, facts, clock, isKnown, isWhole } = options;
    this.#options = options;
    this.#hasGap = !isWhole;
    this.#needsAll = needsAll(route, isKnown);
    this.#sequence = isWhole ? 0 : null;
    this.#connection = new TestConnection({ facts, route, clock, random: stage.random, silent: false });
  }

  /** Why the policy ended it, and when; `null`: it is open. */
  get over(): { readonly denial: Denial; readonly at: number } | null {
    return this.#over === null ? null : { denial: this.#over, at: this.#overAt };
  }

  /** Plays a message. @param payload its content; `null` where that was not kept, or may not be seen */
  async message(record: MessageRecord, payload: Buffer | null): Promise<PlayedMessage> {
    const missing = this.#sequence === null ? 0 : Math.max(0, record.sequence - this.#sequence - 1);
    if (missing > 0) this.#hasGap = true;
    this.#sequence = Math.max(this.#sequence ?? 0, record.sequence);
    const content = this.#contentOf(record, payload);
    if (content === "none") this.#hasGap = true;
    this.runTo(record.time);
    if (this.#over !== null) return { content, found: null, missing };
    if (content === "none" && record.size > MOST_FILLED)
      return { content, found: foundWell("undecided"), missing };
    this.#tellKnown(content);
    const found = await this.#connection.send({
      side: record.direction === "inbound" ? "client" : "application",
      binary: record.opcode === "binary",
      payload: content === "none" || payload === null ? filler(record) : payload,
      repeat: 1,
    });
    this.#note(found);
    return { content, found, missing };
  }

  /** Lets time go by, with everything that guards do by then. */
  runTo(time: number): void {
    if (this.#over !== null) return;
    const { clock, stage } = this.#options;
    const from = clock.wallNow;
    this.#note(this.#connection.wait(Math.max(0, time - from)));
    stage.moveClock(clock, time);
  }

  #tellKnown(content: Known["content"]): void {
    const { stage, isKnown, facts } = this.#options;
    stage.known.content = content;
    stage.known.handshake = isKnown;
    stage.known.claims = stage.knowsClaimsOf(facts.identity.user);
  }

  /** Its proof was renewed at that time. */
  refresh({ until, time }: RefreshEvent & { readonly time: number }): void {
    this.runTo(time);
    if (this.#over !== null) return;
    const expiresAt = until === null ? null : Date.parse(until);
    this.#tellKnown("none");
    this.#note(this.#connection.refresh({ ...this.#connection.identity, expiresAt }));
  }

  /** Both peers go. */
  end(): void {
    this.#connection.finish();
    this.#options.release();
  }

  #contentOf({ payload: kind, truncated, size }: MessageRecord, payload: Buffer | null): Known["content"] {
    if (payload === null || truncated || kind === "digest" || kind === "none") return "none";
    if (this.#needsAll && this.#hasGap) return "none";
    // Of a longer one it is not known what was left out.
    if (kind === "full" && payload.length !== size) return "none";
    return kind === "redacted" ? "redacted" : "whole";
  }

  #note({ verdict, denial }: Found): void {
    if (verdict !== "close" || denial === null) return;
    this.#over ??= denial;
    this.#overAt = this.#options.clock.wallNow;
  }
}

/** Whether a dialect of the route cannot read a message without all that was said before. */
function needsAll({ guards }: Route, isKnown: boolean): boolean {
  const spoken = guards.find(({ speaks }) => speaks !== undefined)?.speaks?.dialects ?? [];
  // Which of several is spoken stands in the handshake.
  if (spoken.length > 1 && !isKnown) return true;
  return spoken.some(({ needs }) => needs !== "nothing");
}

function filler({ size, opcode }: MessageRecord): Uint8Array {
  return Buffer.alloc(size, opcode === "text" ? 0x20 : 0);
}
