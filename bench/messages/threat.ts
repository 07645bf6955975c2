import type { ConnectionGuard, GuardServices, Message } from "../../packages/sallyport/src/guards/guard.ts";
import { threat } from "../../packages/sallyport/src/guards/threat.ts";
import { inTurns } from "../rights/in-turns.ts";

const ROUNDS = 11;
const PER_ROUND = 4000;
const SIZE = 1024;

function filled(make: (text: string) => unknown, piece: string): string {
  let text = piece;
  while (Buffer.byteLength(JSON.stringify(make(text + piece))) < SIZE) text += piece;
  return JSON.stringify(make(text));
}

function listed(make: (index: number) => unknown): string {
  const entries = [make(0)];
  while (JSON.stringify([...entries, make(entries.length)]).length < SIZE) entries.push(make(entries.length));
  return JSON.stringify({ type: "update", entries });
}

const say = (text: string): unknown => ({
  type: "message",
  id: "0f8fad5b-d9cb-469f-a165-70867728950e",
  user: { id: 1234, name: "Ann O'Brien", roles: ["member"] },
  room: { id: 7, name: "general" },
  text,
  at: "2026-11-29T16:20:00Z",
  mentions: [],
});

/** Harmless messages of 1 KiB. */
export const harmlessMessages: Readonly<Record<string, string>> = {
  "many fields": listed((index) => ({
    id: index,
    name: `item ${index}`,
    done: index % 2 === 0,
    note: "pick it up at noon",
    tags: ["a", "b"],
  })),
  chat: filled(
    say,
    "I'll pick up the tickets (row 12) and we meet at ten, then go home by train. What about you? ",
  ),
  "game state": listed((index) => ({
    id: index,
    p: [-30.75, 14.42 + index, 483.11],
    v: [0, 1.5, -0.25],
    hp: 83,
  })),
  "trading ticks": listed((index) => ({
    s: "BTC-USD",
    side: "buy",
    price: "67123.55",
    qty: 0.25 * index,
    ts: 1_796_000_000_000 + index,
  })),
  URLs: filled(
    say,
    "see https://www.example.com/a/b?id=17&from=here and https://example.org/x-y#z, both are fine; ",
  ),
  "not ASCII": filled(say, "今天晚上一起吃饭吗？好的（七点），我们在老地方见。"),
  "code in chat": filled(
    say,
    "```js\nconst a = items.map((item) => `${item.name}`);\nif (a < b && b > c) { run(a); } // it's fine\n```\n",
  ),
};

/** What the guard costs on one shape of message. */
export interface MessageCost {
  readonly name: string;
  readonly bytes: number;
  /** Beside `JSON.parse` of the same message. */
  readonly ratio: number;
  readonly microseconds: number;
}

/** `threat` with all its defaults, on one connection. */
export async function openThreat(): Promise<ConnectionGuard> {
  // The guard uses no service.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  const guard = await threat.create(threat.options.parse({}), {} as GuardServices);
  // Nor what is known of the connection.
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  const connection = guard.open?.({} as never, { wake: () => undefined });
  if (connection === undefined) throw new TypeError("the guard does not open");
  return connection;
}

/** A message that a lane has read already. */
export function messageOf(text: string): Message {
  const bytes = Buffer.from(text);
  // As a lane makes it: from bytes.
  const decoded = bytes.toString("utf8");
  const value: unknown = JSON.parse(decoded);
  return {
    direction: "inbound",
    opcode: 1,
    size: bytes.length,
    bytes: () => bytes,
    text: () => decoded,
    json: () => value,
    parts: () => null,
    fault: () => null,
  };
}

/**
 * What `threat` costs with all its defaults, beside what reading the message costs anyway: `JSON.parse` of it. The text and the value are there
 * already, as they are for every guard. In one process, taking turns; CPU time, user and system.
 */
export async function measureThreat(): Promise<readonly MessageCost[]> {
  const connection = await openThreat();
  return Object.entries(harmlessMessages).map(([name, text]) => {
    const message = messageOf(text);
    if (connection.message?.(message, 0).verdict !== "pass") throw new Error(`${name} does not pass`);
    const parse = (): unknown => JSON.parse(message.text());
    const decide = (): unknown => connection.message?.(message, 0);
    const { ratio, microseconds } = inTurns({ rounds: ROUNDS, calls: PER_ROUND }, decide, parse);
    return { name, bytes: message.size, ratio, microseconds };
  });
}
