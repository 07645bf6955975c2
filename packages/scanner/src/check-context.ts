import { type Attempt, describeAttempt, isOfProxy } from "./attempt.ts";
import type { Connector, Place } from "./connector.ts";
import { type Control, sayMessages } from "./control.ts";
import { NotTestedError } from "./not-tested.ts";
import type { DraftRequest, HandshakeChange, RawRequest } from "./probe/handshake.ts";
import type { Probe } from "./probe/probe.ts";
import type { ScanSettings } from "./scan-settings.ts";
import type { Target } from "./target.ts";

/** Memory that the checks of one scan share: what was found, and in whose context. */
export type SharedFindings = Map<string, { readonly value: Promise<unknown>; readonly by: CheckContext }>;

/** What a context is made of. */
export interface ContextParts {
  readonly connector: Connector;
  readonly control: Control;
  readonly shared: SharedFindings;
}

/**
 * What a check may do. Everything is paced, bounded and written down; what cannot be done throws `NotTestedError`, so that a check only has
 * to say what it makes of the answers. Every connection is ended when the check is.
 */
export class CheckContext {
  readonly control: Control;
  readonly #connector: Connector;
  readonly #shared: SharedFindings;
  readonly #probes: Probe[] = [];
  readonly #lenders = new Set<CheckContext>();

  constructor({ connector, control, shared }: ContextParts) {
    this.control = control;
    this.#connector = connector;
    this.#shared = shared;
  }

  get target(): Target {
    return this.#connector.target;
  }

  get settings(): ScanSettings {
    return this.#connector.settings;
  }

  /** How long no answer counts as none: at least the user's, more for a target that is far away. */
  get patienceMs(): number {
    return this.#connector.patienceMs;
  }

  /** What is left of the scan's time. */
  get leftMs(): number {
    return this.#connector.leftMs;
  }

  /** How long a handshake is waited for. */
  get answerMs(): number {
    return this.#connector.answerMs;
  }

  /** Makes the control's handshake with a change. 101, a refusal and silence are all answers. */
  async open(change: HandshakeChange = {}, place: Place = {}): Promise<Attempt> {
    return this.#keepAttempt(await this.#connector.open(change, place));
  }

  /** A connection like the control's, on which nothing was said yet. */
  async accepted(change: HandshakeChange = {}): Promise<Probe> {
    const attempt = await this.open(change);
    if (attempt.kind !== "accepted")
      throw new NotTestedError(`the handshake of the control was ${describeAttempt(attempt)} this time`);
    return attempt.probe;
  }

  /** A connection like the control's, on which the user's messages were said and the answers to them came. */
  async ready(change: HandshakeChange = {}): Promise<Probe> {
    const probe = await this.accepted(change);
    await sayMessages(probe, this.settings.messages);
    if (probe.isClosed) throw new NotTestedError("the connection was closed after the messages of --message");
    return probe;
  }

  /** The request that `open` would send, to be changed further. */
  handshake(change: HandshakeChange = {}): DraftRequest {
    return this.#connector.handshake(change);
  }

  /** The same as it is sent: with a ticket that nobody used, where there are tickets. */
  prepare(request: DraftRequest): Promise<RawRequest> {
    return this.#connector.prepare(request);
  }

  /** A ticket that nobody used. Throws `NotTestedError` where there are none. */
  ticket(): Promise<string> {
    return this.#connector.ticket();
  }

  /** Sends any request, exactly as it is, and waits for the answer; again where the target says that it is busy. */
  async request(request: DraftRequest, place: Place = {}): Promise<Attempt> {
    return this.#keepAttempt(await this.#connector.ask(() => request, place));
  }

  /** A connection on which nothing was sent: for what is sent byte by byte. */
  async dial(place: Place = {}): Promise<Probe> {
    const probe = await this.#connector.dial(place);
    this.#probes.push(probe);
    return probe;
  }

  /** Waits for the answer to a request that was sent on a connection of `dial`. */
  answered(probe: Probe): Promise<Attempt> {
    return this.#connector.answered(probe);
  }

  /**
   * Resolves when the target has answered on another connection: it had its turn since, so that what it has not done by now it does not do,
   * however slow the machine is. Throws `NotTestedError` where it does not answer there either: then its silence says nothing.
   */
  async hadItsTurn(): Promise<void> {
    const other = await this.accepted();
    const isAnswered = !this.control.answersPings || (await other.ping(Math.max(this.patienceMs, 5000)));
    if (!isAnswered) throw new NotTestedError("the target stopped answering, also on another connection");
  }

  /** What checks of this scan need more than once is made once. */
  remember<T>(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#shared.get(key) ?? { value: make(), by: this };
    this.#shared.set(key, known);
    this.#lenders.add(known.by);
    // The key belongs to one kind of value: whoever remembers it made it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return known.value as Promise<T>;
  }

  /** Something was said on the check's connections, or on those of which it was told, and on none came HTTP, but of a proxy that got no answer. */
  get isUnanswered(): boolean {
    const spoken = this.#spoken();
    return spoken.length > 0 && spoken.every(({ head }) => head === null || isOfProxy(head.status));
  }

  /** Something was said on such connections that were accepted, and neither a frame nor an end came back on any. */
  get isMetWithSilence(): boolean {
    const spoken = this.#spoken().filter(({ head }) => head?.status === 101);
    return spoken.length > 0 && spoken.every(({ frameCount, ended }) => frameCount === 0 && ended === null);
  }

  /** On such a connection so much came that this side ended it. */
  get isFlooded(): boolean {
    return this.#spoken().some(({ ended }) => ended === "flooded");
  }

  /** Ends every connection of the check. The scan calls it. */
  end(): void {
    for (const probe of this.#probes) probe.destroy();
  }

  #spoken(): readonly Probe[] {
    const contexts = new Set<CheckContext>([this]);
    // What is added on the way is looked at, too.
    for (const context of contexts) for (const lender of context.#lenders) contexts.add(lender);
    return [...contexts].flatMap((context) => context.#probes.filter(({ isSpokenOn }) => isSpokenOn));
  }

  #keepAttempt(attempt: Attempt): Attempt {
    this.#probes.push(attempt.probe);
    return attempt;
  }
}
