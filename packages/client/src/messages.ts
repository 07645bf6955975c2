import type { EndedEvent } from "./socket-events.ts";
import type { WhenFull } from "./socket-options.ts";

/** How {@link messages} reads. */
export interface MessagesOptions {
  /** How many messages may wait for whoever reads. Default: 1000. */
  readonly limit?: number;
  /** What becomes of one more. `reject`: the loop ends with a `QuotaExceededError`. Default: `reject`. */
  readonly whenFull?: WhenFull;
  /** Ends the loop with its reason, and leaves the socket alone. */
  readonly signal?: AbortSignal;
}

/** What {@link messages} throws where the socket ended, and neither by a normal close nor by its owner. */
export class SocketEndedError extends Error {
  override readonly name = "SocketEndedError" as const;
  readonly event: EndedEvent;

  constructor(event: EndedEvent) {
    super(`the socket ended: ${event.code}`);
    this.event = event;
  }
}

/** Whether a loop over messages ends without a word. */
function isExpected({ code, wasClean, detail }: EndedEvent): boolean {
  const cause = Object(detail).cause;
  return (wasClean && (code === 1000 || code === 1005)) || cause === "caller" || cause === "aborted";
}

/** What waits to be read, and whether more will come. */
class Backlog<Data> {
  readonly waiting: Data[] = [];
  readonly #life = new AbortController();
  #ended: { readonly error: unknown } | null = null;
  #wake = (): void => {};

  /** Ends with this, and everything that feeds it. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  push(data: Data): void {
    this.waiting.push(data);
    this.#wake();
  }

  /** No more comes; with an error, that is thrown once all was read. */
  end(error?: unknown): void {
    this.#ended ??= { error };
    this.#life.abort();
    this.#wake();
  }

  async *read(): AsyncGenerator<Data, void> {
    try {
      while (true) {
        for (const data of this.#next()) yield data;
        if (this.#ended?.error !== undefined) throw this.#ended.error;
        if (this.#ended !== null) return;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#life.abort();
    }
  }

  *#next(): Generator<Data> {
    while (this.waiting.length > 0) yield* this.waiting.splice(0, 1);
  }
}

/**
 * The messages of a socket, for `for await`. They are kept from this call on, in a buffer with a bound, until they are read. The
 * loop ends when the socket is closed normally or by its owner; it throws a {@link SocketEndedError} where the socket ended
 * otherwise, after what had arrived was read. Leaving the loop closes nothing.
 */
export function messages<Data = unknown>(
  socket: EventTarget,
  { limit = 1000, whenFull = "reject", signal }: MessagesOptions = {},
): AsyncGenerator<Data, void> {
  const backlog = new Backlog<Data>();
  const listen = { signal: backlog.signal };
  const take = (event: Event): void => {
    if (backlog.waiting.length < limit) return backlog.push(Reflect.get(event, "data"));
    if (whenFull === "reject") return backlog.end(new DOMException("nobody reads", "QuotaExceededError"));
    if (whenFull === "drop-newest" || limit === 0) return;
    backlog.waiting.shift();
    backlog.push(Reflect.get(event, "data"));
  };
  socket.addEventListener("message", take, listen);
  socket.addEventListener(
    "close",
    (event) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a `close` of a WebSocket has what is looked at
      const ended = event as EndedEvent;
      backlog.end(isExpected(ended) ? undefined : new SocketEndedError(ended));
    },
    listen,
  );
  const abort = (): void => backlog.end(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, listen);
  return backlog.read();
}
