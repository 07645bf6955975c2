import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT, type JWTPayload } from "jose";
import { onTestFinished } from "vitest";
import type { JwtInput } from "../../src/policy/define-config.ts";

/** An issuer of tokens, and what a route writes to believe it. */
export interface TestTokens {
  readonly identity: { readonly jwt: JwtInput };
  /** A token for a user that ends at this second of the epoch; default: in ten minutes. */
  readonly sign: (user: string, expiresAt?: number, claims?: JWTPayload) => Promise<string>;
}

/** Makes an issuer with a secret of its own, kept in a file until the test ends. */
export async function createTokens(audience = "chat"): Promise<TestTokens> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-tokens-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const secret = Buffer.from(randomBytes(32).toString("hex"));
  const secretFile = join(directory, "secret");
  await writeFile(secretFile, secret, { mode: 0o600 });
  const issuer = "https://id.example.com";
  return {
    identity: { jwt: { issuer, audience, secretFile, algorithms: ["HS256"] } },
    sign: (user, expiresAt = Math.floor(Date.now() / 1000) + 600, claims = {}) =>
      new SignJWT({ room: "attic", ...claims })
        .setProtectedHeader({ alg: "HS256" })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(user)
        .setIssuedAt()
        .setExpirationTime(expiresAt)
        .sign(secret),
  };
}
