import { createHash } from "node:crypto";
import { sourceLines } from "./benign-source.ts";
import { alphabet, type CorpusRandom } from "./corpus-random.ts";

/** What nothing must be found in. */
export interface BenignMessage {
  readonly traffic: "chat" | "game" | "trading" | "source code" | "other";
  readonly message: string;
}

const { hex, alnum, base64, upper, upperAlnum } = alphabet;

const sentences = [
  "Hey, did you see the match last night? 3:2 after extra time!",
  "I moved the meeting to 14:30, room 204 on the 3rd floor.",
  "Forgot my password again, can somebody reset it?",
  "The password must have at least 12 characters, a digit and a symbol.",
  "Please never share your password or API key in this channel.",
  "Where do I find the private key of the staging server?",
  "My secret to good coffee: 18 g in, 36 g out, 28 seconds.",
  "That card game lasted 4 hours and 15 minutes.",
  "Flight LH 1234 leaves at 06:55 from gate B27.",
  "The token economy is confusing, 1 token is about 4 characters.",
  "Version 10.4.2 fixes it, 10.4.1 does not.",
  "😂😂😂 no way",
  "Bitte die Rechnung 2026-00417 prüfen, danke!",
  "今天天气很好,我们去公园吧。",
  "¿Puedes revisar el pedido antes de las 17:00?",
  "Did you read section 3.2.1.4 of the manual?",
  "Score so far: 12-7, 11-9, 8-11.",
  "The syntax error was mine, sorry. Fixed at line 42.",
  "select all of it from the list and press Delete",
  "Our SQL course starts on Monday, 24 places left.",
  "An error occurred, please try again later.",
  "Traceback of the parcel says it is in Leipzig.",
  "We need 10 chairs, 5 tables and 200 paper cups.",
];

const order = (r: CorpusRandom): string => `#${r.between(100_000, 9_999_999)}`;
const money = (r: CorpusRandom): string => (r.between(100, 9_999_999) / 100).toFixed(2);

const remarks: readonly ((r: CorpusRandom) => string)[] = [
  (r) => r.pick(sentences),
  (r) => `Your order ${order(r)} has shipped, tracking number 1Z${r.text(16, upperAlnum)}.`,
  (r) =>
    `Order ${r.digits(10)} costs ${money(r)} EUR, due ${r.between(2026, 2028)}-0${r.between(1, 9)}-${r.between(10, 28)}.`,
  (r) => `Call me at +1 415 555 ${r.digits(4)} or +44 20 7946 0${r.digits(3)}.`,
  (r) => `My number is (0${r.digits(3)}) ${r.digits(7)}, ask for Ann.`,
  (r) =>
    `The ISBN is 978-${r.digits(1)}-${r.digits(4)}-${r.digits(4)}-${r.digits(1)}, the EAN 40${r.digits(11)}.`,
  (r) => `Commit ${r.text(40, hex)} broke the build.`,
  (r) =>
    `See https://example.com/articles/${r.between(1, 9999)}?ref=${r.text(12, alnum)}#part-${r.between(1, 9)}`,
  (r) => `Device IMEI 35${r.digits(13)} is back in stock.`,
  (r) =>
    `Invoice INV-${r.between(2020, 2026)}-${r.digits(6)}: ${r.between(1, 90)} x ${money(r)} = ${money(r)}`,
  (r) => `Meet at 52.${r.digits(6)}, 13.${r.digits(6)} around ${r.between(8, 22)}:${r.between(10, 59)}.`,
  () => `Ask ann@example.com or the team at help@example.org.`,
  (r) =>
    `Ticket ${r.text(3, upper)}-${r.between(100, 99_999)} is done, ${r.text(3, upper)}-${r.between(100, 99_999)} is next.`,
  (r) => `Parcel number ${r.digits(12)}, weight ${r.between(1, 30)}.${r.digits(2)} kg`,
];

const uuid = (r: CorpusRandom): string => {
  const text = r.text(32, hex);
  return [
    text.slice(0, 8),
    text.slice(8, 12),
    `4${text.slice(13, 16)}`,
    `a${text.slice(17, 20)}`,
    text.slice(20),
  ].join("-");
};
const ms = (r: CorpusRandom): number => 1_764_400_000_000 + r.between(0, 90_000_000);

const chat: readonly ((r: CorpusRandom) => unknown)[] = [
  (r) => ({
    type: "message",
    id: uuid(r),
    room: `room-${r.between(1, 99)}`,
    at: ms(r),
    text: `${r.pick(remarks)(r)} ${r.pick(remarks)(r)}`,
  }),
  (r) => ({
    op: 0,
    t: "MESSAGE_CREATE",
    s: r.between(1, 9999),
    d: { id: `1${r.digits(18)}`, channel_id: r.digits(18), content: r.pick(remarks)(r), nonce: r.digits(19) },
  }),
  (r) => [
    "message",
    {
      from: {
        id: r.between(1, 99_999),
        name: "Ann Example",
        avatar: `https://cdn.example.com/a/${r.text(32, hex)}.png`,
      },
      body: r.pick(remarks)(r),
      ts: `${r.between(1_700_000_000, 1_790_000_000)}.${r.digits(6)}`,
    },
  ],
  (r) => ({
    event: "presence",
    users: Array.from({ length: 8 }, () => ({
      id: uuid(r),
      status: r.pick(["online", "away"]),
      lastSeen: new Date(ms(r)).toISOString(),
    })),
  }),
  (r) => ({
    type: "history",
    messages: Array.from({ length: 6 }, (_, n) => ({ seq: n, id: r.digits(17), text: r.pick(remarks)(r) })),
  }),
];

const real = (r: CorpusRandom): number => (r.fraction() - 0.5) * 2000;
const game: readonly ((r: CorpusRandom) => unknown)[] = [
  (r) => ({
    t: "state",
    tick: r.between(1, 9_999_999),
    e: Array.from({ length: 10 }, () => ({
      id: r.between(1, 99_999),
      x: real(r),
      y: real(r),
      z: real(r),
      hp: r.between(0, 100),
    })),
  }),
  (r) => ({
    t: "state",
    e: Array.from({ length: 24 }, () => [
      r.between(1, 999),
      Math.round(real(r)),
      Math.round(real(r)),
      r.between(0, 359),
    ]),
  }),
  (r) => ({
    type: "input",
    seq: r.between(1, 999_999),
    keys: ["w", "shift"],
    mouse: { dx: r.between(-40, 40), dy: r.between(-40, 40) },
    at: ms(r),
  }),
  (r) => ({
    type: "match",
    id: uuid(r),
    seed: r.digits(19),
    score: Array.from({ length: 10 }, () => ({
      player: r.digits(17),
      kills: r.between(0, 30),
      rating: r.between(800, 2800),
    })),
  }),
  (r) => ({
    type: "world",
    chunk: [r.between(-999, 999), r.between(-999, 999)],
    blocks: Array.from({ length: 120 }, () => r.between(0, 255)),
  }),
];

const price = (r: CorpusRandom): string => (r.between(1000, 99_999_999) / 1000).toFixed(r.between(2, 8));
const trading: readonly ((r: CorpusRandom) => unknown)[] = [
  (r) => ({
    e: "trade",
    E: ms(r),
    s: "BTCUSDT",
    t: r.between(1_000_000_000, 9_999_999_999),
    p: price(r),
    q: price(r),
    b: r.between(1_000_000_000, 99_999_999_999),
    T: ms(r),
    m: true,
  }),
  (r) => ({
    lastUpdateId: r.between(10_000_000_000, 99_999_999_999),
    bids: Array.from({ length: 12 }, () => [price(r), price(r)]),
    asks: Array.from({ length: 12 }, () => [price(r), price(r)]),
  }),
  (r) => [
    r.between(1, 999_999),
    Array.from({ length: 16 }, () => [ms(r), Number(price(r)), Number(price(r))]),
    "te",
  ],
  (r) => ({
    channel: "fills",
    orderId: r.digits(16),
    execId: uuid(r),
    isin: `US${r.text(9, upperAlnum)}${r.digits(1)}`,
    qty: r.between(1, 9000),
    px: Number(price(r)),
    ts: `${ms(r)}${r.digits(6)}`,
  }),
  (r) => ({
    type: "candles",
    symbol: "EURUSD",
    data: Array.from({ length: 14 }, (_, n) => ({
      t: 1_764_400_000 + n * 60,
      o: 1.0 + r.fraction() / 10,
      h: 1.1,
      l: 1.0,
      c: 1.05,
      v: r.between(1, 99_999),
    })),
  }),
];

const other: readonly ((r: CorpusRandom) => unknown)[] = [
  (r) => ({ type: "image", mime: "image/png", data: `iVBORw0KGgo${r.text(r.between(400, 3000), base64)}==` }),
  (r) => ({
    packages: Object.fromEntries(
      Array.from({ length: 5 }, () => [
        `pkg-${r.text(5, "abcdefgh")}`,
        {
          version: `${r.between(0, 9)}.${r.between(0, 30)}.${r.between(0, 30)}`,
          integrity: `sha512-${r.text(86, base64)}==`,
        },
      ]),
    ),
  }),
  (r) => ({
    cursor: r.text(64, alphabet.url),
    etag: `W/"${r.text(32, hex)}"`,
    next: `/items?after=${r.text(24, alnum)}`,
  }),
  (r) => ({
    hash: createHash("sha256").update(r.text(9, alnum)).digest("hex"),
    ids: Array.from({ length: 8 }, () => uuid(r)),
  }),
  (r) => ({
    jsonrpc: "2.0",
    id: r.between(1, 999),
    result: { capabilities: ["a", "b"], token_type: "none", expires_in: 3600, password_required: false },
  }),
  (r) => ({
    errors: { password: "is too short", email: "is taken" },
    fields: [{ name: "password", type: "password", value: "" }],
    hint: r.pick(sentences),
  }),
  (r) => ({
    sensors: Array.from({ length: 20 }, () => ({
      id: r.digits(8),
      v: Number((real(r) / 50).toFixed(2)),
      at: new Date(ms(r)).toISOString(),
    })),
  }),
  (r) => ({
    barcode: `40${r.digits(11)}`,
    imei: `35${r.digits(13)}`,
    serial: r.text(12, upperAlnum),
    phone: `+49${r.digits(10)}`,
    zip: r.digits(5),
  }),
  (r) => ({
    id: r.digits(16),
    ref: r.digits(20),
    parent: r.digits(18),
    version: "10.2.0.14",
    build: `${r.between(20_260_101, 20_261_231)}.${r.between(1, 30)}`,
  }),
];

const makersOf = { chat, game, trading, other };

/** Benign traffic: messages of chats, games and markets, source code, and what else machines send. */
export function benignMessages(random: CorpusRandom, each: number): readonly BenignMessage[] {
  const made = (["chat", "game", "trading", "other"] as const).flatMap((traffic) =>
    Array.from({ length: each }, (_, index) => {
      const makers = makersOf[traffic];
      return { traffic, message: JSON.stringify(makers[index % makers.length]?.(random)) };
    }),
  );
  const code = Array.from({ length: each }, (_, index) => {
    const text = sourceLines(random, random.between(8, 40));
    const message =
      index % 2 === 0
        ? text
        : JSON.stringify({ op: "edit", file: `src/${random.text(6, "abcdef")}.ts`, text });
    return { traffic: "source code" as const, message };
  });
  return [...made, ...code];
}
