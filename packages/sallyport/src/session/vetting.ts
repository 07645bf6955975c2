import type { Direction } from "../events.ts";
import {
  passForAll,
  type ConnectionGuard,
  type Denial,
  type Guard,
  type MessageVerdict,
  type Reads,
} from "../guards/guard.ts";
import type { InflateTurns } from "../protocol/inflate-turns.ts";
import type { LaneGuard, LaneHost } from "./lane-host.ts";
import type { LaneMessage } from "./lane-message.ts";

/** What becomes of a message: it goes on, it does not, or a guard is to be asked about it again. */
export type VettingOutcome = "pass" | "stop" | "wait";

/** However long its guards want to wait, a message does so no longer, milliseconds. */
export const LONGEST_WAIT_MS = 10_000;
/** A time that is over: 0 would mean that nothing is held. */
const LONG_AGO = Number.MIN_VALUE;
const FOREVER = Number.POSITIVE_INFINITY;

const READS: readonly Reads[] = ["nothing", "size", "bytes", "text", "json"];

const NONE: readonly LaneGuard[] = [];

type Wait = Extract<MessageVerdict, { verdict: "wait" }>;

/** A guard that waits, and where it stands. */
interface Waiting {
  readonly index: number;
  readonly guard: Guard;
  readonly denial: Denial;
  readonly latest: number;
  answered: boolean;
  /** What guards before it hold. */
  heldUntil: number;
}

/** What a vetting is made of. */
export interface VettingOptions {
  readonly direction: Direction;
  /** The guards of the connection, in order; those that are not asked about this direction among them. */
  readonly guards: readonly LaneGuard[];
  readonly message: LaneMessage;
  readonly host: LaneHost;
}

/**
 * Asks the guards of a lane about one message after another, in order, and does as they say. A guard that waits keeps its
 * place: those before it are not asked about the message a second time.
 */
export class Vetting {
  /** Until when (monotonic ms) nothing more is to be read from the peer: a guard holds it, or waits. 0: read on. */
  holdUntil = 0;
  /** What the message goes on as, in place of what came; `null`: as it came. */
  replacement: Uint8Array | null = null;

  /** Whether any guard reads the payload. */
  readsPayload = false;

  readonly #direction: Direction;
  readonly #message: LaneMessage;
  readonly #host: LaneHost;
  #guards: readonly LaneGuard[] = NONE;
  #controlGuards: readonly LaneGuard[] = NONE;
  #mayHold = true;
  #waiting: Waiting | null = null;
  /** Until when guards hold what is held for want of room to record more; `null`: nothing is. */
  #paused: number | null = null;
  /** When the message was first shown. */
  #since = 0;
  #passedFor: Set<Guard> | null = null;

  constructor({ direction, guards, message, host }: VettingOptions) {
    this.#direction = direction;
    this.#message = message;
    this.#host = host;
    this.change(guards);
  }

  /** Asks these guards from the next message on. Only while none waits. */
  change(guards: readonly LaneGuard[]): void {
    const direction = this.#direction;
    const readsOf = ({ guard }: LaneGuard): number => READS.indexOf(guard.reads?.[direction] ?? "nothing");
    this.#guards = exactly(guards, ({ guard }) => guard.reads?.[direction] !== undefined);
    this.#controlGuards = exactly(this.#guards, ({ guard }) => guard.controlFrames === true);
    this.readsPayload = this.#guards.some((entry) => readsOf(entry) >= READS.indexOf("bytes"));
  }

  /** Whether any guard is asked. */
  get asks(): boolean {
    return this.#guards.length > 0;
  }

  /** Whether a message waits for a guard's answer. */
  get waits(): boolean {
    return this.#waiting !== null;
  }

  /** Whether a guard holds it, or waits. */
  get held(): boolean {
    return (this.#paused ?? this.holdUntil) > LONG_AGO;
  }

  /**
   * Asks the guards about a message.
   *
   * @param passedFor of one that goes to many: the guards that have passed it for all; `null`: it goes to one
   */
  vet(now: number, passedFor: Set<Guard> | null = null): VettingOutcome {
    this.#since = now;
    this.#passedFor = passedFor;
    return this.#askFrom(this.#guards, 0, now);
  }

  /** Asks those guards about a ping or pong that ask for it. They cannot wait with one. */
  vetControl(now: number): VettingOutcome {
    this.#since = now;
    return this.#askFrom(this.#controlGuards, 0, now);
  }

  /** Goes on with the message that waits: its guard has an answer, or the time is over. */
  again(now: number): VettingOutcome {
    const waiting = this.#waiting;
    if (waiting === null) return "stop";
    this.#waiting = null;
    this.holdUntil = waiting.heldUntil;
    const { guard, denial, index, answered } = waiting;
    if (answered) return this.#askFrom(this.#guards, index, now);
    if (this.#host.decide(this.#direction, guard, "close", denial)) return "stop";
    return this.#askFrom(this.#guards, index + 1, now);
  }

  /** From now on holds nothing back for a guard's sake; what waits goes on waiting, since nobody has vetted it. */
  letGo(): void {
    this.#mayHold = false;
    if (this.#waiting === null) this.holdUntil = 0;
    else this.#waiting.heldUntil = 0;
  }

  /**
   * Holds for what is no guard's to wait for: there is no room to record more, or no time to inflate more. What guards hold stays held.
   *
   * @param wait is given what to call when it is over, never inside a call of the lane
   */
  pause(wait: (goOn: () => void) => void): void {
    if (!this.#mayHold) return;
    const heldUntil = Math.max(LONG_AGO, this.holdUntil);
    this.#paused = heldUntil;
    this.holdUntil = FOREVER;
    wait(() => {
      this.#paused = null;
      if (this.holdUntil !== FOREVER) return;
      this.holdUntil = heldUntil;
      this.#host.awoken();
    });
  }

  /** Holds what comes next until others have had their turn, where as much was inflated in this one as may be. */
  awaitTurn(turns: InflateTurns | null, now: number): void {
    if (turns?.over === true && now >= this.holdUntil) this.pause((goOn) => turns.wait(goOn));
  }

  /** Is done with the message, whatever was said of it. */
  finish(): void {
    this.replacement = null;
    this.#passedFor = null;
    if (this.#waiting === null) return;
    this.holdUntil = this.#waiting.heldUntil;
    this.#waiting = null;
  }

  #askFrom(guards: readonly LaneGuard[], first: number, now: number): VettingOutcome {
    for (let index = first; index < guards.length; index++) {
      // The index is one of the list.
      // eslint-disable-next-line typescript/no-non-null-assertion
      const { guard, connection } = guards[index]!;
      // What a guard made of it for this connection the others have not seen.
      const alike = this.replacement === null ? this.#passedFor : null;
      if (alike?.has(guard) === true) continue;
      const verdict = this.#ask(connection, now);
      if (verdict === passForAll) alike?.add(guard);
      if (verdict === null) return "stop";
      if (verdict === undefined || verdict.verdict === "pass") continue;
      if (verdict.verdict === "wait") {
        this.#wait(verdict, { index, guard });
        return "wait";
      }
      if (!this.#obey(guard, verdict)) return "stop";
    }
    return "pass";
  }

  /** A guard's verdict; `null` when it threw, which ends the connection. */
  #ask(connection: ConnectionGuard, now: number): MessageVerdict | undefined | null {
    try {
      return connection.message?.(this.#message, now);
    } catch (error) {
      this.#host.fail(error);
      return null;
    }
  }

  /** Does as a guard says. Returns whether the next one is asked. */
  #obey(guard: Guard, verdict: Exclude<MessageVerdict, Wait | { verdict: "pass" }>): boolean {
    const enforced = guard.mode === "enforce";
    if (verdict.verdict === "hold") {
      if (enforced && this.#mayHold) this.holdUntil = Math.max(this.holdUntil, verdict.untilMs);
      return true;
    }
    if (verdict.code === undefined) {
      if (enforced) this.#replace(verdict.payload);
      return true;
    }
    if (!this.#host.decide(this.#direction, guard, verdict.verdict, verdict)) return true;
    if (verdict.verdict === "report") return true;
    if (verdict.verdict !== "replace") return false;
    this.#replace(verdict.payload);
    return true;
  }

  #replace(payload: Uint8Array): void {
    this.replacement = payload;
    this.#message.replace(payload);
  }

  #wait({ until, untilMs, ...denial }: Wait, place: Pick<Waiting, "index" | "guard">): void {
    const latest = Math.max(LONG_AGO, Math.min(untilMs, this.#since + LONGEST_WAIT_MS));
    const waiting: Waiting = { ...place, denial, latest, answered: false, heldUntil: this.holdUntil };
    // It may be a part of what came, whose memory belongs to other messages by the time of the answer.
    if (this.replacement !== null) this.#replace(new Uint8Array(this.replacement));
    this.#waiting = waiting;
    this.holdUntil = latest;
    const wake = (): void => {
      if (this.#waiting !== waiting) return;
      waiting.answered = true;
      this.holdUntil = LONG_AGO;
      this.#host.awoken();
    };
    void until.then(wake, wake);
  }
}

/** Those that are meant, in a list without room to spare: each connection has several such lists, as long as it is open. */
function exactly(guards: readonly LaneGuard[], isMeant: (guard: LaneGuard) => boolean): readonly LaneGuard[] {
  if (!guards.some(isMeant)) return NONE;
  return guards.every(isMeant) ? guards : guards.filter(isMeant).slice();
}
