import { isVersion } from "./leak-before.ts";
import {
  byteAt,
  isAlphanumeric,
  isDigit,
  isWordBefore,
  type LeakDetector,
  type LeakFind,
  type LeakSpan,
  type LeakText,
} from "./leak-detector.ts";

/** An address of RFC 1918 or RFC 3927. */
const findIpv4: LeakFind = (text, at) => {
  const before = byteAt(text.bytes, at - 1);
  if (isWordBefore(text.bytes, at) || before === DOT || before === DASH) return null;
  if (!isFourNumbers(text.bytes, at)) return null;
  const match = text.matchAt(IPV4, at, 32);
  if (match === null || match.slice(1).some((part) => Number(part) > 255) || isVersion(text, at)) return null;
  return { start: at, end: at + match[0].length };
};
/** Whether four numbers of three digits at most stand there, with dots between them. */
function isFourNumbers(bytes: Uint8Array, at: number): boolean {
  let index = at;
  for (let number = 0; number < 4; number++) {
    const start = index;
    while (isDigit(byteAt(bytes, index))) index++;
    if (index === start || index - start > 3) return false;
    if (number < 3 && byteAt(bytes, index++) !== DOT) return false;
  }
  return true;
}
const DOT = 0x2e;
const DASH = 0x2d;
const IPV4 =
  /(?:10\.(\d{1,3})|172\.(?:1[6-9]|2\d|3[01])|192\.168|169\.254)\.(\d{1,3})\.(\d{1,3})(?![\w-]|\.\d)/y;

/** Unique local addresses (RFC 4193), and link local ones (RFC 4291 2.5.6). */
const findIpv6: LeakFind = (text, at) => {
  const before = byteAt(text.bytes, at - 1);
  if (byteAt(text.bytes, at + 4) !== COLON || isAlphanumeric(before) || before === COLON) return null;
  const match = text.matchAt(IPV6, at, 64)?.[0];
  if (match === undefined || (!match.includes("::") && match.split(":").length !== 8)) return null;
  return { start: at, end: at + match.length };
};
const COLON = 0x3a;
const IPV6 = /(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f])(?::{1,2}[0-9a-f]{1,4}){1,7}(?![0-9a-f:])/iy;

const SUFFIXES = [".internal", ".local", ".corp", ".lan", ".intranet", ".home.arpa", ".localdomain"];

/** A host name that no public DNS knows, by its last label. */
function findHost(text: LeakText, at: number): LeakSpan | null {
  const suffix = SUFFIX.exec(text.part(at, at + 16))?.[0];
  if (suffix === undefined) return null;
  const name =
    /(?<![\w.@/-])(?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,62})\.){0,8}[0-9A-Za-z](?:[0-9A-Za-z-]{0,62})$|(?<=:\/\/|@|=)(?:[0-9A-Za-z][0-9A-Za-z-]{0,62}\.){0,8}[0-9A-Za-z][0-9A-Za-z-]{0,62}$/.exec(
      text.part(Math.max(0, at - 200), at),
    )?.[0];
  if (name === undefined || (!/\d|-|\./.test(name) && !isAddressed(text, at, name, suffix))) return null;
  return { start: at - name.length, end: at + suffix.length };
}
const SUFFIX = /^\.(?:internal|local|corp|lan|intranet|home\.arpa|localdomain)(?![\w-]|\.\w|\()/;

/** Whether a bare name is written as a host: behind a scheme, or before a port. */
function isAddressed(text: LeakText, at: number, name: string, suffix: string): boolean {
  const before = text.part(Math.max(0, at - name.length - 3), at - name.length);
  return before.endsWith("//") || /^:\d/.test(text.part(at + suffix.length, at + suffix.length + 2));
}

/** What tells how a network looks from inside. */
export const internalDetectors: readonly LeakDetector[] = [
  {
    id: "internal-address",
    group: "internals",
    what: "Addresses and host names that are reached from inside only",
    validation:
      "RFC 1918 and RFC 3927, RFC 4193 and link-local IPv6; names below .internal, .local, .corp, .lan and the like; not named a version",
    finds: "10.1.2.3, 192.168.…, fd12:…, db-1.eu.internal",
    passes: "127.0.0.1, 203.0.113.9, version 10.2.0.14",
    triggers: [
      { kind: "words", words: ["10.", "192.168.", "169.254."], find: findIpv4 },
      { kind: "words", words: ["1", "2", "3"].map((digit) => `172.${digit}`), find: findIpv4 },
      {
        kind: "words",
        words: ["fc", "fd"].flatMap((two) => Array.from("0123456789abcdef", (digit) => two + digit)),
        ignoreCase: true,
        also: [4, ":"],
        find: findIpv6,
      },
      {
        kind: "words",
        words: ["fe8", "fe9", "fea", "feb"],
        ignoreCase: true,
        also: [4, ":"],
        find: findIpv6,
      },
      { kind: "words", words: SUFFIXES, find: findHost },
    ],
  },
];
