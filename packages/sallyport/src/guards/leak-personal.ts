import {
  byteAt,
  isAlphanumeric,
  pairOf,
  type LeakDetector,
  type LeakSpan,
  type LeakText,
} from "./leak-detector.ts";

const AT = 0x40;
/** The longest local part and domain (RFC 5321 4.5.3.1). */
const MAX_LOCAL = 64;
const MAX_DOMAIN = 253;
const LOCAL_SIGNS = new Set(Array.from("._%+-", (char) => char.charCodeAt(0)));
const DOMAIN = /^(?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?\.){1,8}[A-Za-z]{2,24}(?![0-9A-Za-z-])/;

/** An address, by the pair in which its `@` stands. */
function findAddress(text: LeakText, pairAt: number): LeakSpan | null {
  const { bytes } = text;
  const at = byteAt(bytes, pairAt) === AT ? pairAt : pairAt + 1;
  let start = at;
  while (
    at - start < MAX_LOCAL &&
    (isAlphanumeric(byteAt(bytes, start - 1)) || LOCAL_SIGNS.has(byteAt(bytes, start - 1)))
  )
    start--;
  if (start === at || byteAt(bytes, start) === DOT || !isAlphanumeric(byteAt(bytes, at + 1))) return null;
  const domain = DOMAIN.exec(text.part(at + 1, at + 1 + MAX_DOMAIN))?.[0];
  if (domain === undefined) return null;
  return { start, end: at };
}
const DOT = 0x2e;

const others = Array.from({ length: 256 }, (_, byte) => byte).filter(
  (byte) => isAlphanumeric(byte) || LOCAL_SIGNS.has(byte),
);
const pairs = [
  ...others.map((byte) => pairOf(byte, AT)),
  ...others.filter(isAlphanumeric).map((byte) => pairOf(AT, byte)),
];

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
    triggers: [{ kind: "pairs", pairs, find: findAddress }],
  },
];
