// What means the same to RE2 and to ECMA-262 with the flag `u`, of ASCII alone. No dot and no `\s`, which do not; no bracket inside a
// class, where RE2 has names for classes.
const PLAIN = String.raw`[\w \-:/@#%&,;=~<>!"'\u0060]`;
const ESCAPE = String.raw`\\(?:[.^$*+?()[\]{}|\\]|[dw])`;
const CLASS = String.raw`\[\^?(?:[\w \-:/@#%&,;=~<>!"'\u0060.*+?(){}|$]|${ESCAPE}|\\-)+\]`;
const ITEM = new RegExp(String.raw`(${PLAIN}|${ESCAPE}|${CLASS})([?*+]|\{\d{1,3}(?:,\d{0,3})?\})?`, "uy");

/** Which characters an item of a pattern takes: the ASCII ones, and whether any beyond. */
interface Taken {
  readonly ascii: readonly string[];
  readonly beyond: boolean;
}

const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

function takenBy(atom: string): Taken {
  const expression = new RegExp(`^${atom}$`, "u");
  return { ascii: ASCII.filter((char) => expression.test(char)), beyond: atom.startsWith("[^") };
}

function share(one: Taken, other: Taken): boolean {
  return (one.beyond && other.beyond) || one.ascii.some((char) => other.ascii.includes(char));
}

/** What stands in a pattern: characters, and how often. */
interface Item {
  readonly taken: Taken;
  /** Whether it may take nothing. */
  readonly optional: boolean;
  /** Whether how much it takes is left open. */
  readonly open: boolean;
}

function itemOf(atom: string, quantifier: string): Item {
  const [, least, comma, most] = /^\{(\d+)(,?)(\d*)\}$/.exec(quantifier) ?? [];
  const exact = quantifier === "" || (least !== undefined && (comma === "" || least === most));
  return {
    taken: takenBy(atom),
    optional: quantifier === "?" || quantifier === "*" || Number(least) === 0,
    open: !exact,
  };
}

function itemsIn(body: string): readonly Item[] | null {
  const items: Item[] = [];
  ITEM.lastIndex = 0;
  for (let at = 0; at < body.length; at = ITEM.lastIndex) {
    const [, atom, quantifier = ""] = ITEM.exec(body) ?? [];
    if (atom === undefined) return null;
    items.push(itemOf(atom, quantifier));
  }
  return items;
}

/** Whether an item, once it has taken all that it can, gives nothing back that the next ones could take. */
function isGreedyForGood(items: readonly Item[], index: number): boolean {
  const item = items[index];
  if (item?.open !== true) return true;
  for (const next of items.slice(index + 1)) {
    if (share(item.taken, next.taken)) return false;
    if (!next.optional) return true;
  }
  return true;
}

/**
 * A pattern as an expression of JavaScript, whose engine goes back and tries again, where that takes time in proportion to the text
 * all the same: it begins with `^`, is a row of characters and classes, and whatever takes an open number of characters takes none
 * that the next could. So every try to give one back fails at once. `null` for any other pattern, and for one that does not mean the
 * same to RE2 and to ECMA-262. @param pattern one that RE2 accepts
 */
export function linearPattern(pattern: string): RegExp | null {
  const body = /^\^([^]*?)\$?$/.exec(pattern)?.[1];
  if (body === undefined) return null;
  try {
    const items = itemsIn(body);
    if (items?.every((_, index) => isGreedyForGood(items, index)) !== true) return null;
    return new RegExp(pattern, "u");
  } catch {
    // It is none of ECMA-262.
    return null;
  }
}
