import type { EndedEvent } from "./socket-events.ts";
import type { SocketData } from "./socket-options.ts";
import { validateNow, type Issue, type StandardSchema } from "./standard-schema.ts";

export type { Issue, StandardSchema, Validation } from "./standard-schema.ts";

/** What a {@link TypedSocket} needs of a socket: a `SallyportSocket` has it, and a `WebSocket`. */
export interface UntypedSocket extends EventTarget {
  send(data: SocketData): number | void;
}

/** Which messages a {@link TypedSocket} knows. */
export interface TypedSocketOptions<Received, Sent, Encoded = unknown> {
  /** What the peer may send. */
  readonly incoming: StandardSchema<unknown, Received>;
  /** What may be sent to it; what the validator answers is sent. */
  readonly outgoing: StandardSchema<Sent, Encoded>;
  /** Default: `JSON.parse` of a text; anything else is invalid. */
  readonly decode?: (data: unknown) => unknown;
  /** Default: `JSON.stringify`. */
  readonly encode?: (message: Encoded) => SocketData;
}

/** What `invalid` tells of a message that was not let through. */
export interface Invalid {
  /** What the validator said; empty where the message could not be decoded. */
  readonly issues: readonly Issue[];
  /** What was thrown, where something was. */
  readonly error: unknown;
}

/** What `send` throws for a message that its own schema does not allow: nothing was sent. */
export class InvalidMessageError extends TypeError {
  override readonly name = "InvalidMessageError" as const;
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(`not a message of this protocol: ${issues[0]?.message ?? "no reason given"}`);
    this.issues = issues;
  }
}

/** The events of a {@link TypedSocket}. */
export interface TypedEvents<Received> {
  message: MessageEvent & { readonly data: Received };
  invalid: CustomEvent<Invalid>;
  close: EndedEvent;
}

/** An `EventTarget` whose types know them. */
interface TypedTarget<Received> extends EventTarget {
  addEventListener<Type extends keyof TypedEvents<Received>>(
    type: Type,
    listener: (event: TypedEvents<Received>[Type]) => unknown,
    options?: Parameters<EventTarget["addEventListener"]>[2],
  ): void;
  addEventListener(...listener: Parameters<EventTarget["addEventListener"]>): void;
}

const TypedTarget: new <Received>() => TypedTarget<Received> = EventTarget;

function parseText(data: unknown): unknown {
  if (typeof data !== "string") throw new TypeError("not a text");
  return JSON.parse(data);
}

/**
 * The typed end of a socket. Its `message` events have messages that a validator let through, and nothing else reaches the
 * page: what it refuses is told by `invalid`, and dropped. What is sent is validated before.
 */
export class TypedSocket<Received, Sent, Encoded = unknown> extends TypedTarget<Received> {
  /** What it reads from and sends over: its other events and `close` are there. */
  readonly socket: UntypedSocket;
  readonly #options: TypedSocketOptions<Received, Sent, Encoded>;

  constructor(socket: UntypedSocket, options: TypedSocketOptions<Received, Sent, Encoded>) {
    super();
    this.socket = socket;
    this.#options = options;
    socket.addEventListener("message", (event) => this.#receive(Reflect.get(event, "data")));
    socket.addEventListener("close", (event) => {
      const [code, reason, wasClean, detail] = ["code", "reason", "wasClean", "detail"].map((name): unknown =>
        Reflect.get(event, name),
      );
      this.dispatchEvent(Object.assign(new Event("close"), { code, reason, wasClean, detail }));
    });
  }

  /**
   * Validates, encodes and sends; answers what the socket's own `send` does.
   *
   * @throws {InvalidMessageError} for what the schema does not allow
   */
  send(message: Sent): number | void {
    const { outgoing, encode = JSON.stringify } = this.#options;
    const result = validateNow(outgoing, message);
    if (result.issues !== undefined) throw new InvalidMessageError(result.issues);
    return this.socket.send(encode(result.value));
  }

  /** Never throws, whatever came. */
  #receive(data: unknown): void {
    const { incoming, decode = parseText } = this.#options;
    let detail: Invalid;
    try {
      const result = validateNow(incoming, decode(data));
      if (result.issues === undefined) {
        this.dispatchEvent(new MessageEvent("message", { data: result.value }));
        return;
      }
      detail = { issues: result.issues, error: null };
    } catch (error) {
      detail = { issues: [], error };
    }
    this.dispatchEvent(new CustomEvent("invalid", { detail }));
  }
}
