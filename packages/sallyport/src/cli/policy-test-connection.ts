import { Buffer } from "node:buffer";
import type { DecisionEvent, SallyportEvent } from "../events.ts";
import type { ConnectionFacts, Identity } from "../guards/guard.ts";
import { readmit } from "../hosts/reevaluate.ts";
import type { Route } from "../policy/policy.ts";
import { FrameParser } from "../protocol/frame-parser.ts";
import { serializeFrame } from "../protocol/frame-serializer.ts";
import { opcode as opcodes } from "../protocol/opcode.ts";
import type { AdmissionServices } from "../session/admission.ts";
import { Session } from "../session/session.ts";
import { sides, type SessionPort, type Side } from "../session/session-port.ts";
import type { TestClock } from "./policy-test-clock.ts";
import { foundDenied, foundWell, type Found } from "./policy-test-verdict.ts";

/** What a connection in a test is made of. */
export interface TestConnectionOptions {
  readonly facts: ConnectionFacts;
  readonly route: Route;
  readonly clock: TestClock;
  readonly random: AdmissionServices["random"];
  /** The client answers no pings. */
  readonly silent: boolean;
}

/** A message that one side sends. */
export interface TestMessage {
  readonly side: Side;
  readonly payload: Uint8Array;
  readonly binary: boolean;
  readonly repeat: number;
}

/** Whether what was decided only told of something. */
function isPassed({ verdict }: DecisionEvent): boolean {
  return verdict === "observe" || verdict === "report";
}

/** Longer than any guard holds a message back that it lets pass in the end. */
const LONGEST_HOLD_MS = 3_600_000;
/** Real milliseconds: a signature takes less than one. */
const LONGEST_WORK_MS = 5000;
/** Any key will do: there is no proxy to confuse (RFC 6455 10.3). */
const MASK_KEY = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

/**
 * A session between two peers that are not there, on a clock that stands still between two steps. Its client answers pings,
 * its application takes what comes, and both send what the case says, as frames.
 */
export class TestConnection implements SessionPort {
  readonly #options: TestConnectionOptions;
  readonly #clock: TestClock;
  readonly #session: Session;
  /** Those of the step that is under way. */
  readonly #decisions: DecisionEvent[] = [];
  readonly #reading: Record<Side, boolean> = { client: true, application: true };
  readonly #toClient = new FrameParser(false);
  readonly #pings: Uint8Array[] = [];
  #facts: ConnectionFacts;
  /** The code of the Close that the client was sent; `null`: none was. */
  #closeCode: number | null = null;
  /** The decision that ended it; `null`: it is open. */
  #closing: DecisionEvent | null = null;
  /** Called when something came that a guard waited for. */
  #came: (() => void) | null = null;

  constructor(options: TestConnectionOptions) {
    const { facts, route, clock, random } = options;
    this.#options = options;
    this.#clock = clock;
    this.#facts = facts;
    const emit = (event: SallyportEvent): void => {
      if (event.type !== "decision") return;
      this.#decisions.push(event);
      if (event.verdict === "close") this.#closing ??= event;
    };
    this.#session = new Session({ facts, route: route.id, guards: route.guards, port: this, emit, random });
    this.#runTo(clock.now);
  }

  /** Sends a message, as often as it says; answers what became of the first that did not pass, or of the last. */
  async send({ side, payload, binary, repeat }: TestMessage): Promise<Found> {
    const opcode = binary ? opcodes.binary : opcodes.text;
    const bytes = serializeFrame({ opcode, payload, maskKey: side === "client" ? MASK_KEY : null });
    const from = this.#clock.now;
    this.#decisions.length = 0;
    for (let nth = 1; ; nth++) {
      const found = await this.#deliver(side, bytes, from);
      const last = nth === repeat || (found.verdict !== "pass" && found.verdict !== "held");
      if (last) return { ...found, nth: repeat === 1 ? null : nth };
    }
  }

  /** Lets time go by; answers whether the connection is still open then. */
  wait(ms: number): Found {
    const from = this.#clock.now;
    this.#decisions.length = 0;
    this.#runTo(from + ms);
    return this.#state(from, 0);
  }

  /** Puts a new proof of the same user in force, as a refresh does: what the route no longer admits is closed. */
  refresh(identity: Identity): Found {
    const { now, wallNow } = this.#clock;
    this.#decisions.length = 0;
    const facts = { ...this.#facts, identity };
    const refused = readmit(this.#options.route.guards, facts);
    if (refused !== null) {
      this.#session.close(refused.code, refused.detail, now);
    } else {
      this.#facts = facts;
      this.#session.refresh({ identity, now, wallNow });
      this.#runTo(now);
    }
    return this.#state(now, 0);
  }

  /** Who the caller is by now. */
  get identity(): Identity {
    return this.#facts.identity;
  }

  /** Whether its proof can be renewed in place. */
  get refreshable(): boolean {
    return this.#facts.refreshable;
  }

  /** Both peers go, so that guards give back what they hold. */
  finish(): void {
    for (const side of sides) this.#session.gone(side, this.#clock.now);
  }

  write(side: Side, pieces: readonly Uint8Array[]): boolean {
    if (side === "client") this.#read(Buffer.concat(pieces));
    return true;
  }

  end(): void {}

  destroy(): void {}

  setReading(side: Side, reading: boolean): void {
    this.#reading[side] = reading;
  }

  reschedule(): void {}

  rebound(): void {}

  due(): void {
    this.#session.tick(this.#clock.now);
    this.#came?.();
  }

  waitingBytes(): number {
    return 0;
  }

  /** Has the session read one message, as soon as it reads from that side. */
  async #deliver(side: Side, bytes: Uint8Array, from: number): Promise<Found> {
    const before = this.#decisions.length;
    while (!this.#reading[side] && this.#closing === null) {
      const next = this.#session.deadline;
      if (next - from > LONGEST_HOLD_MS) return foundWell("undecided");
      this.#runTo(next);
    }
    if (this.#closing !== null) return this.#state(from, before);
    const direction = side === "client" ? "inbound" : "outbound";
    const passed = this.#session.counts()[direction].messages;
    const undecided = (): boolean =>
      this.#session.counts()[direction].messages === passed && this.#decisions.slice(before).every(isPassed);
    this.#session.receive(side, bytes, this.#clock.now);
    this.#runTo(this.#clock.now);
    if (undecided()) await this.#comesTrue(() => !undecided());
    return this.#fate(from, before, undecided());
  }

  /** What became of a message, after decisions that began with number `before`. */
  #fate(from: number, before: number, undecided: boolean): Found {
    if (this.#closing !== null) return this.#state(from, before);
    const made = this.#decisions.slice(before);
    const observed = made.filter(isPassed);
    const decided = made.find(({ verdict }) => verdict === "drop" || verdict === "replace");
    const afterMs = this.#clock.now - from;
    if (decided?.verdict === "drop" || decided?.verdict === "replace")
      return { ...foundDenied(decided.verdict, { denial: decided, observed }), afterMs };
    const verdict = undecided ? "undecided" : afterMs > 0 ? "held" : "pass";
    return { ...foundWell(verdict, observed), afterMs };
  }

  /** Waits, in real time, for a guard that works on a signature; the case's own clock stands still meanwhile. */
  async #comesTrue(condition: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, LONGEST_WORK_MS);
    this.#came = () => {
      this.#runTo(this.#clock.now);
      if (condition()) resolve();
    };
    await promise;
    clearTimeout(timer);
    this.#came = null;
  }

  /** Whether the connection is open, after decisions that began with number `before`. */
  #state(from: number, before: number): Found {
    const observed = this.#decisions.slice(before).filter(isPassed);
    const closing = this.#closing;
    const afterMs = this.#clock.now - from;
    if (closing === null) return foundWell("open", observed);
    const found = foundDenied("close", { denial: closing, number: this.#closeCode, observed });
    return { ...found, afterMs };
  }

  /** Lets time go by until a moment, with everything that the session has to do by then; stops where the gate closes. */
  #runTo(until: number): void {
    this.#answerPings();
    while (this.#closing === null && this.#session.deadline <= until) {
      this.#clock.advanceTo(this.#session.deadline);
      this.#session.tick(this.#clock.now);
      this.#answerPings();
    }
    if (this.#closing === null) this.#clock.advanceTo(until);
  }

  /** Reads what the client is sent, as far as it does something about it: pings, and the code of a Close. */
  #read(bytes: Buffer): void {
    const parser = this.#toClient;
    parser.feed(bytes);
    for (let token = parser.next(); token === "header" || token === "payload"; token = parser.next()) {
      if (token === "header") continue;
      const payload = bytes.subarray(parser.payloadStart, parser.payloadEnd);
      if (parser.opcode === opcodes.ping && !this.#options.silent) this.#pings.push(Buffer.from(payload));
      if (parser.opcode === opcodes.close && payload.length > 1) this.#closeCode = payload.readUInt16BE(0);
    }
  }

  #answerPings(): void {
    for (const payload of this.#pings.splice(0)) {
      const pong = serializeFrame({ opcode: opcodes.pong, payload, maskKey: MASK_KEY });
      this.#session.receive("client", pong, this.#clock.now);
    }
  }
}
