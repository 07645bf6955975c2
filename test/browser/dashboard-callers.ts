import { randomBytes } from "node:crypto";

import { SignJWT } from "jose";

/** Where the pages of those who are connected come from. */
export const appOrigin = "https://app.example.com";

const ISSUER = "https://id.example.com";
const AUDIENCE = "chat";

/** What a gate knows callers by: `identity.jwt`, with the secret in a file beside its configuration. */
export const callersJwt: Readonly<Record<string, unknown>> = {
  issuer: ISSUER,
  audience: AUDIENCE,
  secretFile: "jwt.secret",
  algorithms: ["HS256"],
};

/** What is in that file. */
export const callersSecret: string = randomBytes(32).toString("hex");

/** Proves who somebody is, for two hours. */
export function proofOf(user: string): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(user)
    .setExpirationTime("2h")
    .sign(Buffer.from(callersSecret));
}
