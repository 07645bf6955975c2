import { randomBytes } from "node:crypto";

/** A value that stands nowhere else in the world, and what it stands for. */
export interface Canary {
  readonly name: string;
  readonly value: string;
}

/** Where one was found, and in which form. */
export interface Sighting {
  readonly canary: string;
  readonly form: string;
  /** What stands around it, so that the leak can be found. */
  readonly around: string;
}

/** A part of so many characters of a canary is as good as the whole: whoever logs the beginning of a token logs a token. */
const PIECE = 14;

/** Makes canaries, and finds them again in whatever form. */
export class Canaries {
  readonly #all: Canary[] = [];
  #needles: { readonly count: number; readonly index: NeedleIndex } | null = null;

  /** A new one: letters and digits in lower case, so that it may stand in a header, a URL, a cookie, a name of a host. */
  plant(name: string): string {
    return this.adopt(name, `q${randomBytes(20).toString("hex")}z`);
  }

  /** Something that must not be seen though it was not made here: a key, a signature. */
  adopt(name: string, value: string): string {
    if (value.length < 2 * PIECE) throw new Error(`too short to be told from chance: ${name}`);
    this.#all.push({ name, value });
    return value;
  }

  get names(): readonly string[] {
    return this.#all.map(({ name }) => name);
  }

  /** Every canary in the bytes. */
  find(bytes: Uint8Array): readonly Sighting[] {
    const text = Buffer.from(bytes);
    const lower = Buffer.from(text.toString("latin1").toLowerCase(), "latin1");
    const needles = this.#index();
    const found = new Map<Canary, Needle & { readonly at: number }>();
    for (const [exact, within] of [
      [true, text],
      [false, lower],
    ] as const)
      for (const { needle, at } of needles.in(within, exact)) {
        const before = found.get(needle.canary);
        if (before === undefined || needle.rank < before.rank) found.set(needle.canary, { ...needle, at });
      }
    return this.#all.flatMap((canary) => {
      const sighting = found.get(canary);
      if (sighting === undefined) return [];
      const { at, form, bytes: needle } = sighting;
      const around = text.toString("latin1", Math.max(0, at - 160), at + needle.length + 40);
      return [{ canary: canary.name, form, around: JSON.stringify(around) }];
    });
  }

  /** Made anew where canaries were added. */
  #index(): NeedleIndex {
    if (this.#needles?.count !== this.#all.length)
      this.#needles = { count: this.#all.length, index: new NeedleIndex(this.#all) };
    return this.#needles.index;
  }
}

/** One form of a canary, to be looked for. */
interface Needle {
  readonly canary: Canary;
  /** The forms of one canary are told in this order. */
  readonly rank: number;
  readonly form: string;
  readonly bytes: Buffer;
  readonly exact: boolean;
}

/** So many of their first bytes tell needles from most of everything else. */
const KEY_BYTES = 4;
const BUCKETS = 1 << 20;

/** Finds thousands of needles in one pass: each place is asked for what begins there. */
class NeedleIndex {
  readonly #begins = new Uint8Array(BUCKETS);
  readonly #byKey = new Map<number, Needle[]>();

  constructor(canaries: readonly Canary[]) {
    for (const canary of canaries)
      for (const [rank, { form, needle, exact }] of formsOf(canary.value).entries()) {
        const bytes = Buffer.from(needle, "latin1");
        const key = bytes.readInt32LE(0);
        this.#begins[bucketOf(key)] = 1;
        const known = this.#byKey.get(key);
        const made = { canary, rank, form, bytes, exact };
        if (known === undefined) this.#byKey.set(key, [made]);
        else known.push(made);
      }
  }

  *in(within: Buffer, exact: boolean): Generator<{ readonly needle: Needle; readonly at: number }> {
    for (let at = 0; at + KEY_BYTES <= within.length; at += 1) {
      const key = within.readInt32LE(at);
      if (this.#begins[bucketOf(key)] === 0) continue;
      for (const needle of this.#byKey.get(key) ?? [])
        if (needle.exact === exact && within.subarray(at, at + needle.bytes.length).equals(needle.bytes))
          yield { needle, at };
    }
  }
}

function bucketOf(key: number): number {
  return Math.imul(key, 0x9e37_79b1) >>> 12;
}

interface Form {
  readonly form: string;
  readonly needle: string;
  /** Whether case counts; else the needle is in lower case. */
  readonly exact: boolean;
}

/** What a value may look like in an output. */
function formsOf(value: string): readonly Form[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString("hex");
  const each = (write: (code: string) => string): string => hex.replaceAll(/../g, write);
  const isLower = value === value.toLowerCase();
  return [
    ...pieces(value).map((needle) => ({ form: "in clear", needle, exact: !isLower })),
    ...[0, 1, 2].flatMap((before) => inBase64(bytes, before)),
    { form: "hex", needle: hex, exact: false },
    { form: "URL-encoded", needle: each((code) => `%${code}`), exact: false },
    { form: "JSON-escaped", needle: each((code) => `\\u00${code}`), exact: false },
    { form: "\\x-escaped", needle: each((code) => `\\x${code}`), exact: false },
    { form: "UTF-16", needle: Buffer.from(value, "utf16le").toString("latin1"), exact: true },
  ];
}

/** The value cut in pieces, the last of which ends where it does. */
function pieces(value: string): readonly string[] {
  const starts = Array.from({ length: Math.floor(value.length / PIECE) }, (_, index) => index * PIECE);
  return [...starts, value.length - PIECE].map((start) => value.slice(start, start + PIECE));
}

/** What it is in base64 behind so many other bytes, without the characters that those have a part in. */
function inBase64(bytes: Buffer, before: number): readonly Form[] {
  const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
  const needle = encoded.slice(before === 0 ? 0 : before + 1, Math.floor(((before + bytes.length) * 8) / 6));
  const urlSafe = needle.replaceAll("+", "-").replaceAll("/", "_");
  return [...new Set([needle, urlSafe])].map((text) => ({ form: "base64", needle: text, exact: true }));
}
