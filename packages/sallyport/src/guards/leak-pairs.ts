import { isDigit, pairOf } from "./leak-detector.ts";

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
const ranks = new Map<string, number>();
for (let index = 0; index < FREQUENT.length; index += 2)
  ranks.set(FREQUENT.slice(index, index + 2), index / 2);

/** How frequent a pair is, the greater the more: by its rank, or by what kind of pair it is. */
function weight(first: number, second: number): number {
  const rank = ranks.get(String.fromCharCode(first, second));
  if (rank !== undefined) return 1000 - rank;
  if (isDigit(first) && isDigit(second)) return 800;
  // Names and words of small letters are more frequent than anything with a capital or a sign in it.
  const small = [first, second].filter((byte) => byte >= 0x61 && byte <= 0x7a).length;
  return small === 2 ? 300 : small === 1 ? 200 : 100;
}

/** A pair of bytes of a word by which it is looked for, and where in the word it stands. */
export interface Anchor {
  readonly pair: number;
  readonly offset: number;
}

/**
 * The pairs by which a word is found in memory of which only every other pair is looked at: the rarest at an even offset, and
 * the rarest at an odd one. With `ignoreCase` every way to write them.
 */
export function anchorsOf(word: Uint8Array, ignoreCase: boolean): readonly Anchor[] {
  return [0, 1].flatMap((parity) => {
    const offset = rarestOffset(word, parity);
    const [first = 0, second = 0] = word.subarray(offset, offset + 2);
    return cases(first, ignoreCase).flatMap((one) =>
      cases(second, ignoreCase).map((other) => ({ pair: pairOf(one, other), offset })),
    );
  });
}

function rarestOffset(word: Uint8Array, parity: number): number {
  let best = parity;
  let least = Number.POSITIVE_INFINITY;
  for (let offset = parity; offset + 1 < word.length; offset += 2) {
    const both = weight(word[offset] ?? 0, word[offset + 1] ?? 0);
    if (both >= least) continue;
    least = both;
    best = offset;
  }
  return best;
}

/** A letter in both cases where case does not matter; any other byte. */
function waysToWrite(byte: number): readonly number[] {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a ? [lower, lower & 0xdf] : [byte];
}

function cases(byte: number, ignoreCase: boolean): readonly number[] {
  return ignoreCase ? waysToWrite(byte) : [byte];
}
