import {
  byteAt,
  byteTable,
  isAlphanumeric,
  isCapital,
  isOneOf,
  type LeakDetector,
  type LeakSpan,
  type LeakText,
} from "./leak-detector.ts";

/** The longest local part (RFC 5321 4.5.3.1). */
const MAX_LOCAL = 64;
const LOCAL_SIGNS = byteTable("._%+-");
/** Labels at most, and bytes of one (RFC 1035 2.3.4); of the last, which has letters alone. */
const MAX_LABELS = 9;
const MAX_LABEL = 63;
const MAX_LAST_LABEL = 24;

/** Whether a domain begins there: labels with dots between them, one of letters alone behind another. */
function hasDomain(bytes: Uint8Array, start: number): boolean {
  let begin = start;
  for (let label = 0; label < MAX_LABELS; label++) {
    let end = begin;
    let letters = 0;
    while (end - begin <= MAX_LABEL && isOfLabel(byteAt(bytes, end)))
      if (isCapital(byteAt(bytes, end++) & 0xdf)) letters++;
    const length = end - begin;
    if (label > 0 && letters === length && length >= 2 && length <= MAX_LAST_LABEL) return true;
    if (length === 0 || length > MAX_LABEL || byteAt(bytes, end) !== DOT) return false;
    if (byteAt(bytes, begin) === DASH || byteAt(bytes, end - 1) === DASH) return false;
    begin = end + 1;
  }
  return false;
}

function isOfLabel(byte: number): boolean {
  return isAlphanumeric(byte) || byte === DASH;
}
const DASH = 0x2d;

/** An address, by its `@`. */
function findAddress({ bytes }: LeakText, at: number): LeakSpan | null {
  let start = at;
  while (
    at - start < MAX_LOCAL &&
    (isAlphanumeric(byteAt(bytes, start - 1)) || isOneOf(LOCAL_SIGNS, bytes, start - 1))
  )
    start--;
  if (start === at || byteAt(bytes, start) === DOT || !hasDomain(bytes, at + 1)) return null;
  return { start, end: at };
}
const DOT = 0x2e;

/** Data about persons that is ordinary alone, and a leak in numbers. */
export const personalDetectors: readonly LeakDetector[] = [
  {
    id: "email",
    group: "personal",
    what: "E-mail addresses in bulk",
    validation: "the form of an address with a domain; from the twentieth within a minute on",
    finds: "a list of members with their addresses",
    passes: "nineteen addresses within a minute, user@localhost",
    threshold: { count: 20, within: 60_000 },
    triggers: [{ kind: "sign", sign: "@", find: findAddress }],
  },
];
