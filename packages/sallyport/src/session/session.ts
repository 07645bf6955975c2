import type { ErrorCode } from "../errors.ts";
import type { Direction, LaneCounts } from "../events.ts";
import type {
  ConnectionFacts,
  ConnectionHandle,
  ConnectionView,
  Denial,
  Guard,
  Refresh,
  TimerVerdict,
} from "../guards/guard.ts";
import { serializeFrame } from "../protocol/frame-serializer.ts";
import { opcode as opcodes } from "../protocol/opcode.ts";
import { CloseHandshake, type ToldEnd } from "./close-handshake.ts";
import { Binding } from "./binding.ts";
import { Ending } from "./ending.ts";
import { PendingRebinding, type Rebinding } from "./rebinding.ts";
import type { DecidedVerdict, LaneHost, PeerClose } from "./lane-host.ts";
import type { SentMessage } from "./outgoing-message.ts";
import { Outlets } from "./outlets.ts";
import { recordsOf } from "./message-record.ts";
import { guardFailure, SessionEvents } from "./session-events.ts";
import { CLOSE_WITHIN_MS, type SessionOptions } from "./session-options.ts";
import { otherSide, senderOf, sides, type SessionPort, type Side } from "./session-port.ts";
import { SignsOfLife } from "./signs-of-life.ts";

/**
 * One guarded connection, sans-I/O: bytes and times come in by calls, writes go out through the port, decisions through
 * `emit`. Two lanes carry the messages; this is their life: who is told what when it ends, pings, timers, back-pressure.
 */
export class Session implements LaneHost, ConnectionHandle {
  /** When `tick` wants to be called, in monotonic milliseconds; `Infinity` for never. */
  deadline: number = Number.POSITIVE_INFINITY;
  /** Both sockets are gone and everything was told. */
  over = false;
  /** The time of the call that is under way. */
  now: number;
  readonly bound: Binding;
  readonly outlets: Outlets;

  readonly #random: SessionOptions["random"];
  readonly #closeWithinMs: number;
  readonly #port: SessionPort;
  readonly #next = new PendingRebinding();
  /** As they are now: a refresh brings another identity. */
  #facts: ConnectionFacts;
  #begun = false;
  /** A guard has news, and was not asked since. */
  #woken = false;
  readonly #close: CloseHandshake;
  readonly #ending: Ending;
  readonly #events: SessionEvents;
  /** Sides that were read, without any deadline of their own, when they were last settled. */
  readonly #calm: Record<Side, boolean> = { client: false, application: false };
  readonly #signs: SignsOfLife;

  constructor(options: SessionOptions) {
    const { facts, guards, messages = null, inflaters, names } = options;
    this.#random = options.random;
    this.#closeWithinMs = options.closeWithinMs ?? CLOSE_WITHIN_MS;
    this.#facts = facts;
    this.#port = options.port;
    const records = messages === null ? null : recordsOf(messages);
    this.#events = new SessionEvents(options, records);
    this.now = facts.now;
    this.#signs = new SignsOfLife(facts.now);
    this.#close = new CloseHandshake(options.port, this);
    const parts = { port: options.port, close: this.#close, events: this.#events, session: this };
    this.outlets = new Outlets(parts);
    this.#ending = new Ending(parts);
    const { delivers = false } = options;
    const { now } = facts;
    this.bound = new Binding({ guards, facts, host: this, now, inflaters, records, names, delivers });
    this.#begun = true;
    this.#schedule();
  }

  /** A peer sent bytes. They may be overwritten once the call is over. */
  receive(side: Side, chunk: Uint8Array, now: number): void {
    this.now = now;
    if (side === "client") this.#signs.lastInboundAt = now;
    if (!this.#calm[side]) {
      this.#settleNext();
      this.bound.intake.receive(side, now);
    }
    const lane = this.bound.lanes[side];
    try {
      lane.receive(chunk, now);
    } catch (error) {
      this.fail(error);
    }
    // The common case: nothing waits, nothing is held, nothing is half done, and it was so before.
    if (this.#calm[side] && lane.calm && this.outlets.waitingSince[otherSide(side)] === null) return;
    this.#settle(side);
  }

  /** A peer ended its half of the socket. */
  ended(side: Side, now: number): void {
    this.now = now;
    if (!this.#close.received(side)) {
      this.#close.receive(side);
      this.bound.lanes[side].stop(false);
      if (this.#close.begun) this.#ending.answer(otherSide(side));
      else this.#ending.lose(side);
    }
    this.#close.advance();
  }

  /** A peer's socket is gone, with an error or after its end. */
  gone(side: Side, now: number): void {
    if (!this.#close.lose(side)) return;
    this.ended(side, now);
    if (this.#close.over) this.#conclude();
  }

  /** What waited for a peer was taken by the network. */
  drained(side: Side, now: number): void {
    this.now = now;
    this.outlets.drained(side);
    this.#settle(otherSide(side));
  }

  /** An application in this process sends a message. It leaves at `flush`. */
  send(message: SentMessage, now: number): void {
    const lane = this.bound.outgoing;
    if (lane === null) return;
    this.now = now;
    if (!this.#calm.application) this.#settleNext();
    // As `#guarded` does, without a function for each message.
    try {
      lane.send(message, now);
    } catch (error) {
      this.fail(error);
    }
    if (!this.#calm.application || !lane.calm) this.#settle("application");
  }

  /** Writes what an application in this process has sent, as one. */
  flush(now: number): void {
    this.now = now;
    this.bound.outgoing?.flush();
    if (this.outlets.waitingSince.client !== null) this.#settle("application");
  }

  /** An application in this process ends it, behind all that it sent. @param code `null`: a Close without a body */
  shut(code: number | null, reason: string, now: number): void {
    this.now = now;
    this.bound.outgoing?.close(code, reason, now);
    this.#settle("application");
  }

  /** Whether a Close is on its way. */
  get ending(): boolean {
    return this.#close.begun;
  }

  /** How it ends or ended, as the application is told it; `null`: no Close is on its way. */
  get end(): ToldEnd | null {
    return this.#close.told;
  }

  /** The gate ends it: the client gets the row's code, the application 1001. A drain lets go what guards hold back first. */
  close(code: ErrorCode, detail: string, now: number): void {
    this.now = now;
    if (code === "session.draining")
      for (const side of sides) this.#guarded(() => this.bound.lanes[side].letGo(now));
    if (!this.#close.begun) this.#ending.announce(null, { code, detail });
  }

  /** Has every timer guard asked soon: something outside has changed. May be called at any time. */
  wake(): void {
    if (this.over || !this.#begun) return;
    this.#woken = true;
    this.#askSoon();
  }

  /** Puts a new proof of the same user in force. */
  refresh(refresh: Refresh): void {
    this.#guarded(() => {
      for (const { connection } of this.bound.guards) connection.refreshed?.(refresh);
    });
    this.#facts = { ...this.#facts, identity: refresh.identity };
    if (!this.over) this.#askSoon();
  }

  /**
   * Puts the guards of another policy in force, as soon as something happens or `rebindNow` is called, and both lanes are between
   * two messages: the next one is already judged by the new guards, and the port is told. A peer that is never there within half a minute is closed
   * (1012), so that nobody keeps an old policy by never finishing; time in which nothing is read for want of room to record it does not count.
   */
  prepare(rebinding: Rebinding, now: number): void {
    this.now = now;
    if (this.#close.begun) return;
    this.#next.put(rebinding, now);
    for (const side of sides) this.#calm[side] = false;
    this.#schedule();
    this.#port.reschedule();
  }

  /** Waits with what was prepared for the end of a message, and for nothing else. */
  rebindNow(now: number): void {
    this.now = now;
    this.#settleNext();
    this.#port.reschedule();
  }

  /** Holds the client to this rate, messages a second; `null`: to its own again. Whether a guard does so. */
  slow(perSecond: number | null, now: number): boolean {
    return this.bound.slow(perSecond, now);
  }

  /** What both lanes have carried so far. */
  counts(): Readonly<Record<Direction, LaneCounts>> {
    return this.bound.counts();
  }

  /** Time has come: see `deadline`. */
  tick(now: number): void {
    this.now = now;
    if (this.over) return;
    for (const side of sides) this.#resume(side);
    if (!this.#close.begun) this.#guarded(() => this.#tickOpen(now));
    this.#woken = false;
    this.#settleNext();
    if (this.#close.deadline !== null && now >= this.#close.deadline) {
      for (const side of sides) this.#ending.answer(side);
      this.#close.expire();
    }
    this.#schedule();
  }

  forward(direction: Direction, pieces: readonly Uint8Array[]): void {
    const side = direction === "inbound" ? "application" : "client";
    if (this.#close.mayWrite(side)) this.outlets.write(side, pieces);
  }

  hasRoom(direction: Direction): boolean {
    const guard = direction === "inbound" ? undefined : this.bound.waitingGuard;
    const full = this.outlets.fullness(guard);
    return guard === undefined || full === null || !this.decide(null, guard, full.verdict, full.denial);
  }

  decide(direction: Direction | null, guard: Guard, verdict: DecidedVerdict, denial: Denial): boolean {
    const enforced = guard.mode === "enforce";
    if (verdict === "close" && enforced) this.#ending.announce(direction, denial);
    else this.#events.decision(enforced ? verdict : "observe", direction, denial);
    return enforced;
  }

  violate(direction: Direction | null, code: ErrorCode, detail: string): void {
    this.#ending.violate(direction, code, detail);
  }

  fail(error: unknown): void {
    this.#ending.announce(null, guardFailure(error));
  }

  answered(direction: Direction): void {
    this.#close.receive(senderOf(direction));
    this.#close.advance();
  }

  closed(direction: Direction, close: PeerClose): void {
    this.#ending.relay(direction, close);
  }

  deliver(opcode: number, payload: Uint8Array): void {
    this.outlets.deliver(opcode, payload);
  }

  isOwnPong(payload: Uint8Array): boolean {
    return this.#signs.pings.answeredBy(payload);
  }

  relayed(direction: Direction, opcode: number): void {
    this.#signs.relayed(direction, opcode);
  }

  awoken(): void {
    this.#port.due();
  }

  maskKey(): Uint8Array {
    return this.#random(4);
  }

  #tickOpen(now: number): void {
    for (const side of sides) this.#checkHalfFrame(side);
    if (this.#close.begun) return;
    const isLate = now >= this.#next.until && !this.bound.calm;
    if (isLate && this.bound.paused) this.#next.postpone(now);
    else if (isLate)
      return this.#ending.announce(null, {
        code: "session.policy-changed",
        detail: "a message was never finished",
      });
    this.bound.timers.run(
      now,
      () => this.#view(),
      (guard, verdict) => this.#obey(guard, verdict),
    );
  }

  #resume(side: Side): void {
    const lane = this.bound.lanes[side];
    if (lane.holdUntil > this.now) return;
    this.bound.intake.resume(side, this.now);
    this.#guarded(() => lane.resume(this.now));
    this.#settle(side);
  }

  #checkHalfFrame(side: Side): void {
    const detail = this.#close.begun ? null : this.bound.intake.overdue(side, this.now);
    if (detail === null) return;
    const direction = side === "client" ? "inbound" : "outbound";
    const guard = this.bound.limitGuard;
    const denial: Denial = { code: "messageSize.halfFrame", detail };
    if (guard === undefined) this.#ending.announce(direction, denial);
    else this.decide(direction, guard, "close", denial);
  }

  #obey(guard: Guard, verdict: TimerVerdict): boolean {
    if (verdict.verdict === "close") this.decide(null, guard, "close", verdict);
    if (verdict.verdict === "ping" && guard.mode === "enforce") this.#ping();
    return !this.#close.begun;
  }

  #ping(): void {
    if (this.bound.lanes.application.farMidFrame) return;
    const payload = this.#signs.pings.next(this.#random);
    this.outlets.write("client", [serializeFrame({ opcode: opcodes.ping, payload, maskKey: null })]);
    this.#settle("application");
  }

  #view(): ConnectionView {
    return this.#signs.view(this.bound.lanes, this.outlets.view());
  }

  beginClosing(): void {
    this.#close.begin(this.now, this.#closeWithinMs);
    this.#close.advance();
    for (const side of sides) this.#settle(side);
  }

  #conclude(): void {
    if (this.over) return;
    this.over = true;
    this.deadline = Number.POSITIVE_INFINITY;
    this.#events.end(this.bound.guards);
    this.#next.take();
    const durationMs = this.now - this.#signs.openedAt;
    this.#events.closed(this.#close.by, this.#close.code, { durationMs, ...this.counts() });
  }

  /** Runs guards. One that throws closes this connection and no other (fail closed). */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.fail(error);
    }
  }

  #askSoon(): void {
    this.bound.timers.wake(this.now);
    this.#schedule();
    this.#port.reschedule();
  }

  /** Changes the guards, where others wait, nothing is half done, and those of before have said what they have news of. */
  #tryRebind(): void {
    if (!this.#next.waits || this.#woken || this.#close.begun || !this.bound.calm) return;
    const next = this.#next.take();
    if (next === null) return;
    const facts = this.#facts;
    this.#guarded(() => {
      this.bound.change({ guards: next.guards, facts, now: this.now }, (parts) => this.#events.end(parts));
      this.#events.follow(facts, next.id);
    });
    this.#port.rebound();
  }

  #settleNext(): void {
    for (const side of this.#next.waits ? sides : []) this.#settle(side);
  }

  /** Reads from a side exactly while its far side takes bytes and no guard holds it; freely once nothing goes on. */
  #settle(side: Side): void {
    this.#tryRebind();
    const lane = this.bound.lanes[side];
    const drops = side === "application" && this.bound.waitingGuard?.waiting?.policy === "drop";
    const full = this.outlets.waitingSince[otherSide(side)] !== null && !drops;
    const reads = !lane.open || (!full && lane.holdUntil === 0);
    this.bound.intake.settle(side, reads, this.now);
    this.#port.setReading(side, reads);
    this.#calm[side] = lane.calm && reads && !this.#next.waits && !this.bound.intake.listens;
    this.#schedule();
  }

  #schedule(): void {
    if (this.over) return;
    const { timers, intake } = this.bound;
    const whileOpen = Math.min(timers.due, intake.overdueAt(), this.#next.until);
    this.deadline = Math.min(intake.resumeAt(this.now), this.#close.deadline ?? whileOpen);
  }
}
