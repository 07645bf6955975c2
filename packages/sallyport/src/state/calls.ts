import { problemOf } from "../problem-of.ts";
/** Two ends of a pipe between processes: what one sends the other receives, in order. */
export interface Channel {
  /** Sends plain data. Must not throw. */
  send(message: unknown): void;
  /** Has `listener` called with everything that the other end sends. */
  receive(listener: (message: unknown) => void): void;
}

type Asked<Call> = Call extends (...parameters: infer Parameters) => unknown ? Parameters : never;
type Result<Call> = Call extends (...parameters: never[]) => infer Value ? Awaited<Value> : never;

/** Tells the other end something, and wants no answer. */
export type Tell<Theirs extends object> = <Name extends keyof Theirs & string>(
  name: Name,
  ...parameters: Asked<Theirs[Name]>
) => void;

/** Asks the other end, which answers by `Theirs`. Rejects when it fails there, or when the channel has ended. */
export type Ask<Theirs extends object> = <Name extends keyof Theirs & string>(
  name: Name,
  ...parameters: Asked<Theirs[Name]>
) => Promise<Result<Theirs[Name]>>;

/** One end of a channel, asking and answering. */
export interface Calls<Theirs extends object> {
  readonly ask: Ask<Theirs>;
  readonly tell: Tell<Theirs>;
  /** The channel has ended: what was asked rejects, and so does what is asked from now on. */
  end(): void;
}

interface Question {
  readonly kind: "ask";
  /** `null`: no answer is wanted. */
  readonly id: number | null;
  readonly name: string;
  readonly parameters: readonly unknown[];
}

interface Answer {
  readonly kind: "answer";
  readonly id: number;
  readonly result?: unknown;
  /** Why there is no result. */
  readonly error?: string;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Asks and answers over a channel between two processes of the same version. Parameters and results are plain data; answers come
 * in any order.
 *
 * @param ours what is answered here: functions by name
 */
export function connectCalls<Theirs extends object>(channel: Channel, ours: object): Calls<Theirs> {
  const answers = new Map<string, unknown>(Object.entries(ours));
  const waiting = new Map<number, Waiting>();
  let [lastId, ended] = [0, false];

  const answer = async ({ id, name, parameters }: Question): Promise<void> => {
    try {
      const result = await call(name, answers.get(name), parameters);
      if (id !== null) channel.send({ kind: "answer", id, result } satisfies Answer);
    } catch (cause) {
      const error = problemOf(cause);
      if (id !== null) channel.send({ kind: "answer", id, error } satisfies Answer);
    }
  };
  const settle = ({ id, result, error }: Answer): void => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asked?.resolve(result);
    else asked?.reject(new Error(error));
  };
  channel.receive((message) => {
    if (isOfKind<Question>(message, "ask")) void answer(message);
    else if (isOfKind<Answer>(message, "answer")) settle(message);
  });

  const ask = (name: string, ...parameters: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(new Error(CHANNEL_ENDED));
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      channel.send({ kind: "ask", id, name, parameters } satisfies Question);
    });
  return {
    // The other end answers by `Theirs`: it is of the same version.
    // eslint-disable-next-line typescript/no-unsafe-type-assertion
    ask: ask as Ask<Theirs>,
    tell: (name, ...parameters) =>
      channel.send({ kind: "ask", id: null, name, parameters } satisfies Question),
    end() {
      ended = true;
      for (const { reject } of waiting.values()) reject(new Error(CHANNEL_ENDED));
      waiting.clear();
    },
  };
}

/** Whether a message is ours, and of this kind; a channel may carry others' messages as well. */
function isOfKind<Message extends { readonly kind: string }>(
  message: unknown,
  kind: Message["kind"],
): message is Message {
  return typeof message === "object" && message !== null && "kind" in message && message.kind === kind;
}

function call(name: string, answer: unknown, parameters: readonly unknown[]): unknown {
  if (typeof answer !== "function") throw new Error(`${name} is nothing that is answered here`);
  return Reflect.apply(answer, null, parameters) as unknown;
}

const CHANNEL_ENDED = "the other process has gone";
