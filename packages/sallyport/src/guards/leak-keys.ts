import { Buffer } from "node:buffer";
import { parseJson } from "../dialects/parse-json.ts";
import {
  byteAt,
  isWord,
  isWordBefore,
  type LeakDetector,
  type LeakSpan,
  type LeakText,
} from "./leak-detector.ts";

/** A private key longer than this ends here: RSA of 16,384 bits has 12,700 characters. */
const MAX_KEY_BYTES = 16_384;
const LEAST_KEY_CHARACTERS = 40;
const MAX_LABEL = 80;

const BEGIN = "-----BEGIN ";
const LABEL = /(?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;

function findPrivateKey(text: LeakText, at: number): LeakSpan | null {
  const label = text.matchAt(LABEL, at + BEGIN.length, MAX_LABEL)?.[0];
  if (label === undefined) return null;
  const start = at + BEGIN.length + label.length;
  // Whatever comes first: its own end, another header, or the end of the text of JSON that it stands in.
  const behind = text.part(start, start + MAX_KEY_BYTES);
  const dashes = behind.indexOf("-----");
  const body = dashes === -1 ? behind : behind.slice(0, dashes);
  const quote = body.indexOf('"');
  const length = quote === -1 ? body.length : quote;
  const key = body.slice(0, length).replaceAll(/\\+[nrt]|[^0-9A-Za-z+/=]/g, "");
  return key.length < LEAST_KEY_CHARACTERS ? null : { start, end: start + length };
}

/** PEM in base 64, as Kubernetes and configuration files carry it: `-----BEGIN` in base 64. */
function findEncodedKey(text: LeakText, at: number): LeakSpan | null {
  if (isWordBefore(text.bytes, at)) return null;
  const body = text.matchAt(ENCODED, at, 24_100)?.[0];
  if (body === undefined) return null;
  const plain = Buffer.from(body.slice(0, 96), "base64").toString("latin1");
  if (!/^-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY/.test(plain)) return null;
  return { start: at + ENCODED_BEGIN.length, end: at + body.length };
}
const ENCODED_BEGIN = "LS0tLS1CRUdJTi";
const ENCODED = /LS0tLS1CRUdJTi[0-9A-Za-z+/]{80,24000}={0,2}/y;

// Long enough for any token of a browser; a longer one ends here.
const JWT = /eyJ[\w-]{10,2000}\.eyJ[\w-]{4,8000}\.[\w-]{16,1400}/y;

function findJwt(text: LeakText, at: number): LeakSpan | null {
  const before = byteAt(text.bytes, at - 1);
  if (isWordBefore(text.bytes, at) || before === 0x2d || before === 0x2e) return null;
  if (!isBase64Url(text.bytes, at + 3)) return null;
  const token = text.matchAt(JWT, at, 11_500)?.[0];
  if (token === undefined || !isHeader(token.slice(0, token.indexOf(".")))) return null;
  return { start: at, end: at + token.length };
}

/** Whether ten characters of base 64 stand there, before any more is looked at. */
function isBase64Url(bytes: Uint8Array, start: number): boolean {
  for (let index = start; index < start + 10; index++) {
    const byte = byteAt(bytes, index);
    if (!isWord(byte) && byte !== 0x2d) return false;
  }
  return true;
}

/** Whether it is the header of a JWS: JSON with `alg`, other than `none` (RFC 7515 4.1.1). */
function isHeader(segment: string): boolean {
  try {
    const header = parseJson(Buffer.from(segment, "base64url").toString("utf8"));
    if (typeof header !== "object" || header === null || !("alg" in header)) return false;
    return typeof header.alg === "string" && header.alg !== "none";
  } catch {
    return false;
  }
}

/** Private keys, and signed tokens that let somebody in. */
export const keyDetectors: readonly LeakDetector[] = [
  {
    id: "private-key",
    group: "keys",
    what: "Private keys in PEM (PKCS #1, PKCS #8, SEC 1, DSA, OpenSSH, PGP), also encrypted ones, and PEM in base 64",
    validation: "the header of a private key, and forty characters of base 64 behind it",
    finds: "-----BEGIN EC PRIVATE KEY----- and what follows",
    passes: "a header alone, certificates, public keys",
    triggers: [
      { kind: "words", words: ["-----BEGIN "], find: findPrivateKey },
      { kind: "words", words: [ENCODED_BEGIN], find: findEncodedKey },
    ],
  },
  {
    id: "jwt",
    group: "keys",
    what: "JSON Web Tokens that are signed (RFC 7519)",
    validation: "three parts; the first is JSON with an `alg` other than `none` (RFC 7515)",
    finds: "eyJhbGciOi… . eyJzdWIi… . …",
    passes: "two parts, a header that is no JSON, `alg: none`",
    triggers: [{ kind: "words", words: ["eyJ"], find: findJwt }],
  },
];
