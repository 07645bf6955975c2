import { alphabet, type CorpusRandom } from "./corpus-random.ts";
import type { LeakSample, LeakValue } from "./leak-sample.ts";

type Carry = (leak: LeakValue, random: CorpusRandom) => string;

const names = ["Ann Example", "Bo Muster", "Chen Wei", "Dana Novak", "Élodie Martin", "Farid Haddad"];

function id(random: CorpusRandom): string {
  const hex = random.text(32, alphabet.hex);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function at(random: CorpusRandom): string {
  return new Date(1_764_400_000_000 + random.between(0, 9_000_000_000)).toISOString();
}

/** Messages that carry a value and say, in a name or in words, what it is. */
const labelled: Readonly<Record<string, Carry>> = {
  field: ({ field, value }, random) =>
    JSON.stringify({ type: "profile", id: id(random), [field]: value, at: at(random) }),
  "nested field": ({ field, value }, random) =>
    JSON.stringify({
      event: "user",
      data: { user: { name: random.pick(names), [field]: value, active: true } },
    }),
  "pretty field": ({ field, value }, random) =>
    JSON.stringify({ id: random.between(1, 99_999), account: { [field]: value }, tags: ["a", "b"] }, null, 2),
  chat: ({ label, value }, random) =>
    JSON.stringify({
      type: "message",
      room: "room-7",
      from: random.pick(names),
      text: `Hi, my ${label} is ${value}, thanks!`,
    }),
  note: ({ label, value }, random) =>
    JSON.stringify({
      ticket: random.between(1000, 99_999),
      note: `Customer called.\n${label}: ${value}\nCall back on Monday.`,
    }),
  "Socket.IO": ({ field, value }, random) =>
    `42${JSON.stringify(["profile", { [field]: value, at: at(random) }])}`,
  "JSON-RPC": ({ field, value }, random) =>
    JSON.stringify({ jsonrpc: "2.0", id: random.between(1, 999), result: { ok: true, [field]: value } }),
  "JSON in JSON": ({ field, value }, random) =>
    JSON.stringify({
      channel: "sync",
      payload: JSON.stringify({ [field]: value, name: random.pick(names) }),
    }),
  text: ({ label, value }) => `${label}: ${value}`,
};

/** Messages that carry a value and say nothing about it. */
const bare: Readonly<Record<string, Carry>> = {
  value: ({ value }, random) => JSON.stringify({ id: id(random), value }),
  row: ({ value }, random) =>
    JSON.stringify({ rows: [[random.between(1, 99), random.pick(names), value, at(random)]] }),
  "chat, bare": ({ value }, random) =>
    JSON.stringify({ type: "message", from: random.pick(names), text: `here you go ${value} ok?` }),
  "text, bare": ({ value }) => value,
};

/** Puts each value into one message, carriers taking turns. */
export function carry(values: readonly LeakValue[], random: CorpusRandom): readonly LeakSample[] {
  const both = { ...labelled, ...bare };
  return values.map((leak, index) => {
    const carriers = Object.entries(leak.bare ? both : labelled);
    const [carrier, put] = carriers[index % carriers.length] ?? ["text", labelled["text"]];
    const message = put?.(leak, random) ?? leak.value;
    return { detector: leak.detector, kind: leak.kind, carrier, message };
  });
}
