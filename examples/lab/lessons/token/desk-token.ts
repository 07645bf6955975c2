import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

/** What tokens are signed with. The gate reads the same file. */
export const secret: string = readFileSync(new URL("secret.txt", import.meta.url), "utf8").trim();

/** What a token says. */
export interface Claims {
  readonly sub: string;
  readonly role: string;
}

/** A part of a token. */
export function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

/** The signature of HS256 (RFC 7518 3.2). */
export function hs256(signed: string): string {
  return createHmac("sha256", secret).update(signed).digest("base64url");
}

/** What ann's token says; it lasts until the year 2100, so that it can stand in a command. */
export const annsClaims = {
  iss: "https://lab.example",
  aud: "desk",
  sub: "ann",
  role: "clerk",
  exp: 4_102_444_800,
};

const annsPart = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(annsClaims)}`;

/** The token that the desk gave to ann, a clerk. */
export const annsToken: string = `${annsPart}.${hs256(annsPart)}`;
