import { createHash } from "node:crypto";
import { scheduler } from "node:timers/promises";

// Pairs of bytes of JSON, English and code without spaces between them, the most frequent first, as counted over messages, documents
// and source: a word is looked for by its rarest pair.
const FREQUENT = [
  '":  e ,"s t  a, on terth:"ates",stenherein iorseteit on : r d ancotissis ` casneidha || {"ndnt skede',
  'mero w nedectoexd"leio rtsns"ialli},us` :1ngctetarno f"} py  =tapeeat",{"sa  mveouges"e"ri badllomam',
  'ce= sa"tpalo elard "icotag } lowokf  {. ee],ch);ofunwabetrai1,-1--ck.twhacplilho h ("2cannrt.01.1-pr',
  '-4e.ayo 5-sieftu,1-a{ 0,t."a) \\"ratyosxt 1,[fo"lieooulh  dds-25,n"fiueev0.uthirsopncSepomaur umpclZ"',
  's.swna0"woshy"t(.1imeq4,xp`,wi2,g od[""o,2\\neyelnl3,ypryeml m mis:tS6,"hsue,aw"]froc7,fa"cls8,; s`:2',
  'ol."n. 4("ap9,cr9T).lyigboak gnudoxaw pte`})3.2.:3s,uaif== [ru Att()"pq""1")ddrr"ve(.2 kir-3qu:5"r:4',
  'ppd,sofud.e:))vihtweki> bafedit:gi.c0 ab 2:0moffva|--|" ldt,drum), * 54..35.tp.47.ps W T 06.mb5 k v"',
  ',- I.5au=>A  v8.af.eysby"mgu.6sk..T0- g" ET1.7* .9rn9.Thny# ({:-pi:[.8ov;\\2-p"[1ew**}]"erc 68- 3e-} ',
  '//dar"wnc"s/\'s`sd:obN gar.l"";1 :/4 ep"n',
].join("");

/** About how often each byte stands in a text, by its lower and its upper half; every byte a little. */
const shares = new Float64Array(256).fill(2e-4);
for (let index = 0; index < FREQUENT.length; index++)
  shares[FREQUENT.charCodeAt(index)] = (shares[FREQUENT.charCodeAt(index)] ?? 0) + 0.01 / (1 + index / 24);
const total = shares.reduce((sum, share) => sum + share);

/** Which halves of a byte are taken, a bit for each: the lower in the lower sixteen bits, the upper above. */
const halvesOf = (byte: number): number => (1 << (byte & 15)) | (1 << (16 + (byte >> 4)));
const ALL = -1;

const known = new Map<number, number>();

/** About how often a byte of a text has such halves. */
function likely(halves: number): number {
  const before = known.get(halves);
  if (before !== undefined) return before;
  let sum = 0;
  for (let byte = 0; byte < 256; byte++)
    if ((halves & halvesOf(byte)) === halvesOf(byte)) sum += shares[byte] ?? 0;
  known.set(halves, sum / total);
  return sum / total;
}

/** A word as it is looked for. */
export interface WrittenWord {
  /** Three bytes or more, in lower case where case does not matter. */
  readonly word: Uint8Array;
  readonly ignoreCase: boolean;
  /** A byte that must stand so far behind where the word begins. Absent: none need. */
  readonly also?: readonly [offset: number, byte: number] | undefined;
}

/** Four bytes behind one another: halves of each. */
type Window = readonly [number, number, number, number];
/** A window of a word, and where in the word it begins. */
interface Option {
  readonly offset: number;
  readonly window: Window;
}

const WIDTH = 4;
/** Windows of a word that are tried. */
const MAX_OPTIONS = 6;
/** More words than these are put into buckets by their first bytes: to choose is worth its time for few only. */
const MAX_CHOSEN = 2000;
const BUCKETS = 16;

function halvesAt({ word, ignoreCase, also }: WrittenWord, index: number): number {
  const byte = word[index] ?? (also?.[0] === index ? also[1] : null);
  if (byte === null) return ALL;
  const lower = byte | 0x20;
  return ignoreCase && lower >= 0x61 && lower <= 0x7a
    ? halvesOf(lower) | halvesOf(lower & 0xdf)
    : halvesOf(byte);
}

function windowAt(word: WrittenWord, offset: number): Window {
  const at = (index: number): number => halvesAt(word, offset + index);
  return [at(0), at(1), at(2), at(3)];
}

const chanceOf = ([first, second, third, fourth]: Window): number =>
  likely(first) * likely(second) * likely(third) * likely(fourth);

/** The rarest windows of a word. The first two of their bytes are always known. */
function optionsOf(word: WrittenWord): readonly Option[] {
  const length = Math.max(word.word.length, (word.also?.[0] ?? 0) + 1);
  const last = Math.min(Math.max(0, length - WIDTH), word.word.length - 2);
  return Array.from({ length: last + 1 }, (_, offset): Option => ({ offset, window: windowAt(word, offset) }))
    .toSorted((one, other) => chanceOf(one.window) - chanceOf(other.window))
    .slice(0, MAX_OPTIONS);
}

/** Windows that are looked for together. What one takes need be none of them. */
class Bucket {
  readonly windows = new Set<Option>();
  #window: Window = [0, 0, 0, 0];
  #chance = 0;

  get window(): Window {
    return this.#window;
  }

  /** How much more it would take with one more. */
  more({ window }: Option): number {
    return chanceOf(joined(this.#window, window)) - this.#chance;
  }

  add(option: Option): void {
    this.windows.add(option);
    this.#window = joined(this.#window, option.window);
    this.#chance = chanceOf(this.#window);
  }

  remove(option: Option): void {
    this.windows.delete(option);
    this.#window = [0, 0, 0, 0];
    for (const { window } of this.windows) this.#window = joined(this.#window, window);
    this.#chance = this.windows.size === 0 ? 0 : chanceOf(this.#window);
  }
}

const joined = (one: Window, other: Window): Window => [
  one[0] | other[0],
  one[1] | other[1],
  one[2] | other[2],
  one[3] | other[3],
];

/** How words are looked for. */
export interface WordSearch {
  /** Where in each word the four bytes begin by which it is looked for. */
  readonly anchors: readonly number[];
  /**
   * Tables by which vectors of bytes tell where such four bytes may begin: for each of the four a table by its lower and one by its upper half,
   * sixteen bytes each, a bit for each bucket; two sets of eight tables. What they take may be none: it is a reason to look.
   */
  readonly tables: Uint8Array;
}

/** A word in the bucket that takes the least more with it. */
class Placement {
  readonly #options: readonly Option[];
  readonly #buckets: readonly Bucket[];
  #bucket: Bucket | undefined;
  #option: Option | undefined;

  constructor(options: readonly Option[], buckets: readonly Bucket[]) {
    this.#options = options;
    this.#buckets = buckets;
  }

  get offset(): number {
    return this.#option?.offset ?? 0;
  }

  place(): void {
    if (this.#option !== undefined) this.#bucket?.remove(this.#option);
    let least = Number.POSITIVE_INFINITY;
    for (const option of this.#options)
      for (const bucket of this.#buckets) {
        const more = bucket.more(option);
        if (more >= least) continue;
        least = more;
        this.#bucket = bucket;
        this.#option = option;
      }
    if (this.#option !== undefined) this.#bucket?.add(this.#option);
  }
}

/** Searches that were chosen last, by a hash of their words: routes and reloads look for the same ones, and to choose takes long. */
const chosen = new Map<string, WordSearch>();
const MAX_REMEMBERED = 8;

/** Chooses for each word the four bytes that it is looked for by, and puts those together that have much in common. */
export function searchFor(words: readonly WrittenWord[]): WordSearch {
  const key = hashOf(words);
  return remember(key, chosen.get(key) ?? choose(words));
}

/** Has `searchFor` know these words, chosen for some at a time: what takes a tenth of a second keeps nobody waiting for so long. */
export async function prepareSearch(words: readonly WrittenWord[]): Promise<void> {
  const key = hashOf(words);
  if (chosen.has(key)) return;
  const steps = choosing(words);
  let step = steps.next();
  for (let count = 1; step.done !== true; count++) {
    if (count % AT_A_TIME === 0) await scheduler.yield();
    step = steps.next();
  }
  remember(key, step.value);
}
/** Words; a hundred of them take some ten milliseconds. */
const AT_A_TIME = 10;

/** As the one chosen last. */
function remember(key: string, search: WordSearch): WordSearch {
  chosen.delete(key);
  chosen.set(key, search);
  for (const oldest of chosen.keys()) {
    if (chosen.size <= MAX_REMEMBERED) break;
    chosen.delete(oldest);
  }
  return search;
}

/** Words may be secrets: they are not kept. */
function hashOf(words: readonly WrittenWord[]): string {
  const hash = createHash("sha256");
  for (const { word, ignoreCase, also } of words) {
    hash.update(`${word.length} ${ignoreCase} ${also?.join(" ") ?? ""} `);
    hash.update(word);
  }
  return hash.digest("base64");
}

function choose(words: readonly WrittenWord[]): WordSearch {
  const steps = choosing(words);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/** In steps of one word. */
function* choosing(words: readonly WrittenWord[]): Generator<undefined, WordSearch> {
  const buckets = Array.from({ length: BUCKETS }, () => new Bucket());
  const placements: Placement[] = [];
  for (const word of words.slice(0, MAX_CHOSEN)) {
    placements.push(new Placement(optionsOf(word), buckets));
    yield;
  }
  // Twice: the first ones were placed before anything was known of the others.
  for (let round = 0; round < 2; round++)
    for (const placement of placements) {
      placement.place();
      yield;
    }
  for (const word of words.slice(MAX_CHOSEN))
    buckets[(word.word[0] ?? 0) % BUCKETS]?.add({ offset: 0, window: windowAt(word, 0) });
  return {
    anchors: words.map((_, index) => placements[index]?.offset ?? 0),
    tables: tablesOf(buckets),
  };
}

function tablesOf(buckets: readonly Bucket[]): Uint8Array {
  const tables = new Uint8Array(2 * WIDTH * 2 * 16);
  for (const [number, { window }] of buckets.entries())
    for (const [index, halves] of window.entries())
      for (let bit = 0; bit < 32; bit++) {
        const at = ((number >> 3) * WIDTH + index) * 32 + bit;
        if (((halves >> bit) & 1) === 1) tables[at] = (tables[at] ?? 0) | (1 << (number & 7));
      }
  return tables;
}
