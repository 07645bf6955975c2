import { createSign, generateKeyPairSync } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import {
  claims,
  ec,
  ecToken,
  hmacToken,
  inSeconds,
  ISSUER,
  jwk,
  rsa,
  rsaToken,
  segment,
  unpublished,
  type Provider,
} from "./token-issuer.ts";

const [HEAD, PAYLOAD, SIGNATURE] = [0, 1, 2];

/** A token with one of its segments changed. */
function changed(token: string, index: number | undefined, change: (part: string) => string): string {
  return token
    .split(".")
    .map((part, at) => (at === index ? change(part) : part))
    .join(".");
}

const unsigned = (alg: unknown): string => `${segment({ alg, typ: "JWT" })}.${segment(claims())}.`;
const pem = rsa.publicKey.export({ format: "pem", type: "spki" }).toString();
const der = rsa.publicKey.export({ format: "der", type: "spki" });
const flipped = (part: string): string => (part.startsWith("A") ? "B" : "A") + part.slice(1);
const bomb = deflateRawSync(Buffer.alloc(4 * 1024 * 1024)).toString("base64url");

/** Forged and stale tokens. Each is refused with 401, whoever signed it. */
export const forgedTokens: readonly (readonly [string, (provider: Provider) => string])[] = [
  ...["none", "None", "nOnE", "NONE", undefined, "", 0, ["RS256"]].map(
    (alg) => [`A03: alg ${JSON.stringify(alg)} (RFC 8725 3.1)`, () => unsigned(alg)] as const,
  ),
  [
    "A03: alg none with the signature of another token",
    () => changed(rsaToken(), HEAD, () => segment({ alg: "none" })),
  ],
  ["A04: HS256 with the public key as PEM (RFC 8725 2.1)", () => hmacToken(pem, { kid: "rsa" })],
  ["A04: HS256 with the public key as PEM, trimmed", () => hmacToken(pem.trim())],
  ["A04: HS256 with the public key as DER", () => hmacToken(der, { kid: "rsa" })],
  ["A04: HS256 with the public key as JWK", () => hmacToken(JSON.stringify(jwk(rsa)), { kid: "rsa" })],
  [
    "A04: HS256 with the public EC key",
    () => hmacToken(ec.publicKey.export({ format: "pem", type: "spki" }).toString(), { kid: "ec" }),
  ],
  ["A05: no signature", () => changed(rsaToken(), SIGNATURE, () => "")],
  ["A05: a signature cut short", () => changed(rsaToken(), SIGNATURE, (part) => part.slice(0, -8))],
  ["A05: one bit of the signature", () => changed(rsaToken(), SIGNATURE, flipped)],
  ["A05: one bit of the payload", () => changed(rsaToken(), PAYLOAD, () => segment(claims({ sub: "eve" })))],
  ["A05: garbage behind the signature", () => `${rsaToken()}AAAA`],
  ["A05: a segment too many", () => `${rsaToken()}.`],
  ["A05: padding, which base64url has not (RFC 7515 2)", () => `${ecToken()}==`],
  [
    "A05: base64url that is not canonical (RFC 4648 3.5)",
    () => changed(ecToken(), SIGNATURE, (part) => part.slice(0, -1) + nextOf(part.at(-1) ?? "")),
  ],
  [
    "A06: ECDSA with r and s zero (CVE-2022-21449)",
    () => changed(ecToken(), SIGNATURE, () => Buffer.alloc(64).toString("base64url")),
  ],
  ["A06: ES256 signed by a key that was never published", () => ecToken(claims(), unpublished)],
  ["A06: HS256 with a secret from a list", () => hmacToken("secret")],
  ["A07: a kid that is a path (RFC 8725 3.10)", () => rsaToken(claims(), { kid: "../../dev/null" })],
  ["A07: a kid that is SQL", () => rsaToken(claims(), { kid: "' or 1=1 --" })],
  ["A07: a kid of 5 KB", () => rsaToken(claims(), { kid: "k".repeat(5000) })],
  ["A07: a kid that is an object", () => rsaToken(claims(), { kid: { toString: "rsa" } })],
  ["A07: a kid of the prototype", () => rsaToken(claims(), { kid: "__proto__" })],
  ["A07: the kid of the other key", () => rsaToken(claims(), { kid: "ec" })],
  ["A08: a jku (RFC 8725 3.10)", ({ url }) => rsaToken(claims(), { jku: `${url}/canary` })],
  ["A08: an x5u", ({ url }) => rsaToken(claims(), { x5u: `${url}/canary` })],
  ["A08: a key of its own", () => ownKeyToken()],
  ["A08: a certificate of its own", () => rsaToken(claims(), { x5c: [der.toString("base64")] })],
  ["A09: a critical header (RFC 7515 4.1.11)", () => rsaToken(claims(), { crit: ["x"], x: 1 })],
  ["A09: an unencoded payload (RFC 7797)", () => rsaToken(claims(), { b64: false, crit: ["b64"] })],
  ["A10: an exp of a second ago (RFC 7519 4.1.4)", () => rsaToken(claims({ exp: inSeconds(-1) }))],
  ["A10: an exp of a minute ago", () => rsaToken(claims({ exp: inSeconds(-61) }))],
  ["A10: an exp that is text", () => rsaToken(claims({ exp: String(inSeconds(600)) }))],
  ["A10: an exp that is a fraction", () => rsaToken(claims({ exp: inSeconds(600) + 0.5 }))],
  ["A10: an exp of 1e99", () => rsaToken(claims({ exp: 1e99 }))],
  ["A10: an exp of 2^60", () => rsaToken(claims({ exp: 2 ** 60 }))],
  ["A10: no exp", () => rsaToken(claims({ exp: undefined }))],
  ["A11: an nbf in the future", () => rsaToken(claims({ nbf: inSeconds(60) }))],
  ["A11: an iat in the future", () => rsaToken(claims({ iat: inSeconds(60) }))],
  ["A12: another iss (RFC 8725 3.8)", () => rsaToken(claims({ iss: "https://evil.example" }))],
  ["A12: an iss with a slash more", () => rsaToken(claims({ iss: `${ISSUER}/` }))],
  ["A12: no iss", () => rsaToken(claims({ iss: undefined }))],
  ["A12: the aud of another service (RFC 8725 3.9)", () => rsaToken(claims({ aud: "billing" }))],
  ["A12: no aud", () => rsaToken(claims({ aud: undefined }))],
  ["A12: an empty list as aud", () => rsaToken(claims({ aud: [] }))],
  ["A13: the typ of a logout token (RFC 8725 3.11)", () => rsaToken(claims(), { typ: "logout+jwt" })],
  ["A13: the typ of an introspection answer", () => rsaToken(claims(), { typ: "token-introspection+jwt" })],
  [
    "A14: an encrypted token with a bomb (RFC 8725 3.6)",
    () =>
      `${segment({ alg: "dir", enc: "A256GCM", zip: "DEF" })}..${"A".repeat(16)}.${bomb.slice(0, 4000)}.AAAA`,
  ],
  ["A14: a signed token that says it is compressed", () => rsaToken(claims(), { zip: "DEF" })],
  [
    "A15: a claim twice (RFC 8725 2.4)",
    () => rsaToken(JSON.stringify(claims()).replace("{", '{"sub":"eve",')),
  ],
  [
    "A15: a claim named __proto__",
    () => rsaToken(JSON.stringify(claims()).replace("{", '{"__proto__":{"sub":"eve"},')),
  ],
  ["A15: a token of more than 8 KiB", () => ecToken(claims({ more: "m".repeat(8000) }))],
  [
    "A15: a payload that is nested 2000 deep",
    () => ecToken(claims({ more: JSON.parse(`${"[".repeat(2000)}${"]".repeat(2000)}`) }), unpublished),
  ],
  ["A15: a payload that is a list", () => rsaToken("[]")],
  [
    "A15: a payload that is not UTF-8",
    () => changed(rsaToken(), PAYLOAD, () => Buffer.from("ff", "hex").toString("base64url")),
  ],
  ["A15: no user", () => rsaToken(claims({ sub: undefined }))],
  ["A15: a user that is an object", () => rsaToken(claims({ sub: { toString: "ada" } }))],
  ["dots", () => ".."],
  ["nothing", () => ""],
];

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** A letter that differs in bits that base64url does not use here. */
function nextOf(letter: string): string {
  return alphabet[alphabet.indexOf(letter) ^ 1] ?? "";
}

/** Signed by an attacker, who encloses the key. */
function ownKeyToken(): string {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const input = `${segment({ alg: "RS256", kid: "rsa", jwk: jwk(pair) })}.${segment(claims())}`;
  return `${input}.${createSign("sha256").update(input).sign(pair.privateKey, "base64url")}`;
}
