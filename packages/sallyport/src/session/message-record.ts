import type { DecisionVerdict, Direction } from "../events.ts";
import type { Side } from "./session-port.ts";
import type { LaneMessage } from "./lane-message.ts";

/** What was done with a message. */
export type RecordedVerdict = "pass" | Exclude<DecisionVerdict, "refuse">;

/** What is recorded of a message. Valid during the call only: the next message is told with the same object. */
export interface RecordedMessage {
  readonly direction: Direction;
  /** 1 text, 2 binary (RFC 6455 5.2). */
  readonly opcode: number;
  /** Payload bytes as it came, inflated; what was announced, where it was cut short. */
  readonly size: number;
  readonly verdict: RecordedVerdict;
  /** What its dialect calls it; of several things that it says, the first. */
  readonly name: string | null;
  /** Why it did not pass, or what was told of it. */
  readonly code: string | null;
  readonly incident: string | null;
  /** Its content as it came, unmasked and inflated; `null` where it is not kept. */
  readonly content: Uint8Array | null;
}

/** Where the messages of one connection are recorded. A host implements it. */
export interface MessageSink {
  /** Whether the content of the message that begins now is kept. */
  keepsNext(): boolean;
  /**
   * Takes a message, always. Where there is no room for more, returns what settles when there is: until then nothing more is to be
   * read from its sender.
   */
  take(message: RecordedMessage): Promise<void> | null;
}

/** What is recorded of the messages of each side. */
export function recordsOf(sink: MessageSink): Readonly<Record<Side, MessageRecord>> {
  return { client: new MessageRecord("inbound", sink), application: new MessageRecord("outbound", sink) };
}
type NamedMessage = Pick<LaneMessage, "nameAsCame">;

/** What is said of a message counts in this order, where guards say several things. */
const WEIGHTS: Readonly<Record<RecordedVerdict, number>> = {
  pass: 0,
  report: 1,
  observe: 2,
  replace: 3,
  drop: 4,
  close: 5,
};

/**
 * What is known for the record of the message in progress, one direction of a connection: when it begins, whether its content is
 * kept, what was decided about it. Each message is told once, when it goes on, or does not.
 */
export class MessageRecord implements RecordedMessage {
  readonly direction: Direction;
  opcode = 0;
  size = 0;
  verdict: RecordedVerdict = "pass";
  name: string | null = null;
  code: string | null = null;
  incident: string | null = null;
  content: Uint8Array | null = null;

  readonly #sink: MessageSink;
  #begun = false;
  /** All of it has come, and guards are asked about it. */
  #vetted = false;
  #keeps = false;

  constructor(direction: Direction, sink: MessageSink) {
    this.direction = direction;
    this.#sink = sink;
  }

  /** A message begins. @param mayKeep whether its content can be had @returns whether its content is kept */
  begin(opcode: number, mayKeep: boolean): boolean {
    this.#begun = true;
    this.#vetted = false;
    this.opcode = opcode;
    this.size = 0;
    this.verdict = "pass";
    this.#keeps = mayKeep && this.#sink.keepsNext();
    return this.#keeps;
  }

  /** All of it is here, and guards will be asked. @param content as it came; anything where it is not kept */
  came(content: Uint8Array, size: number): void {
    this.#vetted = true;
    this.size = size;
    this.verdict = "pass";
    this.content = this.#keeps ? content : null;
  }

  /** The same content stands elsewhere now. */
  move(content: Uint8Array): void {
    if (this.content !== null) this.content = content;
  }

  /** Something was decided; the direction is `null` where it is about the connection, or about what it has room for. */
  decided(
    verdict: RecordedVerdict,
    direction: Direction | null,
    { code, incident }: { readonly code: string; readonly incident: string },
  ): void {
    const isMeant = direction === null ? this.#vetted : direction === this.direction;
    if (!isMeant || WEIGHTS[verdict] <= WEIGHTS[this.verdict]) return;
    this.verdict = verdict;
    this.code = code;
    this.incident = incident;
  }

  /** The message goes on, or is dropped. What settles when more may be read; `null`: at once. */
  conclude(message: NamedMessage, goesOn: boolean): Promise<void> | null {
    if (!goesOn && WEIGHTS[this.verdict] < WEIGHTS.drop) this.#decide("drop");
    return this.#tell(message);
  }

  /**
   * Nothing goes on any more. A message is told of that was being judged, that ended it, or of which a part went on.
   *
   * @param announced its bytes so far
   * @param wentOn whether any of them did
   */
  stop(message: NamedMessage, announced: number, wentOn: boolean): void {
    if (!this.#vetted) {
      if (!this.#begun || (this.verdict !== "close" && !wentOn)) return this.#forget();
      this.size = announced;
      this.content = null;
    } else if (this.verdict !== "close") this.#decide("close");
    void this.#tell(message);
  }

  #decide(verdict: RecordedVerdict): void {
    this.verdict = verdict;
    this.code = null;
    this.incident = null;
  }

  #tell(message: NamedMessage): Promise<void> | null {
    try {
      this.name = this.#vetted ? message.nameAsCame : null;
      if (this.verdict === "pass") this.#decide("pass");
      return this.#sink.take(this);
    } finally {
      // What fails here ends the connection, and is not to fail again when that stops the lane.
      this.#forget();
    }
  }

  #forget(): void {
    this.#begun = false;
    this.#vetted = false;
    this.content = null;
  }
}
