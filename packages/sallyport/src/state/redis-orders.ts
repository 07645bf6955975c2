import { randomUUID } from "node:crypto";
import { z } from "zod";
import { jsonIn } from "./json-in.ts";
import { problemOf } from "../problem-of.ts";
import type { RedisConnection } from "./redis-connection.ts";
import type { RedisNodes } from "./redis-nodes.ts";
import { redisScript } from "./redis-script.ts";

/** What an order came to on other nodes. */
export interface NodeAnswers {
  readonly answers: readonly unknown[];
  /** What operators call the nodes that did not answer in time, or could not. */
  readonly unanswered: readonly string[];
}

/** What is asked of other nodes. Plain JSON. */
export interface NodeOrder {
  readonly name: string;
  readonly parameters: readonly unknown[];
  /** How long it may still be carried out, milliseconds: by a node that was away, when nobody waits for its answer any more. */
  readonly lastsMs: number;
}

/** How nodes of a gate ask each other. */
export interface NodeOrders {
  /** What operators call this node. */
  readonly name: string;
  /** Asks every other node that is alive. Never rejects. */
  askAll(order: NodeOrder): Promise<NodeAnswers>;
  /** Has orders of other nodes answered from now on; those that came before are answered, too. */
  serve(answer: AnswerOrder): void;
  /** Has those of one name answered by somebody else. */
  serveNamed(name: string, answer: (parameters: readonly unknown[]) => unknown): void;
}

/** Answers an order of another node. Whatever it throws is told there. */
export type AnswerOrder = (name: string, parameters: readonly unknown[]) => unknown;

/** What orders need of their surroundings. */
export interface RedisOrdersOptions {
  readonly connection: Pick<RedisConnection, "run" | "every" | "after" | "about" | "status">;
  readonly nodes: RedisNodes;
  /** Wall clock. Default: `Date.now`. */
  readonly wallNow?: () => number;
  /** How long answers are waited for, milliseconds. Default: 2,000; a node that is alive looks twice in it, whether it is rung or not. */
  readonly answerWithinMs?: number;
  /** Lets other nodes know that there is something for them: they look when they hear of it. Default: they find it by themselves. */
  readonly ring?: () => Promise<unknown>;
  /** How often a node looks that hears of nothing, milliseconds. Default: 1,000. */
  readonly lookEveryMs?: number;
}

/** How often a node looks for orders, milliseconds; while it waits for answers, oftener. */
const LOOK_EVERY_MS = 1000;
const LOOK_FOR_ANSWERS_MS = 20;
const ANSWER_WITHIN_MS = 2000;
/** Messages that wait for one node. Those of a node that reads are gone at once. */
const MAX_WAITING = 1000;
const MAX_READ = 100;
/** What waits for a node that reads no more is gone after this, milliseconds. */
const INBOX_LIFE_MS = 60_000;
/** Characters of one message: a page of 1,000 sessions has some 600,000. */
const MAX_CHARACTERS = 4_000_000;
/** Bytes of one message, each of whose characters may have three; and of all that is read at a time, as far as messages allow. */
const [MAX_BYTES, MAX_READ_BYTES] = [3 * MAX_CHARACTERS, 16_000_000];

/** Puts one message into inboxes. */
const post = redisScript(
  "post",
  `for _, key in ipairs(KEYS) do
  if type(redis.pcall('XADD', key, 'MAXLEN', '~', ${MAX_WAITING}, '*', 'm', ARGV[1])) == 'table' then
    redis.call('DEL', key)
    redis.call('XADD', key, '*', 'm', ARGV[1])
  end
  redis.call('PEXPIRE', key, ${INBOX_LIFE_MS})
end`,
);

/** Takes out what was read, up to a place, and answers what came behind it: pairs of place and message; an empty one where it is too long to be one of ours. */
const look = redisScript(
  "look",
  `if ARGV[1] ~= '0-0' then
  redis.pcall('XDEL', KEYS[1], ARGV[1])
  redis.pcall('XTRIM', KEYS[1], 'MINID', ARGV[1])
end
local found = redis.pcall('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ${MAX_READ})
if found.err then redis.call('DEL', KEYS[1]) return {} end
local answer, bytes = {}, 0
for _, entry in ipairs(found) do
  local text = entry[2][2] or ''
  if #text > ${MAX_BYTES} then text = '' end
  answer[#answer + 1] = entry[1]
  answer[#answer + 1] = text
  bytes = bytes + #text
  if bytes > ${MAX_READ_BYTES} then break end
end
return answer`,
);

const message = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("order"),
    id: z.string(),
    from: z.string(),
    name: z.string(),
    parameters: z.array(z.unknown()).readonly(),
    /** By the engine's clock, milliseconds since the epoch. */
    until: z.number(),
  }),
  z.object({
    kind: z.literal("answer"),
    id: z.string(),
    from: z.string(),
    result: z.unknown().optional(),
    error: z.string().optional(),
  }),
]);
type Message = z.infer<typeof message>;

/** Who waits for answers to one order. */
interface Waiting {
  readonly nodes: Set<string>;
  readonly answers: unknown[];
  readonly failed: string[];
  readonly done: () => void;
}

/**
 * Orders between nodes. Each node has an inbox in the engine, which it reads from where it was: one that was cut off for a while
 * finds what came meanwhile, and carries out what is still wanted. Every order is answered; who does not answer within two seconds is
 * named. Whoever may write to the engine may order: what it says is checked, and no more believed than that.
 */
export class RedisOrders implements NodeOrders {
  readonly #options: RedisOrdersOptions;
  readonly #wallNow: () => number;
  readonly #waiting = new Map<string, Waiting>();
  readonly #named = new Map<string, (parameters: readonly unknown[]) => unknown>();
  #answer: AnswerOrder | null = null;
  #readUpTo = "0-0";
  #looking: Promise<void> | null = null;
  /** While somebody waits for answers it is looked oftener: ends that. */
  #stopHurry: (() => void) | null = null;

  constructor(options: RedisOrdersOptions) {
    this.#options = options;
    this.#wallNow = options.wallNow ?? (() => Date.now());
    options.connection.about(options.lookEveryMs ?? LOOK_EVERY_MS, () => this.look());
  }

  get name(): string {
    return this.#options.nodes.name;
  }

  serve(answer: AnswerOrder): void {
    this.#answer = answer;
  }

  serveNamed(name: string, answer: (parameters: readonly unknown[]) => unknown): void {
    this.#named.set(name, answer);
  }

  async askAll({ name, parameters, lastsMs }: NodeOrder): Promise<NodeAnswers> {
    const { connection, nodes } = this.#options;
    await nodes.beat();
    const others = nodes.alive.filter(({ node }) => node !== nodes.node);
    const nameOf = (node: string): string => others.find((other) => other.node === node)?.name ?? node;
    if (others.length === 0 && connection.status().up) return { answers: [], unanswered: [] };
    const [id, until] = [randomUUID(), this.#engineNow() + lastsMs];
    const order = JSON.stringify({
      kind: "order",
      id,
      from: nodes.node,
      name,
      parameters: [...parameters],
      until,
    } satisfies Message);
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting: Waiting = {
      nodes: new Set(others.map(({ node }) => node)),
      answers: [],
      failed: [],
      done: resolve,
    };
    this.#waiting.set(id, waiting);
    try {
      const inboxes = others.map(({ node }) => nodes.inboxOf(node));
      if (order.length > MAX_CHARACTERS) throw new RangeError("an order is too long");
      await connection.run(post, inboxes, [order]);
      // Who hears of nothing looks all the same.
      void this.#options.ring?.().catch(() => {});
      this.#stopHurry ??= connection.every(LOOK_FOR_ANSWERS_MS, () => this.look());
      const stop = connection.after(this.#options.answerWithinMs ?? ANSWER_WITHIN_MS, resolve);
      await promise.finally(stop);
    } catch {
      // Nobody was asked: so they are told to have not answered.
    }
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) {
      this.#stopHurry?.();
      this.#stopHurry = null;
    }
    return { answers: waiting.answers, unanswered: [...waiting.failed, ...waiting.nodes].map(nameOf) };
  }

  /** Reads what others have for this node, once. Rejects when the engine cannot be asked. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = null));
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { connection, nodes } = this.#options;
    if (this.#answer === null || !connection.status().up) return;
    const found = await connection.run(look, [nodes.inboxOf(nodes.node)], [this.#readUpTo]);
    const pairs = Array.isArray(found) ? found.map(String) : [];
    for (let index = 0; index + 1 < pairs.length; index += 2) {
      this.#readUpTo = pairs[index] ?? this.#readUpTo;
      this.#take(pairs[index + 1] ?? "");
    }
  }

  #take(text: string): void {
    const read = message.safeParse(jsonIn(text)).data ?? null;
    if (read === null) return;
    if (read.kind === "order") void this.#carryOut(read);
    else this.#settle(read);
  }

  async #carryOut({
    id,
    from,
    name,
    parameters,
    until,
  }: Message & { readonly kind: "order" }): Promise<void> {
    if (this.#engineNow() > until) return;
    const { connection, nodes } = this.#options;
    const reply = (result: { readonly result: unknown } | { readonly error: string }): string =>
      JSON.stringify({ kind: "answer", id, from: nodes.node, ...result } satisfies Message);
    let answer: string;
    try {
      answer = reply({ result: (await this.#answerTo(name, parameters)) ?? null });
      if (answer.length > MAX_CHARACTERS) answer = reply({ error: "the answer is too long" });
    } catch (error) {
      answer = reply({ error: problemOf(error) });
    }
    // Whoever asked and gets no answer counts us among those that gave none.
    await connection.run(post, [nodes.inboxOf(from)], [answer]).catch(() => {});
  }

  #answerTo(name: string, parameters: readonly unknown[]): unknown {
    const named = this.#named.get(name);
    return named === undefined ? this.#answer?.(name, parameters) : named(parameters);
  }

  #settle({ id, from, result, error }: Message & { readonly kind: "answer" }): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || !waiting.nodes.delete(from)) return;
    if (error === undefined) waiting.answers.push(result);
    else waiting.failed.push(from);
    if (waiting.nodes.size === 0) waiting.done();
  }

  #engineNow(): number {
    return this.#wallNow() + this.#options.connection.status().clockAheadMs;
  }
}
