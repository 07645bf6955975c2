/** One benign message: what kind of traffic it is of, and its text. */
export interface BenignMessage {
  readonly traffic: "chat" | "game" | "trading";
  readonly text: string;
}

type Random = () => number;

/** The same numbers for the same seed, from 0 up to 1 (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Words that people use, and that attacks use too. */
const WORDS =
  "select update delete drop insert union table set order group by from where or and not null like in is as on having limit exec declare cast cat ls id who whoami sleep ping curl echo find kill type net host env last history more less head tail sort date time script image alert prompt confirm body frame object form input button style link base meta open print read write run start stop file path folder home etc user users root admin password name room list the a to of for with at this that it we you they I be have do say go can get make know will time people year way day man thing woman life child world school state family student hand part place case week company system program question work government number night point water money story fact month lot right study book eye job word business issue side kind house service friend father power hour game line end member law car city community president team minute idea information back parent face others level office door health person art war party result change morning reason research girl guy moment air teacher force education".split(
    " ",
  );
const NAMES = [
  "Ann",
  "Ben",
  "O'Brien",
  "D'Angelo",
  "Zoë",
  "Müller",
  "José",
  "李雷",
  "Олег",
  "N'Golo",
  "Siân",
  "McDonald",
];
const EMOJI = ["👍", "🎉", "😂", "❤️", "🙏", "🔥", "👀", "🤷‍♀️"];
const CONTRACTIONS = [
  "don't",
  "it's",
  "I'm",
  "we'll",
  "they're",
  "can't",
  "o'clock",
  "y'all",
  "rock'n'roll",
  "'cause",
];
const OTHER_LANGUAGES = [
  "Wie geht's dir? Schöne Grüße, bis später!",
  "C'est l'heure d'aller manger; tu viens?",
  "¿Quedamos mañana a las 8? Sí, claro.",
  "今天晚上一起吃饭吗？好的（七点）！",
  "明日の会議は10時からです。よろしくお願いします！",
  "Давай встретимся в 7; я возьму билеты.",
  "회의는 3시에 시작해요~",
  "اجتماعنا غداً الساعة الخامسة؟",
];
const CODE = [
  "`npm ci && npm test`",
  "`git log --oneline | head`",
  "`SELECT id FROM users WHERE id = 5`",
  "`x => x.y`",
  '`<div class="a">`',
  "```js\nconst a = b ? 1 : 2;\nif (a > 1 && b) { run(a); }\n```",
  "```py\nfor i in range(10):\n    print(f'{i}: {i ** 2}')\n```",
  "```sql\nSELECT name, count(*) FROM orders GROUP BY name;\n```",
  "```sh\ncd app\nnpm install\nnpm start -- --port 3000\n```",
  "`{{ user.name }}`",
  "`${name}`",
  "`a[i] = b[j];`",
];
const MARKS = [".", "!", "?", "...", " :)", " ;)", "!!", " <3", " :-/", " (lol)", "; ok?", " - thanks", ""];

const pick = <Value>(random: Random, list: readonly Value[]): Value => {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new RangeError("an empty list");
  return found;
};
const integer = (random: Random, from: number, to: number): number =>
  Math.floor(from + random() * (to - from + 1));
const some = (random: Random, from: number, to: number, make: () => string): string[] =>
  Array.from({ length: integer(random, from, to) }, make);

function hex(random: Random, length: number): string {
  return Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join("");
}

function uuid(random: Random): string {
  return [8, 4, 4, 4, 12].map((length) => hex(random, length)).join("-");
}

function url(random: Random): string {
  const word = (): string => pick(random, WORDS);
  return pick(random, [
    () => `https://www.example.com/${word()}/${word()}?id=${integer(random, 1, 9999)}&from=${word()}`,
    () => `https://example.org/${word()}-${word()}-${word()}#${word()}`,
    () => `http://localhost:${integer(random, 3000, 9000)}/${word()}`,
    () => `https://example.com/search?q=${word()}%20${word()}+${word()}&order=${word()}`,
    () => `https://cdn.example.com/${hex(random, 12)}.png?w=${integer(random, 10, 900)}`,
  ])();
}

function number(random: Random): string {
  return pick(random, [
    () => `$${integer(random, 1, 2000)}.${integer(random, 10, 99)}`,
    () => `${integer(random, 1, 100)}%`,
    () => `${integer(random, 1, 12)}:${integer(random, 10, 59)}`,
    () => `${integer(random, 1, 9)} or ${integer(random, 1, 9)}`,
    () => `${integer(random, 1, 99)} and ${integer(random, 1, 99)}`,
    () => `#${integer(random, 1, 9999)}`,
    () => `${integer(random, 1, 9)} = ${integer(random, 1, 9)}`,
    () => `${integer(random, 1, 9)}/${integer(random, 1, 9)}`,
    () => `1-${integer(random, 2, 9)}`,
  ])();
}

function sentence(random: Random): string {
  const words = some(random, 3, 14, () => {
    const kind = random();
    if (kind < 0.74) return pick(random, WORDS);
    if (kind < 0.82) return pick(random, CONTRACTIONS);
    if (kind < 0.88) return pick(random, NAMES);
    if (kind < 0.93) return number(random);
    if (kind < 0.96) return `${pick(random, ['"', "'", "(", "*", "_"])}${pick(random, WORDS)}`;
    return `${pick(random, WORDS)}${pick(random, [",", ";", ":", " -", " &", " |", "/", "'s", '"', ")"])}`;
  });
  const text = words.join(" ") + pick(random, MARKS);
  return random() < 0.6 ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

function chatText(random: Random): string {
  const kind = random();
  if (kind < 0.05) return pick(random, OTHER_LANGUAGES);
  const sentences = some(random, 1, kind < 0.8 ? 2 : 9, () => sentence(random));
  if (random() < 0.12) sentences.push(url(random));
  if (random() < 0.12) sentences.push(pick(random, EMOJI));
  if (random() < 0.08) sentences.push(pick(random, CODE));
  if (random() < 0.05) sentences.unshift(`> ${sentence(random)}\n\n`);
  if (random() < 0.04) sentences.push(`\n- ${sentence(random)}\n- ${sentence(random)}`);
  return sentences.join(" ");
}

function chatMessage(random: Random): unknown {
  const text = chatText(random);
  const user = { id: integer(random, 1, 99_999), name: pick(random, NAMES) };
  return pick(random, [
    () => ({ type: "say", room: `room-${integer(random, 1, 99)}`, text }),
    () => ({ type: "message", id: uuid(random), user, text, at: "2026-11-29T16:20:00.000Z", mentions: [] }),
    () => ({
      event: "chat:message",
      payload: {
        channel: "general",
        body: text,
        attachments: [{ url: `https://cdn.example.com/${hex(random, 12)}.png` }],
      },
    }),
    () => ["message", { text, thread: null, edited: false }],
    () => ({ jsonrpc: "2.0", id: integer(random, 1, 999), method: "post", params: [text] }),
  ])();
}

function gameMessage(random: Random): unknown {
  const decimal = (): number => Number((random() * 2000 - 1000).toFixed(integer(random, 2, 15)));
  return pick(random, [
    () => ({
      t: "move",
      seq: integer(random, 0, 1e6),
      x: decimal(),
      y: decimal(),
      z: decimal(),
      yaw: decimal(),
    }),
    () => ({
      t: "state",
      tick: integer(random, 0, 1e9),
      players: Array.from({ length: integer(random, 1, 12) }, () => ({
        id: hex(random, 8),
        p: [decimal(), decimal(), decimal()],
        v: [decimal(), decimal(), decimal()],
        hp: integer(random, 0, 100),
        w: pick(random, ["sword", "bow", "shield"]),
      })),
    }),
    () => ({ t: "chat", to: "team", say: sentence(random) }),
    () => ({
      t: "input",
      keys: [integer(random, 0, 1), integer(random, 0, 1)],
      mouse: [decimal(), decimal()],
      dt: random(),
    }),
    () => ({
      t: "buy",
      item: `item_${integer(random, 1, 500)}`,
      n: integer(random, 1, 9),
      gold: integer(random, 0, 1e6),
    }),
  ])();
}

function tradingMessage(random: Random): unknown {
  const price = (): string => (random() * 70_000).toFixed(integer(random, 2, 8));
  const symbol = pick(random, ["BTC-USD", "ETH/EUR", "AAPL", "EURUSD=X", "^GSPC", "ES=F", "BRK.B"]);
  return pick(random, [
    () => ({
      type: "ticker",
      symbol,
      bid: Number(price()),
      ask: Number(price()),
      ts: 1_796_000_000_000 + integer(random, 0, 1e9),
    }),
    () => ({
      e: "depthUpdate",
      s: symbol,
      b: Array.from({ length: integer(random, 1, 20) }, () => [price(), price()]),
      a: Array.from({ length: integer(random, 1, 20) }, () => [price(), price()]),
    }),
    () => ({
      op: "order",
      side: pick(random, ["buy", "sell"]),
      symbol,
      qty: random() * 10,
      limit: price(),
      tif: "GTC",
      clientId: uuid(random),
    }),
    () => ({ op: "subscribe", args: [`trades:${symbol}`, `book.50.${symbol}`, "heartbeat"] }),
    () => ({
      id: integer(random, 1, 1e9),
      result: null,
      error: pick(random, [null, "price < min", "qty > max & notional", "rate limit; retry"]),
    }),
  ])();
}

/** Chat, game and trading messages, the same for the same seed, so many of each. */
export function* benignTraffic(seed: number, ofEach: number): Generator<BenignMessage> {
  const random = seededRandom(seed);
  const make = { chat: chatMessage, game: gameMessage, trading: tradingMessage };
  for (const traffic of ["chat", "game", "trading"] as const)
    for (let index = 0; index < ofEach; index++)
      yield { traffic, text: JSON.stringify(make[traffic](random)) };
}
