import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  SignJWT,
  type CryptoKey,
  type JWK,
} from "jose";
import {
  DEVELOPMENT_ALGORITHM,
  DEVELOPMENT_AUDIENCE,
  DEVELOPMENT_ISSUER,
} from "../guards/development-issuer.ts";
import { preparePrivateDirectory, readIfThere, writeWhole } from "./private-files.ts";

/** What a token of the development issuer says. */
export interface DevelopmentToken {
  readonly user: string;
  /** Claims besides; none of {@link RESERVED_CLAIMS}. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Audiences besides the gate. */
  readonly audience: readonly string[];
  readonly lifeMs: number;
  /** Milliseconds since the epoch. */
  readonly wallNow: number;
}

/** Claims that the issuer writes itself. */
export const RESERVED_CLAIMS: readonly string[] = ["iss", "sub", "aud", "exp", "iat", "nbf", "jti"];

const PURPOSE = "development issuer";

interface SigningKey {
  readonly key: CryptoKey;
  readonly publicJwk: JWK;
  readonly kid: string;
}

async function newKey(): Promise<string> {
  const { privateKey } = await generateKeyPair(DEVELOPMENT_ALGORITHM, { extractable: true });
  return `${JSON.stringify(await exportJWK(privateKey))}\n`;
}

async function readKey(file: string): Promise<SigningKey> {
  try {
    const jwk: JWK = JSON.parse(await readFile(file, "utf8"));
    const { kty, crv, x, y, d } = jwk;
    const key = await importJWK(jwk, DEVELOPMENT_ALGORITHM);
    if (key instanceof Uint8Array || d === undefined) throw new Error("it is no private key");
    const publicPart = { kty, crv, x, y } as JWK;
    const kid = await calculateJwkThumbprint(publicPart);
    return { key, kid, publicJwk: { ...publicPart, kid, alg: DEVELOPMENT_ALGORITHM, use: "sig" } };
  } catch (cause) {
    throw new Error(`${PURPOSE}: ${file} is damaged: delete it, and a new key is made`, { cause });
  }
}

/** The key of this directory, made where there is none: processes that start at the same time end up with the same. */
async function loadKey(directory: string): Promise<SigningKey> {
  await preparePrivateDirectory(directory, PURPOSE);
  const file = join(directory, "issuer-key.json");
  if ((await readIfThere(file)) === null)
    await writeWhole(file, await newKey(), { mode: 0o600, exclusive: true });
  return await readKey(file);
}

/**
 * The file with the development issuer's public keys, as a JSON Web Key Set. The issuer is made where there is none: its key is
 * readable by its owner alone. Whoever can read it can be anybody: it is for one machine, never for a service.
 *
 * @throws Error when the directory is not the user's own, or the kept key is damaged
 */
export async function developmentKeys(directory: string): Promise<string> {
  const { publicJwk } = await loadKey(directory);
  const file = join(directory, "jwks.json");
  const text = `${JSON.stringify({ keys: [publicJwk] })}\n`;
  if ((await readIfThere(file)) !== text) await writeWhole(file, text, { mode: 0o600, exclusive: false });
  return file;
}

/** Signs a token of the development issuer (RFC 7519). @throws as {@link developmentKeys} */
export async function signDevelopmentToken(
  directory: string,
  { user, claims, audience, lifeMs, wallNow }: DevelopmentToken,
): Promise<string> {
  const { key, kid } = await loadKey(directory);
  const now = Math.floor(wallNow / 1000);
  return await new SignJWT({ ...claims })
    .setProtectedHeader({ alg: DEVELOPMENT_ALGORITHM, kid, typ: "JWT" })
    .setIssuer(DEVELOPMENT_ISSUER)
    .setSubject(user)
    .setAudience([...new Set([DEVELOPMENT_AUDIENCE, ...audience])])
    .setIssuedAt(now)
    .setExpirationTime(now + Math.ceil(lifeMs / 1000))
    .setJti(randomUUID())
    .sign(key);
}
