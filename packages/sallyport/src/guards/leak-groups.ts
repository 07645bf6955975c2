/** What bytes of numbers and codes are: digits, capitals, and what stands between their groups. */
const DIGIT = 1;
const CAPITAL = 2;
const SEPARATOR = 4;
const ALPHANUMERIC = DIGIT | CAPITAL;
const kindOf = new Uint8Array(256);
for (let byte = 0x30; byte <= 0x39; byte++) kindOf[byte] = DIGIT;
for (let byte = 0x41; byte <= 0x5a; byte++) kindOf[byte] = CAPITAL;
for (const char of " -.") kindOf[char.charCodeAt(0)] = SEPARATOR;

/** More groups than any number has; bytes at most on each side of where one was seen. */
const MAX_GROUPS = 16;
const MAX_BYTES = 64;

const codeOf = new Uint8Array(256);
for (const [index, char] of [" ", "-", "."].entries()) codeOf[char.charCodeAt(0)] = index + 1;

/** A separator as a part of a shape; 0 for any other byte. */
export function separatorCode(byte: number): number {
  return codeOf[byte] ?? 0;
}

/** A shape such as `3-2-4` as one small number, a hash of the lengths and of what stands between them. */
export function shapeKey(shape: string): number {
  let key = 0;
  for (const [, length, separator] of shape.matchAll(/(\d+)([ .-]?)/g)) {
    key = addGroup(key, Number(length));
    if (separator !== "" && separator !== undefined)
      key = addSeparator(key, separatorCode(separator.charCodeAt(0)));
  }
  return key;
}

/** The key of a shape with one group more. */
export function addGroup(key: number, length: number): number {
  return (Math.imul(key, 131) + length + 7) | 0;
}

/** The key of a shape with a separator more. */
export function addSeparator(key: number, code: number): number {
  return (Math.imul(key, 131) + code) | 0;
}

/**
 * Digits and capitals in groups, with one separator between each two: where they begin and end, and how many digits they have.
 * One object for all that are read, so that reading takes no memory.
 */
export class Groups {
  count = 0;
  digits = 0;
  start = 0;
  end = 0;
  readonly starts: Int32Array = new Int32Array(MAX_GROUPS);
  readonly lengths: Int32Array = new Int32Array(MAX_GROUPS);
  /** Whether a group is digits alone. */
  readonly numeric: Uint8Array = new Uint8Array(MAX_GROUPS);
  /** What stands behind each group: 0 behind the last. */
  readonly separators: Uint8Array = new Uint8Array(MAX_GROUPS);

  /** Reads those around a byte. @param least where to begin at the earliest */
  read(bytes: Uint8Array, at: number, least: number): void {
    let first = at;
    while (kindAt(bytes, first) === SEPARATOR) first++;
    this.#readFrom(bytes, beginOf(bytes, first, Math.max(least, first - MAX_BYTES)), first + MAX_BYTES);
  }

  #readFrom(bytes: Uint8Array, start: number, most: number): void {
    const limit = Math.min(bytes.length, most);
    let at = start;
    let group = 0;
    let digits = 0;
    while (group < MAX_GROUPS) {
      const from = at;
      let own = 0;
      while (at < limit) {
        const kind = kindAt(bytes, at);
        if ((kind & ALPHANUMERIC) === 0) break;
        own += kind & DIGIT;
        at++;
      }
      digits += own;
      this.starts[group] = from;
      this.lengths[group] = at - from;
      this.numeric[group] = own === at - from ? 1 : 0;
      const goesOn =
        at + 1 < limit && kindAt(bytes, at) === SEPARATOR && (kindAt(bytes, at + 1) & ALPHANUMERIC) !== 0;
      this.separators[group] = goesOn ? separatorCode(bytes[at] ?? 0) : 0;
      group++;
      if (!goesOn) break;
      at++;
    }
    this.count = group;
    this.digits = digits;
    this.start = start;
    this.end = at;
  }
}

function kindAt(bytes: Uint8Array, index: number): number {
  return index < bytes.length ? (kindOf[bytes[index] ?? 0] ?? 0) : 0;
}

function beginOf(bytes: Uint8Array, from: number, least: number): number {
  let start = from;
  while (start > least) {
    const kind = kindAt(bytes, start - 1);
    if ((kind & ALPHANUMERIC) !== 0) start--;
    else if (kind === SEPARATOR && start - 2 >= least && (kindAt(bytes, start - 2) & ALPHANUMERIC) !== 0)
      start -= 2;
    else break;
  }
  return start;
}
