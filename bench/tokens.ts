import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Who the gate believes, and what the clients show. */
export interface Tokens {
  readonly issuer: string;
  readonly audience: string;
  readonly keySetFile: string;
  /** One token a line. */
  readonly tokensFile: string;
}

const issuer = "https://id.bench.example";
const audience = "bench";
const LIFE_SECONDS = 6 * 3600;

/** Makes an ES256 key and signs a token for each of `count` users (RFC 7518 3.4). */
export async function writeTokens(directory: string, count: number): Promise<Tokens> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = { ...publicKey.export({ format: "jwk" }), kid: "bench", alg: "ES256", use: "sig" };
  const keySetFile = join(directory, "keys.json");
  await writeFile(keySetFile, JSON.stringify({ keys: [key] }));
  const now = Math.floor(Date.now() / 1000);
  const tokens = Array.from({ length: count }, (_, user) => signToken(privateKey, user, now));
  const tokensFile = join(directory, "tokens.txt");
  await writeFile(tokensFile, `${tokens.join("\n")}\n`);
  return { issuer, audience, keySetFile, tokensFile };
}

function signToken(privateKey: KeyObject, user: number, now: number): string {
  const header = { alg: "ES256", kid: "bench", typ: "JWT" };
  const claims = {
    iss: issuer,
    aud: audience,
    sub: `user-${user}`,
    iat: now,
    exp: now + LIFE_SECONDS,
    scope: "chat",
  };
  const text = `${encode(header)}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
