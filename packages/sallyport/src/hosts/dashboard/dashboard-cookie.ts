import { createHash, randomBytes } from "node:crypto";

/** Names the session's cookie: with this prefix browsers keep it for this host alone, all of its paths, and only where nobody reads along (RFC 6265bis 4.1.3.2). */
export const SESSION_COOKIE = "__Host-sallyport";
/** Names the cookie of a sign-in at an OpenID provider that is under way. */
export const SIGN_IN_COOKIE = "__Host-sallyport-sign-in";

const VALUE = /^[\w-]{43}$/;

/** A value that we gave: 32 bytes as base64url. `null`: there is none, or there are several, of which nobody says which is right. */
export function readCookie(header: string | undefined, name: string): string | null {
  const values = (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  const [value] = values;
  return values.length === 1 && value !== undefined && VALUE.test(value) ? value : null;
}

/** Sets a cookie until the browser ends. `Lax`: it also comes with a page that another site leads to. */
export function setCookie(name: string, value: string, sameSite: "Strict" | "Lax" = "Strict"): string {
  return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=${sameSite}`;
}

/** Takes a cookie back. */
export function dropCookie(name: string): string {
  return `${name}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0`;
}

/** A new value, which nobody guesses. It is kept nowhere: what it stands for is found by its `keyOfCookie`. */
export function newCookieValue(): string {
  return randomBytes(32).toString("base64url");
}

/** Under what that is kept which a value stands for: its digest, which opens nothing. */
export function keyOfCookie(value: string): string {
  return createHash("sha256").update(value).digest("base64url");
}
